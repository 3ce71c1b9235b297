// SPDX-License-Identifier: MIT
// The entries a reactor keeps: found by path, never stale, bounded in bytes and in descriptors.
//
// Eviction is by the clock: a hit costs one store instead of a move to the front of a list, and what was found since
// the hand last passed gets a second chance.
#include "store/entry_cache.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "store/path.hpp"
#include "store/store.hpp"

namespace filesrv::store {
namespace {

/// What a node, its place in the table and the allocator's rounding cost beside the entry itself.
constexpr std::size_t node_overhead = 160;

std::size_t bytes_of(const Entry& entry) noexcept { return entry.memory_bytes() + node_overhead; }

std::size_t descriptors_of(const Entry& entry) noexcept { return entry.fd.is_open() ? 1 : 0; }

}  // namespace

EntryCache::EntryCache(const Store& store, EntryCacheLimits limits)
    : store_(store), limits_(limits), news_(store.root().fd()), folders_(news_, limits.folders_max),
      trusted_({.store = store, .news = news_, .folders = folders_},
               {.watches_max = limits.watches_max, .open_max = limits.trusted_open_max}) {}

EntryCache::~EntryCache() { clear(); }

EntryRef EntryCache::find(std::string_view path, Instant now) {
    Node* const found = nodes_.find(path);
    if (found == nullptr) {
        figures_.misses.add();
        return {};
    }
    Node& node = *found;
    FS_ASSERT(node.entry->cacheable);
    if (now >= node.entry->keep_until || !is_current(node)) {
        figures_.stale.add();
        remove(node);
        return {};
    }
    figures_.hits.add();
    node.referenced = true;
    return node.entry;
}

/// Whether no folder on the way can have been moved, so that one look is enough. The first hit asks for folders to be
/// watched: most of what is opened is not asked for again. A file of several names could be reached by another one
/// through a link in a mount that hides a folder.
bool EntryCache::is_quick(Node& node) {
    const Entry& entry = *node.entry;
    const std::string_view above = parent_of(entry.path);
    if (!std::exchange(node.was_found, true)) {
        node.may_be_quick = false;  // nor ever, when memory runs out in what follows
        const bool moves_are_told = news_.can_tell_of_moves() && (entry.stat.links == 1 || news_.can_tell_of_all());
        if (moves_are_told && !above.empty()) node.folder = folders_.refer(above);
        node.may_be_quick = moves_are_told && (above.empty() || node.folder);
    }
    return node.may_be_quick && (above.empty() || folders_.is_fixed(node.folder));
}

/// By no look where all that could have changed is told of, by one where no folder on the way can have been moved, else
/// by one at each.
bool EntryCache::is_current(Node& node) {
    const Entry& entry = *node.entry;
    if (trusted_.holds(node.trust)) {
        figures_.trusted.add();
        return true;
    }
    if (!is_quick(node)) return store_.revalidate(entry);
    os::FileStat found;
    const int error = news_.stat(entry.path.c_str(), found);
    if (error == EXDEV) {  // something has been mounted there
        node.may_be_quick = false;
        return store_.revalidate(entry);
    }
    figures_.quick.add();
    return error == 0 && found.is_same_content(entry.stat) && trusted_.found_unchanged(node.trust, entry, node.folder);
}

/// A cache that is full keeps what it has until something is asked for twice. Of a large tree asked for at random any part
/// is as good as any other, and to replace one costs the memory's caches more than the file itself; whoever reads a whole
/// tree once does not empty the cache either.
bool EntryCache::deserves_room(const Entry& entry) {
    const std::size_t bytes = bytes_of(entry);
    if (bytes > limits_.bytes_max) return false;
    const bool fits = figures_.bytes.read() + bytes <= limits_.bytes_max &&
                      figures_.descriptors.read() + descriptors_of(entry) <= limits_.descriptors_max &&
                      figures_.entries.read() < limits_.entries_max;
    if (fits || turned_away_.may_contain(entry.path)) return true;
    turned_away_.remember(entry.path);
    return false;
}

void EntryCache::insert(EntryRef entry) {
    FS_ASSERT(entry);
    if (!entry->cacheable || !deserves_room(*entry)) return forget(entry->path);
    auto node = std::make_unique<Node>(std::move(entry));
    Node* const replaced = nodes_.insert(*node);  // a second fill of one path wins: it is the later one
    // All that takes memory is done: now it counts.
    Node& kept = *node.release();
    figures_.bytes.add(bytes_of(*kept.entry));
    figures_.descriptors.add(descriptors_of(*kept.entry));
    figures_.entries.add();
    clock_.push_back(kept);
    if (replaced != nullptr) release(*replaced);
    evict_until_fits();
}

void EntryCache::forget(std::string_view path) {
    if (Node* const found = nodes_.find(path)) remove(*found);
}

void EntryCache::clear() noexcept {
    while (!clock_.empty()) remove(clock_.front());
    FS_ASSERT(nodes_.empty() && figures_.bytes.read() == 0 && figures_.descriptors.read() == 0);
}

void EntryCache::remove(Node& node) noexcept {
    nodes_.erase(node);
    release(node);
}

/// What is no more in the table.
void EntryCache::release(Node& node) noexcept {
    const std::unique_ptr<Node> removed(&node);
    const Entry& entry = *node.entry;
    FS_ASSERT(figures_.entries.read() > 0 && figures_.bytes.read() >= bytes_of(entry));
    figures_.bytes.subtract(bytes_of(entry));
    figures_.descriptors.subtract(descriptors_of(entry));
    figures_.entries.subtract();
    news_.forget(node.trust);
}

bool EntryCache::is_over() const noexcept {
    return figures_.bytes.read() > limits_.bytes_max || figures_.descriptors.read() > limits_.descriptors_max ||
           figures_.entries.read() > limits_.entries_max;
}

void EntryCache::evict_until_fits() noexcept {
    // Ends: each turn of the hand clears marks, and an empty cache is within any limit.
    while (is_over()) {
        Node& oldest = clock_.pop_front();
        clock_.push_back(oldest);
        if (std::exchange(oldest.referenced, false)) continue;
        figures_.evictions.add();
        remove(oldest);
    }
}

EntryCacheFigures EntryCache::figures() const noexcept {
    return {.hits = figures_.hits.read(),
            .misses = figures_.misses.read(),
            .stale = figures_.stale.read(),
            .evictions = figures_.evictions.read(),
            .entries = figures_.entries.read(),
            .bytes = figures_.bytes.read(),
            .descriptors = figures_.descriptors.read(),
            .quick = figures_.quick.read(),
            .trusted = figures_.trusted.read()};
}

}  // namespace filesrv::store
