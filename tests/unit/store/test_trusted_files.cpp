// SPDX-License-Identifier: MIT
// By the real kernel, through the cache: when a file is trusted, and what ends it.
#include "store/trusted_files.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <cstring>

#include "kept_files.hpp"

using namespace filesrv;
using namespace filesrv::store;
using test::Asked;
using test::Kept;
using test::Place;
using test::TempFolder;
using test::write_file;
namespace fs = test::fs;

namespace {

constexpr std::uint32_t at_first = FileTrust::looks_at_first;

/// As where there are several caches.
constexpr EntryCacheLimits kept_open{.trusted_open_max = 100};

}  // namespace

TEST_CASE("what was found unchanged often enough is trusted, in the root and below it") {
    Kept kept;
    if (!kept.can_trust) return;
    for (const char* path : {"file", "a/b/file"}) {
        CAPTURE(path);
        kept.put(path, "text");
        CHECK(kept.ask(path) == "text");
        CHECK(kept.asked_until_trusted(path, 100) == at_first);
        CHECK(kept.is_trusted(path));
        CHECK(kept.ask(path) == "text");
    }
}

TEST_CASE("any change of a trusted file, or of the way to it, is seen") {
    struct { const char* name; std::string_view after; void (*change)(const TempFolder&); } const rows[] = {
        {"rewritten", "TEXT", [](const TempFolder& f) { write_file(f / "a/b/file", "TEXT"); }},
        {"rewritten by another name", "TEXT", [](const TempFolder& f) {
             fs::create_hard_link(f / "a/b/file", f / "other");
             write_file(f / "other", "TEXT");
         }},
        {"cut", "", [](const TempFolder& f) { fs::resize_file(f / "a/b/file", 0); }},
        {"removed", "none", [](const TempFolder& f) { fs::remove(f / "a/b/file"); }},
        {"moved", "none", [](const TempFolder& f) { fs::rename(f / "a/b/file", f / "a/b/moved"); }},
        {"replaced", "TEXT", [](const TempFolder& f) {
             write_file(f / "next", "TEXT");
             fs::rename(f / "next", f / "a/b/file");
         }},
        {"exchanged", "TEXT", [](const TempFolder& f) {
             write_file(f / "next", "TEXT");
             REQUIRE(::renameat2(AT_FDCWD, (f / "next").c_str(), AT_FDCWD, (f / "a/b/file").c_str(), RENAME_EXCHANGE) == 0);
         }},
        {"a folder swapped", "TEXT", [](const TempFolder& f) {
             write_file(f / "c/b/file", "TEXT");
             fs::rename(f / "a", f / "z");
             fs::rename(f / "c", f / "a");
         }},
        {"a folder moved out of the root, a link in its place", "none", [](const TempFolder& f) {
             fs::rename(f / "a/b", f.path().string() + "-outside");
             fs::create_symlink(f.path().string() + "-outside", f / "a/b");
         }},
    };
    for (const EntryCacheLimits& limits : {EntryCacheLimits{}, kept_open}) {
        Kept kept(limits);
        if (!kept.can_trust) return;
        CAPTURE(limits.trusted_open_max);
        for (const auto& row : rows) {
            CAPTURE(row.name);
            for (const char* old : {"a", "c", "z", "other", "next"}) fs::remove_all(kept.folder / old);
            kept.put("a/b/file", "text");
            (void)kept.ask("a/b/file");
            REQUIRE(kept.asked_until_trusted("a/b/file", 100) < 100);
            row.change(kept.folder);
            CHECK(kept.ask("a/b/file") == row.after);
        }
        fs::remove_all(kept.folder.path().string() + "-outside");
    }
}

