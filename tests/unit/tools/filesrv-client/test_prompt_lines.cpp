// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/prompt_lines.hpp"

#include <memory>
#include <string_view>

#include <doctest/doctest.h>

using namespace filesrv::client;

namespace {

struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

File file_with(std::string_view text) {
    File file(std::tmpfile());
    REQUIRE(file);
    REQUIRE(std::fwrite(text.data(), 1, text.size(), file.get()) == text.size());
    std::rewind(file.get());
    return file;
}

}  // namespace

TEST_CASE("lines come without their ends, the last one with or without") {
    const File file = file_with("LS\nGET a\r\n\nlast");
    PlainLines lines(file.get());
    for (const std::string_view expected : {"LS", "GET a", "", "last"}) {
        const auto line = lines.next();
        REQUIRE(line.has_value());
        CHECK(*line == expected);
    }
    CHECK(lines.number() == 4);
    CHECK_FALSE(lines.next()->has_value());
}

TEST_CASE("a line at the limit is taken, and one beyond it costs no more than itself") {
    const std::string longest(prompt_line_bytes_max, 'x');
    const File file = file_with(longest + "\n" + longest + "x\n" + std::string("a\0b\n", 4) + "LS\n");
    PlainLines lines(file.get());
    CHECK(**lines.next() == longest);
    CHECK(lines.next().error() == "the line is longer than 16384 bytes");
    CHECK(lines.next().error() == "the line holds a zero byte");
    CHECK(**lines.next() == "LS");
    CHECK(lines.number() == 4);
}
