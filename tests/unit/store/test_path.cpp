// SPDX-License-Identifier: MIT
#include "store/path.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace filesrv;
using namespace filesrv::store;

TEST_CASE("a path is hidden when any component starts with a dot") {
    for (const char* path : {".a", "a/.b", ".a/b", "a/.b/c", "..", ".filesrv-staging"}) CHECK(is_hidden(path));
    for (const char* path : {"", "a", "a.b", "a/b.", "a./b"}) CHECK_FALSE(is_hidden(path));
}

TEST_CASE("names of ours are reserved wherever they stand") {
    for (const char* path : {".filesrv-staging", ".filesrv-staging/x", "a/.filesrv-staging", ".filesrv-upload-1",
                             "a/.filesrv-upload-", "a/.filesrv-upload-x/b"}) {
        CHECK(is_reserved(path));
    }
    for (const char* path : {"", "a", ".filesrv-stagings", "filesrv-staging", ".filesrv", ".filesrv-upload"}) {
        CHECK_FALSE(is_reserved(path));
    }
}

TEST_CASE("a path is checked at its limits") {
    const auto code = [](std::string_view path) {
        const auto result = check_path(path);
        return result ? 0 : result.error().code;
    };
    CHECK(code("") == 0);
    CHECK(code("a/b") == 0);
    CHECK(code(std::string(255, 'x')) == 0);
    CHECK(code(std::string(256, 'x')) == ENAMETOOLONG);
    CHECK(code("a/" + std::string(256, 'x') + "/b") == ENAMETOOLONG);
    std::string deep(4095, 'x');
    for (std::size_t i = 1; i < deep.size() - 1; i += 2) deep[i] = '/';
    CHECK(code(deep) == 0);
    CHECK(code(deep + "x") == ENAMETOOLONG);
    for (const char* path : {"/a", "a/", "a//b", ".", "..", "a/../b", "a/."}) CHECK(code(path) == EINVAL);
    CHECK(code(std::string_view("a\0b", 3)) == EINVAL);
}

TEST_CASE("a path comes apart at its last slash and together again") {
    CHECK(parent_of("a/b/c") == "a/b");
    CHECK(parent_of("c") == "");
    CHECK(name_of("a/b/c") == "c");
    CHECK(name_of("c") == "c");
    CHECK(join("a/b", "c") == "a/b/c");
    CHECK(join("", "c") == "c");
}
