// SPDX-License-Identifier: MIT
// Uploads: opened, digested, read.
#include "tools/filesrv-client/upload.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "http/digest_fields.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"

namespace filesrv::client {

Upload::Upload(const Request& request, const EngineSettings& settings) : request_(request), settings_(settings) {
    FS_ASSERT(is_upload(request.verb) && !request.local.empty());
}

Attempted<void> Upload::open() {
    auto file = os::open_path(request_.local.c_str(), os::OpenMode::any_read);
    if (!file) return local_trouble({.code = file.error().code, .operation = "open", .subject = request_.local});
    const auto there = os::stat_fd(file->get());
    if (!there) return local_trouble(there.error());
    if (there->type == os::FileType::directory) return trouble(Failure::local, request_.local + " is a folder");
    if (there->type != os::FileType::regular) return trouble(Failure::local, request_.local + " is not a regular file");
    file_ = std::move(*file);
    size_ = there->size;
    if (!settings_.send_digest) return {};
    DigestAlgorithms algorithms;
    algorithms.add(DigestAlgorithm::sha_256);
    hasher_.emplace(algorithms);
    return {};
}

Attempted<void> Upload::read_whole(std::span<char> into, std::uint64_t offset) const {
    const auto count = os::read_at(file_.get(), into, offset);
    if (!count) return local_trouble({.code = count.error().code, .operation = "read", .subject = request_.local});
    if (*count < into.size()) return trouble(Failure::local, request_.local + " has become shorter while it was sent");
    return {};
}

Attempted<bool> Upload::prepare() {
    if (!hasher_) return true;
    std::string slice(static_cast<std::size_t>(std::min<std::uint64_t>(hash_slice, size_ - hashed_)), '\0');
    if (auto whole = read_whole(slice, hashed_); !whole) return std::unexpected(whole.error());
    hasher_->update(slice);
    hashed_ += slice.size();
    if (hashed_ < size_) return false;
    const DigestSet digests = hasher_->finish();
    hasher_.reset();
    const Digest* digest = digests.find(DigestAlgorithm::sha_256);
    FS_ASSERT(digest != nullptr);
    digest_field_ = "Repr-Digest: " + http::digest_member(*digest);
    return true;
}

void Upload::ask(std::vector<std::string>& fields) {
    given_ = 0;
    fields.emplace_back("Content-Type: application/octet-stream");  // the server judges by the name
    if (settings_.no_clobber) fields.emplace_back("If-None-Match: *");
    if (!digest_field_.empty()) fields.push_back(digest_field_);
}

Attempted<std::size_t> Upload::give(std::span<char> into, std::uint64_t offset) {
    FS_ASSERT(offset <= size_);
    const std::span part = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset)));
    if (auto whole = read_whole(part, offset); !whole) return std::unexpected(whole.error());
    given_ = offset + part.size();
    return part.size();
}

Progress Upload::progress() const { return {.done = given_, .total = size_, .resumed_at = 0}; }

}  // namespace filesrv::client
