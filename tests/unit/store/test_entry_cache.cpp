// SPDX-License-Identifier: MIT
#include "store/entry_cache.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>

#include "store/store.hpp"
#include "temp_folder.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using test::open_store;
using test::TempFolder;
using test::write_file;

namespace {

/// Of a request that has just come.
EntryRef find(EntryCache& cache, std::string_view path) {
    cache.expect_changes();
    return cache.find(path);
}

/// As a reactor does it: from the cache, else opened and kept.
Result<EntryRef> get(EntryCache& cache, const Store& store, std::string_view path) {
    if (EntryRef kept = find(cache, path)) return kept;
    auto entry = store.open(path);
    if (entry) cache.insert(*entry);
    return entry;
}

}  // namespace

TEST_CASE("an entry that has settled is kept and found; a young one and one behind a link are not") {
    const TempFolder folder;
    write_file(folder / "a/file", "text");
    test::fs::create_symlink("a/file", folder / "link");
    const auto store = open_store(folder.path());
    EntryCache cache(*store, {});
    CHECK((*get(cache, *store, "a/file"))->body == "text");
    CHECK(cache.figures().entries == 0);
    test::let_settle();
    CHECK((*get(cache, *store, "a/file"))->body == "text");
    CHECK(cache.figures().entries == 1);
    CHECK(cache.find("a/file")->body == "text");
    CHECK(cache.figures().hits == 1);
    CHECK((*get(cache, *store, "link"))->via_symlink);
    CHECK(cache.figures().entries == 1);
    cache.forget("a/file");
    CHECK_FALSE(cache.find("a/file"));
    CHECK(cache.figures().bytes == 0);
}

TEST_CASE("any change on disk drops the entry") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    EntryCache cache(*store, {});
    const auto path = folder / "a/b/file";
    struct { const char* name; void (*change)(const TempFolder&); } const changes[] = {
        {"rewritten with one size", [](const TempFolder& f) { write_file(f / "a/b/file", "TEXT"); }},
        {"appended to", [](const TempFolder& f) { std::ofstream(f / "a/b/file", std::ios::app) << "x"; }},
        {"replaced", [](const TempFolder& f) {
             write_file(f / "next", "TEXT");
             test::set_mtime(f / "next", test::mtime_of(f / "a/b/file"));
             test::fs::rename(f / "next", f / "a/b/file");
         }},
        {"removed", [](const TempFolder& f) { test::fs::remove(f / "a/b/file"); }},
        {"mode changed", [](const TempFolder& f) { test::fs::permissions(f / "a/b/file", test::fs::perms(0600)); }},
        {"rewritten by another name", [](const TempFolder& f) {
             test::fs::create_hard_link(f / "a/b/file", f / "other");
             write_file(f / "other", "TEXT");
         }},
        {"swapped for a link to itself elsewhere", [](const TempFolder& f) {
             test::fs::rename(f / "a/b/file", f / "elsewhere");
             test::fs::create_symlink("../../elsewhere", f / "a/b/file");
         }},
        {"a parent moved out of the root, a link in its place", [](const TempFolder& f) {
             const test::fs::path outside = f.path().string() + "-outside";
             test::fs::rename(f / "a/b", outside);
             test::fs::create_symlink(outside, f / "a/b");
         }},
        {"a grandparent renamed, a link in its place", [](const TempFolder& f) {
             test::fs::rename(f / "a", f / "z");
             test::fs::create_symlink("z", f / "a");
         }},
    };
    for (const auto& row : changes) {
        CAPTURE(row.name);
        test::fs::remove_all(folder / "a");
        write_file(path, "text");
        test::let_settle();
        REQUIRE(get(cache, *store, "a/b/file"));
        REQUIRE(find(cache, "a/b/file"));
        REQUIRE(find(cache, "a/b/file"));
        row.change(folder);
        CHECK_FALSE(find(cache, "a/b/file"));
    }
    test::fs::remove_all(folder.path().string() + "-outside");
}

TEST_CASE("a version that was weak when it was kept is looked at again once it is strong") {
    const TempFolder folder;
    write_file(folder / "file", "text");
    test::let_settle();
    const auto store = open_store(folder.path());
    EntryCache cache(*store, {});
    REQUIRE((*get(cache, *store, "file"))->version.weak);
    CHECK(cache.find("file"));
    CHECK_FALSE(cache.find("file", os::monotonic_now() + std::chrono::seconds(2)));
    // A file from the archive is kept for good.
    auto old = std::make_unique<Entry>();
    old->path = "file";
    old->stat = (*store->open("file"))->stat;
    old->cacheable = true;
    cache.insert(EntryRef::publish(std::move(old)));
    CHECK(cache.find("file", os::monotonic_now() + std::chrono::hours(1000)));
}

TEST_CASE("a store through a mapping that leaves the times as they are is not hidden for good") {
    const TempFolder folder;
    write_file(folder / "file", "text");
    const int fd = ::open((folder / "file").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0);
    void* const mapping = ::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    REQUIRE(mapping != MAP_FAILED);
    std::memcpy(mapping, "once", 4);  // sets the times
    test::let_settle();
    const auto store = open_store(folder.path());
    EntryCache cache(*store, {});
    CHECK((*get(cache, *store, "file"))->body == "once");
    std::memcpy(mapping, "more", 4);  // does not
    CHECK_FALSE(cache.find("file", os::monotonic_now() + std::chrono::seconds(2)));
    CHECK((*get(cache, *store, "file"))->body == "more");
    ::munmap(mapping, 4);
}

