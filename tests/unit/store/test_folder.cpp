// SPDX-License-Identifier: MIT
#include "store/folder.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "store/store.hpp"
#include "temp_folder.hpp"

using namespace filesrv;
using namespace filesrv::store;
using test::TempFolder;
using test::write_file;

namespace {

std::unique_ptr<Store> open_store(const TempFolder& folder, StoreOptions options = {}) {
    options.root = folder.path().string();
    auto store = Store::open(std::move(options));
    REQUIRE(store);
    return std::move(*store);
}

std::string names_of(const Folder& folder) {
    std::string names;
    for (const FolderItem& item : folder.items) names += item.name + (item.kind == Kind::folder ? "/ " : " ");
    return names;
}

}  // namespace

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
        const auto store = open_store(folder, std::move(options));
        const auto read = read_folder(*store, **store->open("d"), 100);
        REQUIRE(read);
        return names_of(*read);
    };
    CHECK(list({}) == "C a b link-file link-folder/ sub/ ");
    CHECK(list({.hidden = true}) == ".hidden C a b link-file link-folder/ sub/ ");
    CHECK(list({.follow_symlinks = false}) == "C a b sub/ ");
    CHECK(list({.component_walk = true}) == "C a b link-file link-folder/ sub/ ");
}

TEST_CASE("a listing tells sizes and times, and is cut at its limit") {
    const TempFolder folder;
    for (int i = 0; i < 5; ++i) write_file(folder / ("f" + std::to_string(i)), "text");
    const auto store = open_store(folder);
    const auto root = store->open("");
    REQUIRE(root);
    const auto all = read_folder(*store, **root, 5);
    REQUIRE(all);
    CHECK(all->items.size() == 5);
    CHECK_FALSE(all->truncated);
    CHECK(all->items[0].size == 4);
    CHECK(all->items[0].mtime_ns == test::mtime_of(folder / "f0"));
    const auto some = read_folder(*store, **root, 4);
    CHECK(some->items.size() == 4);
    CHECK(some->truncated);
}

TEST_CASE("two readers of one entry do not disturb each other") {
    const TempFolder folder;
    write_file(folder / "a", "");
    write_file(folder / "b", "");
    const auto store = open_store(folder);
    const auto root = store->open("");
    auto one = FolderReader::open(*store, **root);
    auto two = FolderReader::open(*store, **root);
    REQUIRE((one && two));
    int count = 0;
    while (*one->next()) ++count;
    while (*two->next()) ++count;
    CHECK(count == 4);
}
