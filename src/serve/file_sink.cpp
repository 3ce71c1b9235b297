// SPDX-License-Identifier: MIT
// A raw body becomes the file that the target names.
#include <cerrno>

#include "base/assert.hpp"
#include "serve/digests.hpp"
#include "serve/entity.hpp"
#include "serve/server.hpp"
#include "serve/upload_task.hpp"
#include "store/path.hpp"
#include "store/store.hpp"

namespace filesrv::serve {
namespace {

/// POST: 200 with what was stored. PUT: 201 when new, 204 when replaced (RFC 9110 section 9.3.4). The file's digests are
/// told by Repr-Digest where there is no body; where there is one, that field would be of this body (RFC 9530 section
/// 3.1), so the body tells.
Answer stored_answer(const http::Request& request, const store::Committed& committed, std::string digests) {
    const http::EtagText tag(http_version_of(committed.version));
    Answer answer;
    answer.fields.append("ETag: ").append(tag.view()).append("\r\n");
    if (request.method == http::Method::put && !committed.created) {
        answer.status = http::Status::no_content;
        if (!digests.empty()) answer.fields.append("Repr-Digest: ").append(digests).append("\r\n");
        return answer;
    }
    if (request.method == http::Method::put) answer.status = http::Status::created;
    answer.fields.append("Location: ").append(location_of(request.target.path)).append("\r\n");
    const BodyForm form = preferred_form(&request);
    answer.content_type = content_type(form);
    append_body_fields(answer.fields, form);
    const StoredFile file{.path = request.target.path,
                          .size = committed.version.size,
                          .etag = std::string(tag.view()),
                          .digests = std::move(digests)};
    append_upload_body(answer.body, form, UploadKind::body, store::parent_of(file.path), std::span(&file, 1));
    return answer;
}

class FileSink final : public BodySink {
public:
    FileSink(Server& server, const http::Request& request, const http::ClaimedDigests& claimed, store::Upload upload)
        : server_(server), request_(request), claimed_(claimed), upload_(std::move(upload)) {}

    std::optional<Answer> write(std::span<const char> payload, Worker* worker) override {
        {
            const BlockingMark mark(worker);
            const auto written = upload_.write(payload);
            if (!written) return store_failure_answer(server_, request_, written.error());
        }
        upload_.hash(payload);
        return std::nullopt;
    }

    Answer finish() override {
        const DigestSet& digests = upload_.digests();
        if (const auto sentence = mismatch(claimed_, digests)) {
            return refusal(http::Status::bad_request, *sentence);
        }
        const auto committed = upload_.commit();
        if (!committed) return store_failure_answer(server_, request_, committed.error());
        server_.counters().count_upload();
        return stored_answer(request_, *committed, told_digests(*request_.head, digests));
    }

    Answer refusal(http::Status status, std::string_view sentence) const override {
        return error_answer(&request_, status, sentence);
    }

private:
    Server& server_;
    const http::Request& request_;
    const http::ClaimedDigests claimed_;
    store::Upload upload_;
};

}  // namespace

std::optional<Answer> store_at_once(Server& server, const http::Request& request, std::string_view body,
                                                   store::KeptFolder& folder) {
    const auto committed = server.store().upload_nowait(request.target.path, body, guard_of(request), folder);
    if (!committed) return std::nullopt;
    server.counters().count_upload();
    return stored_answer(request, *committed, {});
}

std::expected<std::unique_ptr<BodySink>, Answer> make_file_sink(Server& server, const http::Request& request,
                                                                const http::ClaimedDigests& claimed, std::size_t bytes_here) {
    if (request.target.folder) return std::unexpected(errno_answer(&request, EISDIR, Access::write));
    store::UploadRequest wanted;
    if (request.body.kind == http::BodyFraming::Kind::length) wanted.length = request.body.length;
    wanted.is_here = wanted.length && *wanted.length <= bytes_here;
    wanted.guard = guard_of(request);
    wanted.digests = upload_algorithms(*request.head, claimed);
    auto upload = server.store().begin_upload(request.target.path, std::move(wanted));
    if (!upload) return std::unexpected(store_failure_answer(server, request, upload.error()));
    return std::make_unique<FileSink>(server, request, claimed, std::move(*upload));
}

}  // namespace filesrv::serve