TEST_CASE("the cache stays within its limits and keeps what is asked for") {
    const TempFolder folder;
    for (int i = 0; i < 20; ++i) write_file(folder / std::to_string(i), std::string(1000, 'x'));
    test::let_settle();
    SUBCASE("bytes") {
        const auto store = open_store(folder.path());
        EntryCache cache(*store, {.bytes_max = 8'000});
        for (int i = 0; i < 20; ++i) {
            REQUIRE(get(cache, *store, "0"));  // asked for again and again: it survives
            for (int times = 0; times < 2; ++times) REQUIRE(get(cache, *store, std::to_string(i)));
            REQUIRE(cache.figures().bytes <= 8'000);
        }
        CHECK(cache.figures().entries >= 3);
        CHECK(cache.figures().evictions > 10);
        CHECK(cache.find("0"));
        CHECK(cache.figures().descriptors == 0);
    }
    SUBCASE("what is asked for once takes nobody's place, and what comes again does") {
        const auto store = open_store(folder.path());
        EntryCache cache(*store, {.entries_max = 5});
        for (int i = 0; i < 20; ++i) REQUIRE(get(cache, *store, std::to_string(i)));
        CHECK(cache.figures().evictions == 0);
        REQUIRE(get(cache, *store, "19"));
        CHECK(cache.find("19"));
        CHECK(cache.figures().evictions == 1);
        CHECK(cache.figures().entries == 5);
    }
    SUBCASE("descriptors") {
        const auto store = open_store(folder.path(), {.body_bytes_max = 10});
        EntryCache cache(*store, {.descriptors_max = 5});
        for (int i = 0; i < 20; ++i) {
            REQUIRE(get(cache, *store, std::to_string(i)));
            REQUIRE(cache.figures().descriptors <= 5);
        }
        CHECK(cache.figures().entries == 5);
    }
    SUBCASE("entries, and none at all") {
        const auto store = open_store(folder.path());
        EntryCache few(*store, {.entries_max = 2});
        EntryCache none(*store, {.bytes_max = 0});
        for (int i = 0; i < 20; ++i) {
            REQUIRE(get(few, *store, std::to_string(i)));
            REQUIRE(get(none, *store, std::to_string(i)));
            REQUIRE(few.figures().entries <= 2);
            REQUIRE(none.figures().entries == 0);
        }
    }
}

TEST_CASE("an evicted entry lives as long as anybody uses it") {
    const TempFolder folder;
    write_file(folder / "file", "text");
    test::let_settle();
    const auto store = open_store(folder.path());
    EntryRef held;
    {
        EntryCache cache(*store, {});
        REQUIRE(get(cache, *store, "file"));
        held = cache.find("file");
        std::thread reader([copy = held] { CHECK(copy->body == "text"); });
        cache.clear();
        reader.join();
    }
    CHECK(held->body == "text");
}

TEST_CASE("a change is seen by every look-up that starts after it") {
    // One thread changes a file in all the ways there are, another reads through the cache. The number of the last
    // finished change is taken before a read; what is read must be of that change or a later one.
    const TempFolder folder;
    const auto content = [](int number) {
        std::string text = std::to_string(number);
        return std::string(8 - text.size(), '0') + text;
    };
    write_file(folder / "p/q/file", content(0));
    test::let_settle();
    const auto store = open_store(folder.path());
    EntryCache cache(*store, {});
    std::atomic<int> finished{0};
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        std::minstd_rand random(1);
        for (int number = 1; !stop.load(); ++number) {
            switch (random() % 5) {
                case 0: write_file(folder / "p/q/file", content(number)); break;
                case 1:
                    write_file(folder / "next", content(number));
                    test::fs::rename(folder / "next", folder / "p/q/file");
                    break;
                case 2:  // the same size and the same mtime
                {
                    const auto mtime = test::mtime_of(folder / "p/q/file");
                    write_file(folder / "p/q/file", content(number));
                    test::set_mtime(folder / "p/q/file", mtime);
                    break;
                }
                case 3:  // another parent in place of the old one
                    write_file(folder / "r/file", content(number));
                    test::fs::rename(folder / "p/q", folder / "p/old");
                    test::fs::rename(folder / "r", folder / "p/q");
                    test::fs::remove_all(folder / "p/old");
                    break;
                default:  // gone, and back
                    test::fs::remove(folder / "p/q/file");
                    write_file(folder / "p/q/file", content(number));
                    break;
            }
            finished.store(number);
            // Now and then long enough for an entry to settle and be kept.
            if (random() % 4 == 0) ::usleep(static_cast<unsigned>(random() % 40'000));
        }
    });
    int stale = 0;
    for (int i = 0; i < 100'000; ++i) {
        const int before = finished.load();
        const auto entry = get(cache, *store, "p/q/file");
        // Absent, empty or in part: it is being changed right now.
        if (!entry || (*entry)->body.size() != 8) continue;
        if (std::stoi((*entry)->body) < before) ++stale;
    }
    stop.store(true);
    writer.join();
    CHECK(stale == 0);
    CHECK(cache.figures().hits > 0);
    CHECK(cache.figures().stale > 0);
}
