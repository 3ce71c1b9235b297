// SPDX-License-Identifier: MIT
// The entries a reactor keeps: found by path, never stale, bounded in bytes and in descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "base/intrusive_list.hpp"
#include "store/entry.hpp"

namespace filesrv::store {

class Store;

struct EntryCacheLimits {
    std::size_t bytes_max = std::size_t{64} << 20;  ///< bodies, heads, paths and overhead
    std::size_t descriptors_max = 1024;             ///< keep it well below RLIMIT_NOFILE
    std::size_t entries_max = 1'000'000;
};

struct EntryCacheFigures {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;     ///< not there
    std::uint64_t stale = 0;      ///< there, but changed on disk: dropped
    std::uint64_t evictions = 0;  ///< dropped for room
    std::size_t entries = 0;
    std::size_t bytes = 0;
    std::size_t descriptors = 0;
};

/// One per reactor; one thread, no locks. The store must outlive it.
class EntryCache {
public:
    EntryCache(const Store& store, EntryCacheLimits limits);
    EntryCache(const EntryCache&) = delete;
    EntryCache& operator=(const EntryCache&) = delete;
    ~EntryCache();

    /// The entry, when it is here and what is on disk now is still what it was filled from; else nothing.
    [[nodiscard]] EntryRef find(std::string_view path);

    /// Keeps the entry if it may be kept and fits; drops what was here under its path.
    void insert(EntryRef entry);

    void forget(std::string_view path);
    void clear() noexcept;

    [[nodiscard]] const EntryCacheFigures& figures() const noexcept { return figures_; }

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
    EntryCacheFigures figures_;
    IntrusiveList<Node> clock_;
    std::unordered_map<std::string_view, std::unique_ptr<Node>> nodes_;  ///< keys live in the entries
};

}  // namespace filesrv::store
