// SPDX-License-Identifier: MIT
// An opened file or folder with all that is needed to answer for it: immutable once published, shared by counting.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "os/fd.hpp"
#include "os/stat.hpp"
#include "store/digest_memo.hpp"

namespace filesrv::store {

enum class Kind : std::uint8_t { file, folder };

/// What tells one content of a name from the next, the same on every node: no inode in it, because replicas differ
/// and freed inodes come back within a clock tick.
/// Strong, because a commit of ours sets an mtime strictly later than the replaced one's; weak while a change that
/// others made is younger than 2 s by ctime, since two such changes can share a tick and a size.
struct Version {
    std::int64_t mtime_ns = 0;  ///< since 1970
    std::uint64_t size = 0;
    bool weak = false;

    bool operator==(const Version&) const noexcept = default;
};
using VersionInfo = Version;

/// An opened file or folder. Written by the opener until it is published in an EntryRef, read-only afterwards.
struct Entry {
    std::string path;  ///< relative to the root, as asked for
    Kind kind = Kind::file;
    os::UniqueFd fd;        ///< open unless in_memory; a folder's may be O_PATH: it is for openat(2) only
    os::FileStat stat;      ///< size, times, inode, device as they were when it was filled
    Version version;
    bool in_memory = false;    ///< body is the whole content (also of an empty file)
    std::string body;
    std::string head;          ///< opaque: the opener's annotate callback sets it
    std::string sibling_head;  ///< likewise, for where this file is sent in place of the one that it holds compressed
    bool via_symlink = false;  ///< reached through a link inside the root: never kept
    bool keepable = false;     ///< on a local file system, and no link on the way: cacheable, if not now, then later
    bool cacheable = false;    ///< keepable, and old enough
    Instant keep_until = Instant::max();  ///< when it has to be filled anew, changed or not: see keeps_for()
    DigestMemo digests;        ///< of the content, learned when somebody asks

    [[nodiscard]] std::uint64_t size() const noexcept { return stat.size; }
    /// What keeping it costs in memory, roughly.
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return sizeof(Entry) + path.size() + body.size() + head.size() + sibling_head.size();
    }

private:
    friend class EntryRef;
    mutable std::atomic<std::uint32_t> references_{0};
};

/// A counted reference to a published entry; copies may go to any thread.
class EntryRef {
public:
    EntryRef() noexcept = default;
    EntryRef(const EntryRef& other) noexcept : entry_(other.entry_) {
        // A new reference is made from an existing one, so nothing needs to be ordered against it.
        if (entry_ != nullptr) entry_->references_.fetch_add(1, std::memory_order_relaxed);
    }
    EntryRef(EntryRef&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    EntryRef& operator=(EntryRef other) noexcept {
        std::swap(entry_, other.entry_);
        return *this;
    }
    ~EntryRef() { reset(); }

    /// Makes the first reference; the entry is immutable from here on.
    [[nodiscard]] static EntryRef publish(std::unique_ptr<Entry> entry) noexcept {
        FS_ASSERT(entry != nullptr && entry->references_.load(std::memory_order_relaxed) == 0);
        EntryRef reference;
        reference.entry_ = entry.release();
        reference.entry_->references_.store(1, std::memory_order_relaxed);
        return reference;
    }

    void reset() noexcept;

    [[nodiscard]] explicit operator bool() const noexcept { return entry_ != nullptr; }
    [[nodiscard]] const Entry& operator*() const noexcept {
        FS_ASSERT(entry_ != nullptr);
        return *entry_;
    }
    [[nodiscard]] const Entry* operator->() const noexcept { return &**this; }

private:
    const Entry* entry_ = nullptr;
};

}  // namespace filesrv::store
