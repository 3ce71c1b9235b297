// SPDX-License-Identifier: MIT
// Answering, part one: what a GET or HEAD finds, in memory or on disk.
#include <cerrno>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "serve/answer.hpp"
#include "serve/connection.hpp"
#include "serve/digests.hpp"
#include "serve/errno_status.hpp"
#include "serve/folder_listing.hpp"
#include "serve/precompressed.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"
#include "serve/worker_state.hpp"
#include "store/path.hpp"

namespace filesrv::serve {
namespace {

constexpr std::string_view index_name = "index.html";

/// Where to look first: a folder's index, or the name itself.
std::string first_path(const http::Target& target) {
    return target.folder ? store::join(target.path, index_name) : target.path;
}

/// A listing stands for an index that is not there, not for one that is kept from us, or that trouble of ours hides.
bool lets_list(const Error& no_index) {
    const ErrnoVerdict verdict = verdict_of_errno(no_index.code, Access::read);
    return !verdict.worth_logging && verdict.status != http::Status::forbidden;
}

}  // namespace

/// A GET or HEAD whose head has just been parsed. In the reactor only what is in memory is answered, and no more than
/// its batch allows; all else goes to a worker, with what the cache has.
Connection::Taken Connection::answer_read(WorkerState& worker, std::string_view head_bytes, std::string_view& rest) {
    const http::Request& request = worker.request;
    if (!worker.is_reactor()) {
        pass_body(request, rest);
        answer_from_disk(worker, request, {});
    } else {
        // A view of the path where it is the name: a choice between two strings would copy it for each request.
        store::Lookup lookup = request.target.folder ? worker.reactor->look_up(first_path(request.target))
                                                     : worker.reactor->look_up(request.target.path);
        const bool found = lookup.status == store::LookupStatus::found;
        const bool is_file = found && lookup.entry->kind == store::Kind::file;
        const bool needs_disk = lookup.status == store::LookupStatus::would_block ||
                                (request.target.folder && !is_file);  // no index: a listing, or another error
        const bool may_answer = !needs_disk && worker.may_answer();
        const auto coding = may_answer && is_file ? select(worker, request, lookup.entry) : http::Coding::identity;
        if (!may_answer || !coding) return keep_request(worker, head_bytes, rest, std::move(lookup.entry));
        pass_body(request, rest);
        if (is_file) answer_entry(worker, request, lookup.entry, *coding);
        else if (found) answer(worker, &request, folder_redirect(request));
        else answer_failure(worker, request, lookup.error);
    }
    if (!has_body_to_send()) return Taken::answered;
    unparsed_.reset();
    if (!rest.empty()) keep_bytes(rest);
    enter(PhaseEvent::head_complete);
    return Taken::kept;
}

/// Puts a compressed sibling in the place of `entry` where the client takes it. In the reactor nothing, and the entry left
/// as it was, when that could wait for a disk, or when a digest of what is sent has to be computed first.
std::optional<http::Coding> Connection::select(WorkerState& worker, const http::Request& request, store::EntryRef& entry) {
    const bool may_hash = !worker.is_reactor() || !http::wants_digests(*request.head);
    const auto is_for_worker = [&](const store::Entry& sent) { return !may_hash && needs_digest(request, sent); };
    std::optional<http::Coding> coding = http::Coding::identity;
    if (!worker.server.settings().precompressed) return is_for_worker(*entry) ? std::nullopt : coding;
    store::EntryRef selected = entry;
    coding = select_representation(*request.head, selected, [&](std::string_view path) -> store::Lookup {
        if (worker.is_reactor()) return worker.reactor->look_up_sibling(path);
        const BlockingMark mark(worker.worker);
        auto opened = worker.server.store().open(path);
        if (!opened) return {.status = store::LookupStatus::failed, .entry = {}, .error = std::move(opened.error())};
        reactor_.offer(*opened);
        return {.status = store::LookupStatus::found, .entry = std::move(*opened), .error = {}};
    });
    if (!coding || is_for_worker(*selected)) return std::nullopt;
    entry = std::move(selected);
    return coding;
}

/// A worker's way: may wait for the disk. `found` is what the reactor's cache had, to be checked again.
void Connection::answer_from_disk(WorkerState& worker, const http::Request& request, store::EntryRef found) {
    const store::Store& store = worker.server.store();
    std::optional<BlockingMark> mark(std::in_place, worker.worker);
    if (found && found->kind == store::Kind::file && store.revalidate(*found)) {
        mark.reset();  // what is left is computing, above all where a digest is wanted
        return answer_opened(worker, request, found);
    }
    auto opened = store.open(first_path(request.target));
    if (opened && (*opened)->kind == store::Kind::file) {
        reactor_.offer(*opened);
        mark.reset();
        return answer_opened(worker, request, *opened);
    }
    if (opened && !request.target.folder) return answer(worker, &request, folder_redirect(request));
    if (!request.target.folder) return answer_failure(worker, request, opened.error());
    if (!opened && !lets_list(opened.error())) return answer_failure(worker, request, opened.error());
    opened = store.open(request.target.path);
    if (!opened) return answer_failure(worker, request, opened.error());
    if ((*opened)->kind == store::Kind::file) {  // `name/` where `name` is a file
        return answer(worker, &request, errno_answer(&request, ENOTDIR, Access::read));
    }
    FolderAnswer listing = folder_listing(worker.server, request, **opened);
    answer_streamed(worker, request, listing.answer, std::move(listing.rest));
}

/// In a worker: the file itself, or what is selected in its place.
void Connection::answer_opened(WorkerState& worker, const http::Request& request, store::EntryRef file) {
    const auto coding = select(worker, request, file);
    FS_ASSERT(coding && !worker.is_reactor());
    answer_entry(worker, request, file, *coding);
}

/// In a worker: goes on with what the exchange holds.
Step Connection::answer_kept_request(WorkerState& worker) {
    FS_ASSERT(!worker.is_reactor() && exchange_ != nullptr);
    Exchange& task = *exchange_;
    if (task.has_body_to_send()) return send_body(worker);
    if (task.upload != nullptr) return receive_body(worker);
    FS_ASSERT(task.has_request);
    const http::Request& request = task.request;
    const auto reject = worker.server.check(request, peer_);
    if (!reject && (request.method == http::Method::post || request.method == http::Method::put)) return begin_upload(worker);
    if (!body_is_over()) closing_ = body_unread_ = true;
    more_came_ = unparsed_ != nullptr;
    if (reject) {
        answer_reject(worker, &request, *reject);
    } else if (request.method == http::Method::options) {
        answer(worker, &request, options_answer(worker.server.allowed_methods()));
    } else if (request.method == http::Method::delete_) {
        answer_delete(worker, request);
    } else {
        answer_from_disk(worker, request, std::move(task.entry));
    }
    task.drop_request();
    if (unparsed_ == nullptr || closing_ || has_body_to_send() || worker.output.is_full()) return flush(worker);
    // Requests that came in one batch with this one: their answers leave in one send with its own.
    const std::unique_ptr<std::string> bytes = std::move(unparsed_);
    return parse_heads(worker, *bytes);
}

}  // namespace filesrv::serve
