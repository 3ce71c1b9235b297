// SPDX-License-Identifier: MIT
// Chunks that we send.
#include "serve/chunk.hpp"

#include <doctest/doctest.h>

using namespace filesrv::serve;

TEST_CASE("a chunk is its size in hexadecimal, its bytes, and two line ends") {  // RFC 9112 7.1
    struct Row {
        std::size_t size;
        std::string_view line;
    };
    for (const Row& row : {Row{1, "1"}, Row{9, "9"}, Row{10, "a"}, Row{16, "10"}, Row{65536, "10000"}}) {
        CAPTURE(row.size);
        const std::string bytes(row.size, 'x');
        std::string out = "before";
        append_chunk(out, bytes);
        CHECK(out == "before" + std::string(row.line) + "\r\n" + bytes + "\r\n");
    }
    CHECK(last_chunk == "0\r\n\r\n");
}
