// SPDX-License-Identifier: MIT
// A cache of entries for tests of what it trusts: asked as a reactor asks it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "os/tree_watch.hpp"
#include "store/entry_cache.hpp"
#include "store/store.hpp"
#include "temp_folder.hpp"
#include "uploading.hpp"

namespace filesrv::test {

using store::EntryCache;
using store::EntryCacheLimits;
using store::EntryRef;
using store::Patience;
using store::Purpose;
using store::Store;

/// A folder of its own, and a store of what is in it.
struct Place {
    Place() { can_trust = os::tells_of_writers(store->root().fd()) && os::prove_unwritten(probe()); }

    os::Fd probe() {
        write_file(folder / "probe", "");
        opened = std::move(store->root().open_beneath("probe", Purpose::read, Patience::may_block)->fd);
        return opened.get();
    }

    void put(std::string_view path, std::string_view text) {
        write_file(folder / path, text);
        let_settle();
    }

    TempFolder folder;
    std::unique_ptr<Store> store = open_store(folder.path());
    os::UniqueFd opened;
    bool can_trust = false;  ///< this file system, this kernel, this user
};

/// A cache of it. There may be several.
struct Asked {
    explicit Asked(const Place& place, EntryCacheLimits limits = {}) : opener(*place.store), cache(opener, limits) {}

    /// The body that a request gets which is sent now.
    std::string ask(std::string_view path) {
        cache.expect_changes();
        if (const EntryRef kept = cache.find(path, start)) return kept->body;
        auto entry = opener.open(path);
        if (!entry) return "none";
        cache.insert(*entry);
        return (*entry)->body;
    }

    bool is_trusted(std::string_view path) {
        const auto before = cache.figures().trusted;
        (void)ask(path);
        return cache.figures().trusted > before;
    }

    /// How many more times it is asked for before it is trusted; at most `most`.
    std::uint32_t asked_until_trusted(std::string_view path, std::uint32_t most) {
        std::uint32_t times = 0;
        while (times < most && !is_trusted(path)) ++times;
        return times;
    }

    Instant start = os::monotonic_now();  // a young file is read anew soon, and that is not what is asked here
    const Store& opener;
    EntryCache cache;
};

struct Kept : Place, Asked {
    explicit Kept(EntryCacheLimits limits = {}) : Asked(static_cast<const Place&>(*this), limits) {}
};

}  // namespace filesrv::test
