// SPDX-License-Identifier: MIT
// What a look-up costs by how much is kept: a hit with its look at the disk, and a miss that opens, reads and keeps.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "store/entry_cache.hpp"
#include "store/store.hpp"
#include "unit/store/temp_folder.hpp"

namespace {

using namespace filesrv;
using namespace filesrv::store;

/// Files of 1 KiB that nobody has changed for a while, so that entries stay what they are.
class Tree {
public:
    Tree() {
        for (int i = 0; i < 10'000; ++i) flat.push_back(std::to_string(i) + ".txt");
        for (const std::string& path : flat) test::write_file(root_ / path, std::string(1024, 'x'));
        test::write_file(root_ / deep, std::string(1024, 'x'));
        std::this_thread::sleep_for(std::chrono::milliseconds(2100));  // younger ones have weak tags
        auto opened = Store::open({.root = root_.path().string()});
        FS_ASSERT(opened);
        store = std::move(*opened);
    }

    std::vector<std::string> flat;
    const std::string deep = "a/b/c/d/deep.txt";
    std::unique_ptr<Store> store;

private:
    test::TempFolder root_;
};

const Tree& tree() {
    static const Tree the_tree;
    return the_tree;
}

void find_kept(benchmark::State& state, const std::vector<std::string>& paths) {
    EntryCache cache(*tree().store, {});
    for (const std::string& path : paths) {
        auto entry = tree().store->open(path);
        FS_ASSERT(entry);
        cache.insert(std::move(*entry));
    }
    FS_ASSERT(cache.figures().entries == paths.size());
    std::size_t i = 0;
    for (auto _ : state) {
        cache.expect_changes();
        FS_ASSERT(cache.find(paths[i]));
        i = (i + 7919) % paths.size();
    }
}
void find_the_only_one(benchmark::State& state) { find_kept(state, {tree().flat.front()}); }
void find_five_deep(benchmark::State& state) { find_kept(state, {tree().deep}); }
void find_one_of_10000(benchmark::State& state) { find_kept(state, tree().flat); }
BENCHMARK(find_the_only_one);
BENCHMARK(find_five_deep);
BENCHMARK(find_one_of_10000);

void open_and_keep(benchmark::State& state, const std::string& path) {
    EntryCache cache(*tree().store, {});
    for (auto _ : state) {
        Lookup found;
        // A rename anywhere on the machine makes the kernel give up its quick way now and then.
        do found = tree().store->open_nowait(path);
        while (found.status == LookupStatus::would_block);
        FS_ASSERT(found.status == LookupStatus::found);
        cache.insert(std::move(found.entry));
        cache.forget(path);
    }
}
void open_flat(benchmark::State& state) { open_and_keep(state, tree().flat.front()); }
void open_five_deep(benchmark::State& state) { open_and_keep(state, tree().deep); }
BENCHMARK(open_flat);
BENCHMARK(open_five_deep);

}  // namespace
