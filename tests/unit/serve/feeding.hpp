// SPDX-License-Identifier: MIT
// One upload without a socket: its head, then its body in pieces of the test's choice.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../http/parsed.hpp"
#include "serve/upload_task.hpp"
#include "serving.hpp"

namespace filesrv::test {

/// `fields` are whole lines.
inline std::string upload_head(std::string_view line, std::string_view fields) {
    return std::string(line).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields).append("\r\n");
}

class Feeding {
public:
    Feeding(Serving& serving, std::string head) : parsed_(std::move(head)) {
        REQUIRE(parsed_.verdict() == 0);
        auto begun = serve::UploadTask::begin(serving.server(), parsed_.request, 0);
        if (begun) task_ = std::move(*begun);
        else answer_ = std::move(begun.error());
    }

    /// Feeds a piece unless an answer is there already. True when all of it was taken.
    bool feed(std::string_view piece) {
        if (answer_) return false;
        answer_ = task_->take(piece, nullptr);
        if (!answer_ && task_->is_whole()) answer_ = task_->finish();
        return piece.empty();
    }
    /// Feeds in pieces of `size` bytes.
    void feed_pieces(std::string_view body, std::size_t size) {
        while (!body.empty() && !answer_) {
            const std::size_t piece = std::min(size, body.size());
            feed(body.substr(0, piece));
            body.remove_prefix(piece);
        }
    }

    [[nodiscard]] bool begun() const noexcept { return task_ != nullptr; }
    [[nodiscard]] serve::UploadTask& task() noexcept { return *task_; }
    /// The status, or 0 when there is no answer yet.
    [[nodiscard]] unsigned status() const { return answer_ ? http::code(answer_->status) : 0; }
    [[nodiscard]] const serve::Answer& answer() const {
        REQUIRE(answer_);
        return *answer_;
    }

private:
    http::test::Parsed parsed_;
    std::unique_ptr<serve::UploadTask> task_;
    std::optional<serve::Answer> answer_;
};

}  // namespace filesrv::test
