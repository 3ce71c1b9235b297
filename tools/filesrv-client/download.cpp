// SPDX-License-Identifier: MIT
// Downloads: what to ask for, what an answer means for the bytes that are here, and the end.
#include "tools/filesrv-client/download.hpp"

#include <array>
#include <cerrno>

#include "base/assert.hpp"
#include "http/date.hpp"
#include "http/digest_fields.hpp"
#include "os/clock.hpp"
#include "os/stat.hpp"

namespace filesrv::client {
namespace {

store::Hasher sha_256() {
    DigestAlgorithms algorithms;
    algorithms.add(DigestAlgorithm::sha_256);
    return store::Hasher(algorithms);
}

/// Of the calls that may meet a folder of the final name.
std::unexpected<Trouble> file_trouble(const Error& error) {
    return error.code == EISDIR ? trouble(Failure::local, error.subject + " is a folder here") : local_trouble(error);
}

}  // namespace

Download::Download(const Request& request, const EngineSettings& settings, OutputFolder& folder)
    : request_(request), settings_(settings), folder_(folder), url_(url_of(request)), part_(folder, request.local) {}

Attempted<void> Download::open() {
    // What may be replaced is looked at where it is.
    os::FileStat there;
    const bool exists = settings_.no_clobber && os::stat_at(folder_.fd(), request_.local.c_str(), there) == 0;
    if (exists && there.type != os::FileType::directory) return trouble(Failure::local, request_.local + " is here already (--no-clobber)");
    if (exists) return file_trouble({.code = EISDIR, .operation = "replace", .subject = request_.local});
    if (const auto adopted = part_.adopt(url_); !adopted) return file_trouble(adopted.error());
    resumed_at_ = part_.size();
    if (part_.size() > 0) total_ = part_.origin().size;
    return {};
}

Attempted<bool> Download::prepare() {
    if (!settings_.verify || hashed_ == part_.size()) return true;
    if (!hasher_) hasher_.emplace(sha_256());
    std::string slice(static_cast<std::size_t>(std::min<std::uint64_t>(hash_slice, part_.size() - hashed_)), '\0');
    const auto count = part_.read(slice, hashed_);
    if (!count) return local_trouble(count.error());
    if (*count == 0) return local_trouble({.code = EIO, .operation = "read", .subject = request_.local + ".part"});
    hasher_->update(std::span(slice).first(*count));
    hashed_ += *count;
    return hashed_ == part_.size();
}

Download::Asked Download::what_to_ask() const noexcept {
    if (part_.size() == 0 || part_.origin().validator.empty()) return Asked::whole;
    // A range that begins at the end is none; ask whether the whole is still the same.
    return part_.origin().size == part_.size() ? Asked::change : Asked::rest;
}

void Download::ask(std::vector<std::string>& fields) {
    asked_ = what_to_ask();
    const std::string& validator = part_.origin().validator;
    if (asked_ == Asked::rest) {
        fields.push_back("Range: bytes=" + std::to_string(part_.size()) + "-");
        fields.push_back("If-Range: " + validator);
    } else if (asked_ == Asked::change) {
        fields.push_back((validator.starts_with('"') ? "If-None-Match: " : "If-Modified-Since: ") + validator);
    }
    if (settings_.verify) fields.emplace_back("Want-Repr-Digest: sha-256=10");
}

/// Whether a 206 is the rest of the very bytes that are here. If-Range has asked for that; a server that got it wrong
/// must not spoil the file.
bool Download::continues(const AnswerHead& head) const {
    const auto range = parse_content_range(head.content_range);
    if (!range || range->first != part_.size()) return false;
    if (range->size && part_.origin().size && *range->size != *part_.origin().size) return false;
    if (range->size && range->last + 1 != *range->size) return false;
    const std::string& validator = part_.origin().validator;
    const std::string& told = validator.starts_with('"') ? head.etag : head.last_modified;
    return told.empty() || told == validator;
}

Attempted<Work::Meeting> Download::begin_anew(const AnswerHead& head) {
    const auto begun = part_.restart({.url = url_, .validator = strong_validator(head), .size = head.content_length});
    if (!begun) return file_trouble(begun.error());
    resumed_at_ = 0;
    hashed_ = 0;
    hasher_.reset();
    total_ = head.content_length;
    return Meeting::take;
}

Attempted<Work::Meeting> Download::meet(const AnswerHead& head) {
    mtime_ns_.reset();
    if (const auto modified = http::parse_date(head.last_modified, http::unix_seconds(os::wall_now()))) {
        constexpr std::int64_t second = 1'000'000'000;
        if (*modified > 0 && *modified < INT64_MAX / second) mtime_ns_ = *modified * second;
    }
    repr_digest_ = head.repr_digest;
    switch (head.status) {
        case 200: return begin_anew(head);
        case 206:
            if (asked_ != Asked::rest) return trouble(Failure::answer, head.status_line + ", and no range was asked for");
            if (!continues(head)) break;
            return Meeting::take;
        case 304:
            if (asked_ == Asked::change) return Meeting::complete;
            return Meeting::refuse;
        case 416:
            if (asked_ == Asked::rest) break;
            return Meeting::refuse;
        default:
            if (head.is_success()) return trouble(Failure::answer, head.status_line + " brings no file");
            return Meeting::refuse;
    }
    if (const auto emptied = part_.restart({.url = url_, .validator = {}, .size = {}}); !emptied) {
        return file_trouble(emptied.error());
    }
    return Meeting::restart;
}

Attempted<void> Download::take(std::span<const char> bytes) {
    if (const auto appended = part_.append(bytes); !appended) return file_trouble(appended.error());
    if (settings_.verify) {
        if (!hasher_) hasher_.emplace(sha_256());
        hasher_->update(bytes);
        hashed_ += bytes.size();
    }
    return {};
}

Attempted<void> Download::compare_digests(Outcome& outcome) {
    http::DigestLines lines;
    DigestSet told;
    const bool is_told = !repr_digest_.empty() && lines.add(repr_digest_) && lines.take(told);
    const Digest* wanted = is_told ? told.find(DigestAlgorithm::sha_256) : nullptr;
    outcome.unverified = wanted == nullptr;
    if (wanted == nullptr) return {};
    FS_ASSERT(hashed_ == part_.size());
    const DigestSet digests = (hasher_ ? std::move(*hasher_) : sha_256()).finish();
    hasher_.reset();
    const Digest* real = digests.find(DigestAlgorithm::sha_256);
    FS_ASSERT(real != nullptr);
    if (*real != *wanted) {
        part_.remove();
        return trouble(Failure::digest, "the digest of what came is not the one that the server names: nothing is kept");
    }
    outcome.verified = true;
    return {};
}

Attempted<void> Download::finish(Outcome& outcome) {
    outcome.resumed_at = resumed_at_;
    if (total_ && part_.size() != *total_) {
        return trouble(Failure::answer, "the server sent another length than it had announced");
    }
    if (settings_.verify) {
        if (auto same = compare_digests(outcome); !same) return same;
    }
    const auto committed = part_.commit({.mtime_ns = mtime_ns_, .replace = !settings_.no_clobber});
    if (!committed) return file_trouble(committed.error());
    return {};
}

void Download::abandon(Outcome& outcome) {
    outcome.resumed_at = resumed_at_;
    part_.keep();
}

Progress Download::progress() const {
    return {.done = part_.size(), .total = total_, .resumed_at = resumed_at_};
}

}  // namespace filesrv::client
