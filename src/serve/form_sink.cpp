// SPDX-License-Identifier: MIT
// Each file part of multipart/form-data (RFC 7578) becomes a file below the folder that the target names, as it comes.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "base/assert.hpp"
#include "http/multipart.hpp"
#include "serve/digests.hpp"
#include "serve/entity.hpp"
#include "serve/limits.hpp"
#include "serve/server.hpp"
#include "serve/upload_task.hpp"
#include "store/path.hpp"
#include "store/hasher.hpp"
#include "store/store.hpp"

namespace filesrv::serve {
namespace {

class FormSink final : public BodySink {
public:
    FormSink(Server& server, const http::Request& request, const http::ClaimedDigests& claimed, std::string_view boundary)
        : server_(server), request_(request), parser_(boundary), answer_form_(preferred_form(&request)), claimed_(claimed) {
        if (!claimed_.empty()) whole_.emplace(claimed_.algorithms());
    }

    std::optional<Answer> write(std::span<const char> payload, Worker* worker) override {
        if (whole_) whole_->update(payload);
        using Event = http::MultipartParser::Event;
        for (;;) {
            std::optional<Answer> failed;
            switch (parser_.next(payload)) {
                case Event::need_more: return std::nullopt;
                case Event::done: return commit_part(worker);
                case Event::rejected: return refusal(parser_.reject().status, parser_.reject().detail);
                case Event::part_begin: failed = begin_part(worker); break;
                case Event::data: failed = write_part(worker); break;
                case Event::part_end: part_is_whole_ = true; break;
            }
            if (failed) return failed;
        }
    }

    Answer finish() override {
        if (!parser_.done()) {
            return refusal(http::Status::bad_request, "The form ends before its closing boundary.");
        }
        if (whole_) {
            path_.clear();
            if (const auto sentence = mismatch(claimed_, whole_->finish())) {
                return refusal(http::Status::bad_request, *sentence);
            }
            for (OpenFile& file : held_) {
                if (auto failed = commit(file)) return *failed;
            }
        }
        if (stored_.empty()) {
            return refusal(http::Status::bad_request, "The form holds no file.");
        }
        Answer answer{.status = http::Status::ok, .content_type = content_type(answer_form_)};
        append_body_fields(answer.fields, answer_form_);
        append_upload_body(answer.body, answer_form_, UploadKind::form, request_.target.path, stored_);
        return answer;
    }

    /// The files stored so far stay, so whoever sent the form is told which they are, and which one it broke at.
    Answer refusal(http::Status status, std::string_view sentence) const override {
        const FormProgress progress{.folder = request_.target.path, .failed = path_, .stored = stored_};
        return error_answer(&request_, status, sentence, &progress);
    }

private:
    struct OpenFile {
        Seats::Seat seat;  ///< of the server's, where it is held
        std::string path;
        store::Upload upload;
    };

    std::optional<Answer> refuse_by(const Error& error) const {
        const ErrnoVerdict verdict = judge_store_failure(server_, error);
        return refusal(verdict.status, verdict.sentence);
    }

    /// A part without a file name is another field of the form; one with an empty name is an input left empty.
    std::optional<Answer> begin_part(Worker* worker) {
        const BlockingMark mark(worker);
        if (auto failed = commit_part(worker)) return failed;
        if (!parser_.part().has_filename || parser_.part().filename.empty()) return std::nullopt;
        const auto name = http::base_name_of_form_filename(parser_.part().filename);
        if (!name) return refusal(http::Status::bad_request, "A file of the form has no usable name.");
        path_ = store::join(request_.target.path, *name);
        if (auto failed = reserve_answer()) return failed;
        part_claims_ = parser_.part().digests;
        auto upload = server_.store().begin_upload(
            path_, {.guard = guard_of(request_), .digests = upload_algorithms(*request_.head, part_claims_)});
        if (!upload) return refuse_by(upload.error());
        upload_.emplace(std::move(*upload));
        return std::nullopt;
    }

