// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

namespace {

/// Runs `work(number)` in so many threads and waits for them.
template <class Work>
void in_threads(int count, Work work) {
    std::vector<std::thread> threads;
    for (int number = 0; number < count; ++number) threads.emplace_back(work, number);
    for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("of many uploads that may only create a name exactly one wins") {
    const TempFolder folder;
    // Two stores are two daemons: they share no mutex, only the locks on disk.
    const std::unique_ptr<Store> stores[] = {open_store(folder.path(), {.durability = Durability::none}),
                                             open_store(folder.path(), {.durability = Durability::none})};
    for (int round = 0; round < 50; ++round) {
        const std::string name = "r" + std::to_string(round) + "/sub/file";
        if (round % 2 == 0) fs::create_directories((folder / name).parent_path());
        std::atomic<int> created{0};
        std::atomic<int> refused{0};
        in_threads(8, [&](int number) {
            const bool is_here = number % 4 >= 2;
            const auto result = put(*stores[number % 2], name, std::to_string(number), only_if_new, is_here);
            if (result && result->created) ++created;
            if (!result && is_guard_refusal(result.error())) ++refused;
        });
        REQUIRE(created == 1);
        REQUIRE(refused == 7);
    }
}

TEST_CASE("uploads that each replace the version they saw are never lost") {
    // A counter kept in a file: read, add one, put it back if it is unchanged. Each success adds exactly one.
    const TempFolder folder;
    const std::unique_ptr<Store> stores[] = {open_store(folder.path(), {.durability = Durability::none}),
                                             open_store(folder.path(), {.durability = Durability::none})};
    REQUIRE(put(*stores[0], "counter", "0"));
    std::atomic<int> successes{0};
    in_threads(4, [&](int number) {
        Store& store = *stores[number % 2];
        for (int i = 0; i < 100; ++i) {
            const auto entry = store.open("counter");
            REQUIRE(entry);
            const Version seen = (*entry)->version;
            const auto same = [seen](const std::optional<VersionInfo>& current) {
                return current && current->mtime_ns == seen.mtime_ns && current->size == seen.size ? GuardVerdict::allow
                                                                                                   : GuardVerdict::refuse;
            };
            const auto result = put(store, "counter", std::to_string(std::stoi((*entry)->body) + 1), same, i % 2 == 0);
            if (result) ++successes;
        }
    });
    CHECK(successes > 0);
    CHECK(read_file(folder / "counter") == std::to_string(successes.load()));
}

TEST_CASE("a reader sees one whole version while many write") {
    const TempFolder folder;
    const auto store = open_store(folder.path(), {.durability = Durability::none});
    REQUIRE(put(*store, "file", std::string(20'000, 'z')));
    std::atomic<bool> stop{false};
    std::thread reader([&] {
        while (!stop.load()) {
            const auto entry = store->open("file");
            REQUIRE(entry);
            REQUIRE((*entry)->body == std::string(20'000, (*entry)->body[0]));
        }
    });
    in_threads(4, [&](int number) {
        for (int i = 0; i < 50; ++i) CHECK(put(*store, "file", std::string(20'000, static_cast<char>('a' + number))));
    });
    stop.store(true);
    reader.join();
    CHECK(fs::remove(folder / "file"));
    store->tidy();
    CHECK(names_below(folder.path()).empty());
}

TEST_CASE("uploads succeed while their folders are removed under them") {
    const TempFolder folder;
    const auto store = open_store(folder.path(), {.durability = Durability::none});
    std::atomic<bool> stop{false};
    std::thread remover([&] {
        while (!stop.load()) {
            std::error_code ignored;
            fs::remove(folder / "a/b", ignored);  // only when empty
            fs::remove(folder / "a", ignored);
        }
    });
    in_threads(3, [&](int number) {
        for (int i = 0; i < 60; ++i) {
            const std::string name = "a/b/" + std::to_string(number);
            CHECK(outcome(put(*store, name, "x", {}, i % 2 == 0)) == "created");
            std::error_code ignored;
            fs::remove(folder / name, ignored);
        }
    });
    stop.store(true);
    remover.join();
}

TEST_CASE("the staging folder may be removed at any moment by another process that finds it empty") {
    const TempFolder folder;
    const auto store = open_store(folder.path(), {.durability = Durability::none});
    const auto other = open_store(folder.path());
    std::atomic<bool> stop{false};
    std::thread tidier([&] {
        while (!stop.load()) CHECK(other->sweep());
    });
    in_threads(3, [&](int number) {
        for (int i = 0; i < 60; ++i) {
            CHECK(put(*store, std::to_string(number) + "-" + std::to_string(i), "x"));
            store->tidy();
        }
    });
    stop.store(true);
    tidier.join();
    store->tidy();
    CHECK(names_below(folder.path()).size() == 180);
}
