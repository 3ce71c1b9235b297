// SPDX-License-Identifier: MIT
#include "store/unsynced_folders.hpp"

#include <doctest/doctest.h>

using namespace filesrv::store;

TEST_CASE("a folder is unsynced for all who build on it until every maker of it is done") {
    UnsyncedFolders folders;
    using Paths = std::vector<std::string>;
    CHECK(folders.on_way_to("a/b/c").empty());
    folders.add("a/b");
    folders.add("a/b");
    folders.add("a/b/c");
    CHECK(folders.on_way_to("a/b/c") == Paths{"a/b/c", "a/b"});
    CHECK(folders.on_way_to("a/b/d") == Paths{"a/b"});
    CHECK(folders.on_way_to("a").empty());
    folders.remove("a/b");
    CHECK(folders.on_way_to("a/b") == Paths{"a/b"});
    folders.remove("a/b");
    folders.remove("a/b/c");
    CHECK(folders.on_way_to("a/b/c").empty());
}
