// SPDX-License-Identifier: MIT
#include "base/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace filesrv;

TEST_CASE("an error names the operation, the thing and the system's reason") {
    const Result<int> result = failure(ENOENT, "openat2", "a/b.txt");
    REQUIRE_FALSE(result);
    CHECK(result.error().message() == "openat2 a/b.txt: No such file or directory");
    CHECK(Error{.code = EIO, .operation = "fsync"}.message() == "fsync: Input/output error");
}
