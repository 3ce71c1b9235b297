// SPDX-License-Identifier: MIT
// The entries a reactor keeps: found by path, never stale, bounded in bytes and in descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/count.hpp"
#include "base/intrusive_list.hpp"
#include "os/clock.hpp"
#include "store/entry.hpp"
#include "store/fixed_folders.hpp"
#include "store/name_table.hpp"
#include "store/recent_names.hpp"
#include "store/tree_news.hpp"
#include "store/trusted_files.hpp"

namespace filesrv::store {

class Store;

struct EntryCacheLimits {
    std::size_t bytes_max = std::size_t{64} << 20;  ///< bodies, heads, paths and overhead
    std::size_t descriptors_max = 1024;             ///< keep it well below RLIMIT_NOFILE
    std::size_t entries_max = 1'000'000;
    std::size_t folders_max = 1024;                 ///< watched, so that not each has to be looked at for each hit
    std::size_t watches_max = 5120;                 ///< with them, files that need not be looked at either
    std::size_t trusted_open_max = 0;               ///< of those so many stay open; where there are several caches
};

template <class Number>
struct EntryCacheNumbers {
    Number hits{};
    Number misses{};     ///< not there
    Number stale{};      ///< there, but changed on disk or due to be filled anew: dropped
    Number evictions{};  ///< dropped for room
    Number entries{};
    Number bytes{};
    Number descriptors{};
    Number quick{};      ///< hits that looked at the file, but not at each folder on the way
    Number trusted{};    ///< hits that looked at nothing: nothing was told
};
using EntryCacheFigures = EntryCacheNumbers<std::uint64_t>;

/// One per reactor; one thread, no locks. The store must outlive it.
class EntryCache {
public:
    EntryCache(const Store& store, EntryCacheLimits limits);
    EntryCache(const EntryCache&) = delete;
    EntryCache& operator=(const EntryCache&) = delete;
    ~EntryCache();

    /// The entry, when it is here, not to be filled anew by now, and what is on disk is still what it was filled from;
    /// else nothing.
    [[nodiscard]] EntryRef find(std::string_view path, Instant now = os::monotonic_now());

    /// What is looked for next may have been asked for after changes that nobody has looked for yet.
    void expect_changes() noexcept { news_.expect_changes(); }

    /// Keeps the entry if it may be kept; drops what was here under its path. Where others have to go for it, only if it
    /// has been offered before, a short time ago. std::bad_alloc: not kept.
    void insert(EntryRef entry);

    void forget(std::string_view path);
    void clear() noexcept;

    /// Any thread.
    [[nodiscard]] EntryCacheFigures figures() const noexcept;

private:
    struct Node : ListHook, NameHook {
        explicit Node(EntryRef kept) noexcept : entry(std::move(kept)) {}
        [[nodiscard]] std::string_view name() const noexcept { return entry->path; }
        EntryRef entry;
        FixedFolders::Ref folder;  ///< the one that holds it, if quick; empty: the root, or not asked for yet
        FileTrust trust;
        bool may_be_quick = true;
        bool was_found = false;    ///< so it has been seen whether it may be
        bool referenced = false;   ///< found since the clock's hand last passed
    };

    [[nodiscard]] bool is_quick(Node& node);
    [[nodiscard]] bool is_current(Node& node);
    [[nodiscard]] bool deserves_room(const Entry& entry);
    void remove(Node& node) noexcept;
    void release(Node& node) noexcept;
    void evict_until_fits() noexcept;
    [[nodiscard]] bool is_over() const noexcept;

    const Store& store_;
    EntryCacheLimits limits_;
    EntryCacheNumbers<Count> figures_;  ///< the cache's thread writes
    TreeNews news_;
    FixedFolders folders_;
    TrustedFiles trusted_;
    RecentNames turned_away_{4096};  ///< so that a name has to come back within some thousand others
    IntrusiveList<Node> clock_;
    NameTable<Node> nodes_;  ///< owned: each by its place in here
};

}  // namespace filesrv::store
