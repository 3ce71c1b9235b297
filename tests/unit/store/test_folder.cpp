// SPDX-License-Identifier: MIT
#include "store/folder.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "store/store.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using test::open_store;
using test::TempFolder;
using test::write_file;

namespace {

/// Names, folders with a slash, each followed by a blank.
std::string names_left(FolderReader& reader) {
    std::string names;
    for (;;) {
        const auto item = reader.next();
        REQUIRE(item);
        if (!*item) return names;
        names += (*item)->name + ((*item)->kind == Kind::folder ? "/ " : " ");
    }
}

FolderReader open_reader(const Store& store, std::string_view path, FolderReading how = {}) {
    const auto entry = store.open(path);
    REQUIRE(entry);
    auto reader = FolderReader::open(store, **entry, how);
    REQUIRE(reader);
    return std::move(*reader);
}

constexpr FolderReading small_windows{.window_bytes = NameWindow::bytes_min, .window_bytes_max = NameWindow::bytes_min};

/// "n0000 n0001 …" as names_left() tells it.
std::string numbered(int from, int to) {
    std::string names;
    for (int i = from; i < to; ++i) names += "n" + std::to_string(10000 + i).substr(1) + " ";
    return names;
}

void write_numbered(const TempFolder& folder, int count) {
    for (int i = 0; i < count; ++i) write_file(folder / ("n" + std::to_string(10000 + i).substr(1)), "");
}

}  // namespace

TEST_CASE("a reader that is told to stop growing in the middle still names everything once") {
    const TempFolder folder;
    write_numbered(folder, 1500);
    const auto store = open_store(folder.path());
    for (const int taken : {0, 1, 700}) {
        CAPTURE(taken);
        auto reader = open_reader(*store, "", {.window_bytes = NameWindow::bytes_min});
        for (int i = 0; i < taken; ++i) REQUIRE(reader.next());
        reader.stop_growing();
        CHECK(names_left(reader) == numbered(taken, 1500));
    }
}

TEST_CASE("a listing shows what could be opened, sorted, and nothing else") {
    const TempFolder outside;
    const TempFolder folder;
    for (const char* name : {"d/b", "d/a", "d/C", "d/sub/x", "d/.hidden", "d/.filesrv-upload-1", "d/.filesrv-staging/x"}) {
        write_file(folder / name, "text");
    }
    write_file(outside / "secret", "x");
    REQUIRE(::mkfifo((folder / "d/fifo").c_str(), 0600) == 0);
    test::fs::create_symlink("sub", folder / "d/link-folder");
    test::fs::create_symlink("../d/a", folder / "d/link-file");
    test::fs::create_symlink("nowhere", folder / "d/dangling");
    test::fs::create_symlink(outside / "secret", folder / "d/out");
    const auto list = [&](StoreOptions options) {
        const auto store = open_store(folder.path(), std::move(options));
        auto reader = open_reader(*store, "d");
        return names_left(reader);
    };
    CHECK(list({}) == "link-folder/ sub/ C a b link-file ");
    CHECK(list({.hidden = true}) == "link-folder/ sub/ .hidden C a b link-file ");
    CHECK(list({.follow_symlinks = false}) == "sub/ C a b ");
    CHECK(list({.component_walk = true}) == "link-folder/ sub/ C a b link-file ");
}

TEST_CASE("a listing tells sizes and times, and a folder's size is none") {
    const TempFolder folder;
    write_file(folder / "d/f", "text");
    const auto store = open_store(folder.path());
    auto top = open_reader(*store, "");
    const auto d = top.next();
    REQUIRE((d && *d));
    CHECK((*d)->size == 0);
    CHECK((*d)->mtime_ns == test::mtime_of(folder / "d"));
    auto below = open_reader(*store, "d");
    const auto f = below.next();
    REQUIRE((f && *f));
    CHECK((*f)->size == 4);
    CHECK((*f)->mtime_ns == test::mtime_of(folder / "d/f"));
    CHECK((*f)->version.weak);  // somebody else's, and young
}

TEST_CASE("a young upload of ours has in the listing the version that a GET tells") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    REQUIRE(test::put(*store, "mine", "text"));
    write_file(folder / "theirs", "text");
    auto reader = open_reader(*store, "", {.versions = true});
    for (const char* name : {"mine", "theirs"}) {
        const auto item = reader.next();
        REQUIRE((item && *item));
        CHECK((*item)->name == name);
        CHECK((*item)->version == (*store->open(name))->version);
        CHECK((*item)->version.weak == (name == std::string("theirs")));
    }
}

TEST_CASE("a folder of many windows is listed once, in order") {
    const TempFolder folder;
    write_numbered(folder, 600);
    for (int i = 0; i < 200; ++i) test::fs::create_directory(folder / ("z" + std::to_string(1000 + i)));
    const auto store = open_store(folder.path());
    auto reader = open_reader(*store, "", small_windows);
    const std::string names = names_left(reader);
    CHECK(names.starts_with("z1000/ z1001/ "));
    CHECK(names.ends_with("z1199/ " + numbered(0, 600)));
    CHECK_FALSE(*reader.next());  // and stays at its end
}

TEST_CASE("what is there throughout is listed once, whatever changes, moves or goes around it") {
    const TempFolder folder;
    write_numbered(folder, 600);
    const auto store = open_store(folder.path());
    auto reader = open_reader(*store, "", small_windows);
    std::string names;
    for (int i = 0; i < 300; ++i) names += (*reader.next())->name + " ";
    CHECK(names == numbered(0, 300));
    for (int i = 0; i < 200; ++i) test::fs::remove(folder / ("n" + std::to_string(10000 + i).substr(1)));
    for (int i = 0; i < 500; ++i) write_file(folder / ("a" + std::to_string(i)), "");  // before all that is left
    write_file(folder / "z", "");
    CHECK(names_left(reader) == numbered(300, 600) + "z ");
}

TEST_CASE("a folder renamed, or emptied and removed, while it is listed") {
    const TempFolder folder;
    test::fs::create_directory(folder / "d");
    for (int i = 0; i < 600; ++i) write_file(folder / ("d/n" + std::to_string(10000 + i).substr(1)), "");
    const auto store = open_store(folder.path());
    auto moved = open_reader(*store, "d", small_windows);
    auto removed = open_reader(*store, "d", small_windows);
    REQUIRE(*moved.next());
    REQUIRE(*removed.next());
    test::fs::rename(folder / "d", folder / "e");
    CHECK(names_left(moved) == numbered(1, 600));
    test::fs::remove_all(folder / "e");
    CHECK(names_left(removed).empty());
}

TEST_CASE("two readers of one entry do not disturb each other") {
    const TempFolder folder;
    write_file(folder / "a", "");
    write_file(folder / "b", "");
    const auto store = open_store(folder.path());
    auto one = open_reader(*store, "");
    auto two = open_reader(*store, "");
    REQUIRE(*one.next());
    CHECK(names_left(two) == "a b ");
    CHECK(names_left(one) == "b ");
}
