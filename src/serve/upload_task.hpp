// SPDX-License-Identifier: MIT
// The body of one upload on its way to the store: framing, form, limits. Knows no socket; may block, so workers only.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "http/body_decoder.hpp"
#include "http/digest_fields.hpp"
#include "http/request.hpp"
#include "serve/answer.hpp"

namespace filesrv::store {
struct KeptFolder;
}

namespace filesrv::serve {

class Server;
class Worker;

/// Where the payload of a body goes: one file, or the files of a form.
class BodySink {
public:
    BodySink() = default;
    BodySink(const BodySink&) = delete;
    BodySink& operator=(const BodySink&) = delete;
    /// Before finish() was called: whatever is not complete is dropped without a trace.
    virtual ~BodySink() = default;
    /// Takes payload. The answer, if any, refuses the rest. Marks `worker` (BlockingMark) while it may block, and not while
    /// it hashes: many uploads with digests must not make more workers than there are cores.
    [[nodiscard]] virtual std::optional<Answer> write(std::span<const char> payload, Worker* worker) = 0;
    /// The body is whole: commits, and says how it went.
    [[nodiscard]] virtual Answer finish() = 0;
    /// An answer that refuses the rest: a sink that has stored something by then names it.
    [[nodiscard]] virtual Answer refusal(http::Status status, std::string_view sentence) const = 0;
};

class UploadTask {
public:
    /// Makes every check that needs no body: form, length, room, rights, preconditions. The request outlives the task.
    /// `bytes_here`: what of it has come with the head, and will be taken next.
    [[nodiscard]] static std::expected<std::unique_ptr<UploadTask>, Answer> begin(Server& server, const http::Request& request,
                                                                                  std::size_t bytes_here);
    UploadTask(Server& server, const http::Request& request, std::unique_ptr<BodySink> sink);
    UploadTask(const UploadTask&) = delete;
    UploadTask& operator=(const UploadTask&) = delete;
    ~UploadTask();

    /// Takes bytes from the front of `bytes`, the next request's excepted. The answer, if any, refuses the rest.
    /// `worker` as in BodySink::write().
    [[nodiscard]] std::optional<Answer> take(std::string_view& bytes, Worker* worker);

    [[nodiscard]] bool is_whole() const noexcept { return decoder_.done(); }
    /// A good size for the next read: never beyond the end of a body whose length is known.
    [[nodiscard]] std::size_t wanted_bytes(std::size_t at_most) const noexcept;
    [[nodiscard]] Answer finish() { return sink_->finish(); }

private:
    Server& server_;
    const http::Request& request_;
    http::BodyDecoder decoder_;
    std::unique_ptr<BodySink> sink_;
};

/// An upload whose body is all here, where it can be stored without waiting (Store::upload_nowait): its answer. Nothing: it
/// is a worker's, whether it will be taken or refused. `folder`: of the last one, for the next.
[[nodiscard]] std::optional<Answer> upload_at_once(Server& server, const http::Request& request, std::string_view body,
                                                    store::KeptFolder& folder);

/// What a failed step of the store means: the guard's refusal is 412, all else by errno. Logs what needs a person.
[[nodiscard]] ErrnoVerdict judge_store_failure(const Server& server, const Error& error);
/// The same as an answer.
[[nodiscard]] Answer store_failure_answer(const Server& server, const http::Request& request, const Error& error);

/// A raw body becomes the file that the target names.
[[nodiscard]] std::expected<std::unique_ptr<BodySink>, Answer> make_file_sink(Server& server, const http::Request& request,
                                                                              const http::ClaimedDigests& claimed,
                                                                              std::size_t bytes_here);
/// A raw body that claims and wants no digest becomes the file at once, as upload_at_once().
[[nodiscard]] std::optional<Answer> store_at_once(Server& server, const http::Request& request, std::string_view body,
                                                   store::KeptFolder& folder);
/// Each file part of multipart/form-data becomes a file below the folder that the target names. Claims on the body are
/// on the form as a whole: then no file is stored before the form has ended.
[[nodiscard]] std::expected<std::unique_ptr<BodySink>, Answer> make_form_sink(Server& server, const http::Request& request,
                                                                              const http::ClaimedDigests& claimed);

}  // namespace filesrv::serve
