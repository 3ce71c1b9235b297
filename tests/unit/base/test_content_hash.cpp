// SPDX-License-Identifier: MIT
#include "base/content_hash.hpp"

#include <doctest/doctest.h>

#include <string>

using filesrv::ContentHash;

namespace {

std::string hex(std::string_view content) {
    const auto digits = ContentHash(content).hex();
    return {digits.data(), digits.size()};
}

}  // namespace

TEST_CASE("the hash is FNV-1a with 128 bits") {  // the vectors that its authors publish
    CHECK(hex("") == "6c62272e07bb014262b821756295c58d");
    CHECK(hex("a") == "d228cb696f1a8caf78912b704e4a8964");
    CHECK(hex("foobar") == "343e1662793c64bf6f0d3597ba446f18");
    CHECK(hex("\xFF") != hex("\x7F"));
}