TEST_CASE("a file that others open again and again is watched less and less often") {
    Kept kept;
    if (!kept.can_trust) return;
    kept.put("file", "text");
    (void)kept.ask("file");
    std::uint32_t expected = at_first;
    for (int opened = 0; opened < 14; ++opened) {
        CAPTURE(opened);
        CHECK(kept.asked_until_trusted("file", 100'000) == expected);
        std::ifstream(kept.folder / "file").get();
        CHECK_FALSE(kept.is_trusted("file"));  // one look of those that are needed
        expected = std::min(2 * (opened == 0 ? at_first : expected + 1), FileTrust::looks_at_most) - 1;
    }
}

TEST_CASE("a file is trusted by several caches, though each opens it") {
    Place place;
    if (!place.can_trust) return;
    place.put("a/file", "text");
    Asked one(place, kept_open);
    Asked other(place, kept_open);
    const auto both_trust = [&] { return static_cast<int>(one.is_trusted("a/file")) + static_cast<int>(other.is_trusted("a/file")) == 2; };
    int asked = 0;
    while (asked < 1000 && !both_trust()) ++asked;
    REQUIRE(asked < 1000);
    for (int more = 0; more < 1000; ++more) REQUIRE(both_trust());
    write_file(place.folder / "a/file", "TEXT");
    CHECK(one.ask("a/file") == "TEXT");
    CHECK(other.ask("a/file") == "TEXT");
}

TEST_CASE("a trusted file that is opened is proved anew, and is not while it may be written") {
    Kept kept(kept_open);
    if (!kept.can_trust) return;
    kept.put("file", "text");
    (void)kept.ask("file");
    CHECK(kept.asked_until_trusted("file", 50) == at_first);
    std::ifstream(kept.folder / "file").get();
    CHECK_FALSE(kept.is_trusted("file"));
    CHECK(kept.asked_until_trusted("file", 100) < 100);

    const auto writer = os::UniqueFd::adopt(::open((kept.folder / "file").c_str(), O_RDWR | O_CLOEXEC));
    CHECK(kept.asked_until_trusted("file", 200) == 200);
    REQUIRE(::pwrite(writer.get().number(), "TEXT", 4, 0) == 4);
    CHECK(kept.ask("file") == "TEXT");
}

TEST_CASE("a file that somebody has open for writing, or mapped, is looked at") {
    Kept kept;
    if (!kept.can_trust) return;
    kept.put("file", "text");
    const int fd = ::open((kept.folder / "file").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0);
    (void)kept.ask("file");
    CHECK(kept.asked_until_trusted("file", 50) == 50);
    void* const mapping = ::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    REQUIRE(mapping != MAP_FAILED);
    CHECK(kept.asked_until_trusted("file", 200) == 200);
    std::memcpy(mapping, "TEXT", 4);
    CHECK(kept.ask("file") == "TEXT");
    ::munmap(mapping, 4);
}

TEST_CASE("a store that left no trace is found before a file is trusted") {
    Kept kept;
    if (!kept.can_trust) return;
    kept.put("file", "text");
    const int fd = ::open((kept.folder / "file").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0);
    void* const mapping = ::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    REQUIRE(mapping != MAP_FAILED);
    std::memcpy(mapping, "once", 4);  // sets the times
    test::let_settle();
    CHECK(kept.ask("file") == "once");
    std::memcpy(mapping, "more", 4);  // does not
    ::munmap(mapping, 4);
    CHECK(kept.asked_until_trusted("file", 100) < 100);
    CHECK(kept.ask("file") == "more");
}

TEST_CASE("when more is told than the kernel keeps, nothing that was trusted is trusted any more") {
    Kept kept;
    std::size_t queued = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queued;
    if (!kept.can_trust || queued == 0 || queued > 100'000) return;
    for (const char* path : {"one", "two", "three"}) {
        kept.put(path, "text");
        (void)kept.ask(path);
        REQUIRE(kept.asked_until_trusted(path, 100) < 100);
    }
    for (std::size_t i = 0; i <= queued; i += 2) {  // in turn: what is told twice over is kept once
        for (const char* path : {"one", "two"}) std::ifstream(kept.folder / path).get();
    }
    std::ofstream writer(kept.folder / "three", std::ios::in);  // of this nothing is told any more
    CHECK(kept.asked_until_trusted("three", 100) == 100);
    writer << "TEXT" << std::flush;
    CHECK(kept.ask("three") == "TEXT");
}

TEST_CASE("no more is watched than may be, and no longer than it is kept") {
    Kept kept({.watches_max = 3});  // the root, and two files in it
    if (!kept.can_trust) return;
    for (const char* path : {"one", "two", "three"}) {
        kept.put(path, "text");
        (void)kept.ask(path);
    }
    CHECK(kept.asked_until_trusted("one", 50) == at_first);
    CHECK(kept.asked_until_trusted("two", 50) == at_first);
    CHECK(kept.asked_until_trusted("three", 50) == 50);
    kept.cache.forget("one");
    CHECK(kept.asked_until_trusted("three", 100) < 100);
}
