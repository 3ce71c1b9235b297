// SPDX-License-Identifier: MIT
// A file of requests: read once, checked whole, then given out line by line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/filesrv-client/request.hpp"

namespace filesrv::client {

/// Keeps the text and no requests: a line is parsed again when its turn comes, so that memory stays that of the file.
class BatchFile {
public:
    /// `path`, or standard input for "-". Throws UsageError when it cannot be read, or is too long.
    [[nodiscard]] static BatchFile read(const std::string& path);

    /// `name` is what complaints call it.
    BatchFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}

    /// Every line that is wrong, as `FILE:LINE: what`, up to problems_max. Requests without a server go to `fallback`.
    [[nodiscard]] std::vector<std::string> check(const Server& fallback);

    /// The next request in the order of lines; nothing at the end. After check() has found nothing.
    [[nodiscard]] std::optional<Request> next();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// How many there are in all; known after check().
    [[nodiscard]] std::size_t requests() const noexcept { return requests_; }

private:
    [[nodiscard]] std::optional<std::string_view> take_line();

    std::string name_, text_;
    Server fallback_;
    std::size_t at_ = 0;        ///< offset of the next line
    std::size_t line_ = 0;      ///< number of the last one taken
    std::size_t requests_ = 0;
};

}  // namespace filesrv::client
