// SPDX-License-Identifier: MIT
// The entries a reactor keeps: found by path, never stale, bounded in bytes and in descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "base/count.hpp"
#include "base/intrusive_list.hpp"
#include "os/clock.hpp"
#include "store/entry.hpp"

namespace filesrv::store {

class Store;

struct EntryCacheLimits {
    std::size_t bytes_max = std::size_t{64} << 20;  ///< bodies, heads, paths and overhead
    std::size_t descriptors_max = 1024;             ///< keep it well below RLIMIT_NOFILE
    std::size_t entries_max = 1'000'000;
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

    /// Keeps the entry if it may be kept and fits; drops what was here under its path.
    void insert(EntryRef entry);

    void forget(std::string_view path);
    void clear() noexcept;

    /// Any thread.
    [[nodiscard]] EntryCacheFigures figures() const noexcept;

private:
    struct Node : ListHook {
        explicit Node(EntryRef kept) noexcept : entry(std::move(kept)) {}
        EntryRef entry;
        bool referenced = false;  ///< found since the clock's hand last passed
    };

    void remove(Node& node) noexcept;
    void evict_until_fits() noexcept;
    [[nodiscard]] bool is_over() const noexcept;

    const Store& store_;
    EntryCacheLimits limits_;
    EntryCacheNumbers<Count> figures_;  ///< the cache's thread writes
    IntrusiveList<Node> clock_;
    std::unordered_map<std::string_view, std::unique_ptr<Node>> nodes_;  ///< keys live in the entries
};

}  // namespace filesrv::store
