// SPDX-License-Identifier: MIT
#include "http/multipart.hpp"

#include "http/limits.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace filesrv::http;

namespace {

/// Feeds the form in pieces of the given sizes, each from memory of its own; `[name:data]` for each part,
/// then the end's kind.
std::string read(std::string_view boundary, std::string_view bytes, const std::vector<std::size_t>& sizes) {
    using Event = MultipartParser::Event;
    MultipartParser parser(boundary);
    std::string story;
    std::size_t at = 0;
    for (std::size_t i = 0; at < bytes.size() || i == 0; ++i) {
        const std::size_t size = std::min(i < sizes.size() ? sizes[i] : bytes.size(), bytes.size() - at);
        const auto copy = std::make_unique<char[]>(size);
        std::memcpy(copy.get(), bytes.data() + at, size);
        at += size;
        std::span<const char> in(copy.get(), size);
        for (bool more = true; more;) {
            switch (parser.next(in)) {
                case Event::need_more: more = false; break;
                case Event::part_begin: story.append("[").append(parser.part().name).append(":"); break;
                case Event::data: story.append(parser.data().data(), parser.data().size()); break;
                case Event::part_end: story.append("]"); break;
                case Event::done: return story + "done";
                case Event::rejected: return story + "rejected";
            }
        }
        REQUIRE(in.empty());
    }
    return story + "more";
}

std::string part(const std::string& name, const std::string& data) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + data + "\r\n";
}

struct Row {
    std::string bytes;
    std::string story;
};

const std::vector<Row>& corpus() {
    static const std::vector<Row> rows = {
        {part("a", "hello") + "--B--", "[a:hello]done"},
        {part("a", "hello") + part("b", "") + "--B--\r\nepilogue", "[a:hello][b:]done"},
        {"\r\n" + part("a", "x") + "--B--\r\n", "[a:x]done"},
        {"preamble\r\nmore\r\n" + part("a", "x") + "--B--\r\n", "[a:x]done"},
        {"--B--", "done"},
        {"--B \t\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B--", "[a:x]done"},
        // data that looks like a boundary
        {part("a", "\r\n--") + "--B--", "[a:\r\n--]done"},
        {part("a", "\r\n-\r\n--\r\n--A\r\r\n") + "--B--", "[a:\r\n-\r\n--\r\n--A\r\r\n]done"},
        {part("a", "\r\r\r\n\r\n\n--B") + "--B--", "[a:\r\r\r\n\r\n\n--B]done"},
        {part("a", "--B--") + "--B--", "[a:--B--]done"},
        {part("a", "\r") + "--B--", "[a:\r]done"},
        // cut
        {part("a", "hello"), "[a:hello" + std::string("more")},
        {part("a", "hello") + "--", "[a:hellomore"},
        {part("a", "hello") + "--B", "[a:hello]more"},
        {part("a", "hello") + "--B-", "[a:hello]more"},
        {"", "more"},
        {"--B\r\nContent-Disp", "more"},
        // refused
        {part("a", "x") + "--BC\r\n", "[a:x]rejected"},
        {part("a", "x") + "--B-x", "[a:x]rejected"},
        {part("a", "x") + "--B\n", "[a:x]rejected"},
        {part("a", "x") + "--B\rx", "[a:x]rejected"},
        {part("a", "x") + "--B --", "[a:x]rejected"},
        {"--B\r\n\r\nx\r\n--B--", "rejected"},
        {"--B\r\nContent-Type: a\r\n\r\nx\r\n--B--", "rejected"},
        {"--B\r\nContent-Disposition: form-data; name=a\n\nx\r\n--B--\r\n\r\n", "rejected"},
    };
    return rows;
}

}  // namespace

TEST_CASE("forms are read part by part") {  // RFC 2046 5.1.1, RFC 7578
    for (const Row& row : corpus()) {
        CAPTURE(row.bytes);
        CHECK(read("B", row.bytes, {}) == row.story);
    }
}

TEST_CASE("no split of a form changes its parts") {
    for (const Row& row : corpus()) {
        CAPTURE(row.bytes);
        for (std::size_t first = 0; first <= row.bytes.size(); ++first) {
            for (std::size_t second = 0; second <= 6; ++second)
                REQUIRE(read("B", row.bytes, {first, second}) == row.story);
        }
        REQUIRE(read("B", row.bytes, std::vector<std::size_t>(row.bytes.size(), 1)) == row.story);
        REQUIRE(read("B", row.bytes, std::vector<std::size_t>(row.bytes.size(), 3)) == row.story);
    }
}

TEST_CASE("hostile boundaries are boundaries") {
    for (const std::string boundary : {"-", "--", "----------", "\n", "a", "::", "'()+_,-./:=?", "a b"}) {
        if (boundary == "\n") continue;
        CAPTURE(boundary);
        const std::string data = "\r\n-\r\n--\r\n---x\r\n--" + boundary.substr(0, boundary.size() - 1) + "!";
        const std::string form = "--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\n" +
                                 data + "\r\n--" + boundary + "--";
        const bool inside = data.find("\r\n--" + boundary) != data.npos;
        const std::string whole = read(boundary, form, {});
        if (!inside) CHECK(whole == "[a:" + data + "]done");
        for (std::size_t first = 0; first <= form.size(); ++first)
            REQUIRE(read(boundary, form, {first, 1}) == whole);
    }
}

TEST_CASE("all short strings of a boundary's letters come through whole") {
    const std::string_view letters = "\r\n-B";
    for (unsigned n = 0; n < 4096; ++n) {
        std::string data;
        for (unsigned rest = n, i = 0; i < 6; ++i, rest /= 4) data.push_back(letters[rest % 4]);
        if (("\r\n" + data + "\r\n").find("\r\n--B") != std::string::npos &&
            data.find("\r\n--B") != std::string::npos)
            continue;
        const std::string form = part("a", data) + "--B--";
        const std::string wanted = "[a:" + data + "]done";
        REQUIRE(read("B", form, {}) == wanted);
        REQUIRE(read("B", form, std::vector<std::size_t>(form.size(), 1)) == wanted);
        REQUIRE(read("B", form, {form.size() - 9, 2}) == wanted);
    }
}

TEST_CASE("a part's fields may have 4096 bytes and no more") {
    const auto form = [](std::size_t bytes) {
        const std::string fields = "Content-Disposition: form-data; name=a\r\nX: ";
        return "--B\r\n" + fields + std::string(bytes - fields.size() - 4, 'x') + "\r\n\r\n\r\n--B--";
    };
    CHECK(read("B", form(limits::part_head_bytes_max), {}) == "[a:]done");
    CHECK(read("B", form(limits::part_head_bytes_max + 1), {}) == "rejected");
}

TEST_CASE("a form may have 10,000 parts and no more") {
    std::string form;
    for (std::size_t i = 0; i < limits::parts_max; ++i) form += part("", "");
    CHECK(read("B", form + "--B--", {}).ends_with("[:]done"));
    CHECK(read("B", form + part("", "") + "--B--", {}).ends_with("[:]rejected"));
}

TEST_CASE("what stands before the first boundary is bounded") {
    const std::string form = part("a", "") + "--B--";
    CHECK(read("B", std::string(limits::preamble_bytes_max, 'p') + "\r\n" + form, {}).ends_with("done"));
    CHECK(read("B", std::string(limits::preamble_bytes_max + 1, 'p') + "\r\n" + form, {}) == "rejected");
    CHECK(read("B", "--B" + std::string(64, ' ') + form.substr(3), {}) == "[a:]done");
    CHECK(read("B", "--B" + std::string(65, ' ') + form.substr(3), {}) == "rejected");
}