    /// The answer names every file with its folder, and a form of a few hundred KiB may hold thousands below a long one.
    std::optional<Answer> reserve_answer() {
        constexpr std::size_t size_and_tag_bytes = 64;
        const StoredFile file{.path = path_, .size = 0, .etag = {}, .digests = {}};
        std::string alone;
        std::string frame;
        append_upload_body(alone, answer_form_, UploadKind::form, {}, std::span(&file, 1));
        append_upload_body(frame, answer_form_, UploadKind::form, {}, {});
        answer_bytes_ += alone.size() - std::min(frame.size(), alone.size()) + size_and_tag_bytes;
        if (answer_bytes_ <= limits::form_answer_bytes) return std::nullopt;
        return refusal(http::Status::content_too_large, "The names of the form's files are too long for one answer.");
    }

    std::optional<Answer> write_part(Worker* worker) {
        if (!upload_) return std::nullopt;
        {
            const BlockingMark mark(worker);
            const auto written = upload_->write(parser_.data());
            if (!written) return refuse_by(written.error());
        }
        upload_->hash(parser_.data());
        return std::nullopt;
    }

    /// Once the file's own claims hold: stores it, or keeps it open until the form's are known to hold.
    /// Only when what follows the part has been understood, too: the bytes of a boundary may be the file's own, and the
    /// parser knows that they are not when their line is whole.
    std::optional<Answer> commit_part(Worker* worker) {
        if (!upload_) return std::nullopt;
        const BlockingMark mark(worker);
        FS_ASSERT(part_is_whole_);
        part_is_whole_ = false;
        OpenFile file{.seat = nullptr, .path = path_, .upload = std::move(*upload_)};
        upload_.reset();
        if (const auto sentence = mismatch(part_claims_, file.upload.digests())) {
            return refusal(http::Status::bad_request, *sentence);
        }
        if (!whole_) return commit(file);
        if (held_.size() == limits::held_files_max) {
            return refusal(http::Status::content_too_large, "A form that comes with a digest may hold 64 files.");
        }
        file.seat = server_.held_files().take();
        if (!file.seat) return no_descriptor_left();
        held_.push_back(std::move(file));
        return std::nullopt;
    }

    /// Many forms at once would leave no descriptor for anybody else, and the next try may find fewer of them.
    Answer no_descriptor_left() const {
        Answer answer = refusal(http::Status::service_unavailable,
                                "Forms that come with a digest already hold as many open files as the server can spare; "
                                "try again soon.");
        answer.fields.append("Retry-After: 1\r\n");
        return answer;
    }

    std::optional<Answer> commit(OpenFile& file) {
        path_ = file.path;
        const auto committed = file.upload.commit();
        if (!committed) return refuse_by(committed.error());
        server_.counters().count_upload();
        const http::EtagText tag(http_version_of(committed->version));
        stored_.push_back({.path = std::move(path_),
                           .size = committed->version.size,
                           .etag = std::string(tag.view()),
                           .digests = told_digests(*request_.head, file.upload.digests())});
        path_.clear();
        return std::nullopt;
    }

    Server& server_;
    const http::Request& request_;
    http::MultipartParser parser_;
    std::string path_;  ///< of the file that is being taken, or that failed; empty = none
    std::optional<store::Upload> upload_;
    http::ClaimedDigests part_claims_;  ///< of its data
    bool part_is_whole_ = false;
    const BodyForm answer_form_;
    std::size_t answer_bytes_ = 0;          ///< what the answer takes, about
    const http::ClaimedDigests claimed_;    ///< of the form
    std::optional<store::Hasher> whole_;    ///< of the form, where it is claimed
    std::vector<OpenFile> held_;            ///< whole files that wait for it
    std::vector<StoredFile> stored_;
};

}  // namespace

std::expected<std::unique_ptr<BodySink>, Answer> make_form_sink(Server& server, const http::Request& request,
                                                                const http::ClaimedDigests& claimed) {
    const auto boundary = http::form_boundary(request.head->first(http::KnownField::content_type));
    if (!boundary) {
        return std::unexpected(error_answer(&request, http::Status::bad_request, "The form has no usable boundary."));
    }
    // The target names a folder that is there, or one that the files' names will make; a file is no folder.
    const auto target = server.store().open(request.target.path);
    if (target && (*target)->kind == store::Kind::file) {
        return std::unexpected(error_answer(&request, http::Status::conflict, "A form is posted to a folder, not to a file."));
    }
    return std::make_unique<FormSink>(server, request, claimed, *boundary);
}

}  // namespace filesrv::serve
