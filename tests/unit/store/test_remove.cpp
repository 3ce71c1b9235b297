// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

TEST_CASE("a file is removed when its guard allows it, a folder never") {
    const TempFolder folder;
    for (const char* name : {"a/file", "kept", ".hidden"}) write_file(folder / name, "x");
    fs::create_symlink("kept", folder / "link");
    fs::create_symlink("/", folder / "out");
    const auto store = open_store(folder.path());
    const auto code = [&](std::string_view path, const Guard& guard = {}) {
        const auto result = store->remove(path, guard);
        return result ? 0 : result.error().code;
    };
    CHECK(code("a/file", [](const auto&) { return GuardVerdict::refuse; }) == guard_refused);
    CHECK(fs::exists(folder / "a/file"));
    CHECK(code("a/file", [](const auto& current) {
              return current && current->size == 1 ? GuardVerdict::allow : GuardVerdict::refuse;
          }) == 0);
    CHECK_FALSE(fs::exists(folder / "a/file"));
    CHECK(code("a/file") == ENOENT);
    CHECK(code("a") == EISDIR);
    CHECK(code("") == EISDIR);
    CHECK(code("kept/x") == ENOTDIR);
    CHECK(code(".hidden") == ENOENT);
    CHECK(code("out") == ENOENT);
    CHECK(code(".filesrv-staging") == ENOENT);
    CHECK(code("link") == 0);
    CHECK(fs::exists(folder / "kept"));
    CHECK(open_store(folder.path(), {.read_only = true})->remove("kept", {}).error().code == EROFS);
    store->tidy();
    CHECK(names_below(folder.path()) == std::vector<std::string>{".hidden", "a", "kept", "out"});
}
