// SPDX-License-Identifier: MIT
// The body of one upload on its way to the store.
#include "serve/upload_task.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "http/multipart.hpp"
#include "serve/server.hpp"
#include "store/upload.hpp"

namespace filesrv::serve {
namespace {

std::string too_large(std::uint64_t largest) {
    return "Uploads of more than " + std::to_string(largest) + " bytes are not taken here (--max-upload).";
}

constexpr std::string_view form_type = "multipart/form-data";

/// Whatever calls itself a form is one: without a boundary it is a broken form, not a raw body.
bool is_form(const http::Request& request) {
    const std::string_view type = request.head->first(http::KnownField::content_type).substr(0, form_type.size());
    return request.method == http::Method::post &&
           std::ranges::equal(type, form_type, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

}  // namespace

ErrnoVerdict judge_store_failure(const Server& server, const Error& error) {
    if (store::is_guard_refusal(error)) {
        return {http::Status::precondition_failed, "The file is not in the state that the request asks for."};
    }
    server.log_failure(error, Access::write);
    return verdict_of_errno(error.code, Access::write);
}

Answer store_failure_answer(const Server& server, const http::Request& request, const Error& error) {
    const ErrnoVerdict verdict = judge_store_failure(server, error);
    return error_answer(&request, verdict.status, verdict.sentence);
}

std::expected<std::unique_ptr<UploadTask>, Answer> UploadTask::begin(Server& server, const http::Request& request,
                                                                      std::size_t bytes_here) {
    if (const auto reject = http::check_upload(request)) {
        return std::unexpected(error_answer(&request, reject->status, reject->detail));
    }
    const std::uint64_t largest = server.settings().upload_bytes_max;
    const bool sized = request.body.kind == http::BodyFraming::Kind::length;
    if (largest > 0 && sized && request.body.length > largest) {
        return std::unexpected(error_answer(&request, http::Status::content_too_large, too_large(largest)));
    }
    const auto claimed = http::claimed_digests(*request.head);
    if (!claimed) return std::unexpected(error_answer(&request, claimed.error().status, claimed.error().detail));
    auto sink = is_form(request) ? make_form_sink(server, request, *claimed)
                                 : make_file_sink(server, request, *claimed, bytes_here);
    if (!sink) return std::unexpected(std::move(sink.error()));
    return std::make_unique<UploadTask>(server, request, std::move(*sink));
}

std::optional<Answer> upload_at_once(Server& server, const http::Request& request, std::string_view body,
                                                    store::KeptFolder& folder) {
    FS_ASSERT(request.body.kind == http::BodyFraming::Kind::length && request.body.length == body.size());
    const std::uint64_t largest = server.settings().upload_bytes_max;
    const bool is_fit = !request.target.folder && (largest == 0 || body.size() <= largest);
    // Hashing takes long, and the polling thread has others to serve.
    const http::RequestHead& head = *request.head;
    const bool has_claims = head.has(http::KnownField::repr_digest) || head.has(http::KnownField::content_digest);
    if (!is_fit || has_claims || http::wants_digests(head) || is_form(request) || http::check_upload(request)) return std::nullopt;
    return store_at_once(server, request, body, folder);
}

UploadTask::UploadTask(Server& server, const http::Request& request, std::unique_ptr<BodySink> sink)
    : server_(server), request_(request), decoder_(request.body), sink_(std::move(sink)) {
    FS_ASSERT(sink_ != nullptr);
}

UploadTask::~UploadTask() {
    sink_.reset();
    server_.tidying().upload_ended();
}

std::optional<Answer> UploadTask::take(std::string_view& bytes, Worker* worker) {
    const std::uint64_t largest = server_.settings().upload_bytes_max;
    while (!bytes.empty() && !decoder_.done()) {
        const auto step = decoder_.feed(bytes);
        bytes.remove_prefix(step.consumed);
        if (decoder_.state() == http::BodyDecoder::State::rejected) {
            return sink_->refusal(decoder_.reject().status, decoder_.reject().detail);
        }
        if (largest > 0 && decoder_.payload_bytes() > largest) {
            return sink_->refusal(http::Status::content_too_large, too_large(largest));
        }
        if (step.payload.empty()) continue;
        if (auto refusal = sink_->write(step.payload, worker)) return refusal;
    }
    return std::nullopt;
}

std::size_t UploadTask::wanted_bytes(std::size_t at_most) const noexcept {
    FS_ASSERT(!decoder_.done());
    if (request_.body.kind != http::BodyFraming::Kind::length) return at_most;
    return static_cast<std::size_t>(std::min<std::uint64_t>(at_most, decoder_.run_bytes_left()));
}

}  // namespace filesrv::serve
