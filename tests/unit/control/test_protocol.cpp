// SPDX-License-Identifier: MIT
// Requests as lines, answers as JSON.
#include "control/protocol.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "control/line_splitter.hpp"

using namespace filesrv::control;

TEST_CASE("a request is a command and its argument") {
    struct Row {
        std::string_view line;
        Request request;
    };
    const Row rows[] = {
        {"ping", {.command = Command::ping}},
        {"status", {.command = Command::status}},
        {"connections", {.command = Command::connections}},
        {"reload", {.command = Command::reload}},
        {"drain", {.command = Command::drain}},
        {"stop", {.command = Command::stop}},
        {"upgrade\r", {.command = Command::upgrade}},
        {"log-level debug", {.command = Command::log_level, .argument = "debug"}},
        {"kick 17\r", {.command = Command::kick, .argument = "17"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const auto request = parse_request(row.line);
        REQUIRE(request.has_value());
        CHECK(*request == row.request);
        CHECK(row.line.starts_with(name(request->command)));
    }
}

TEST_CASE("what is no request is refused with a reason that names it") {
    struct Row {
        std::string_view line;
        Code code;
        std::string_view error;
    };
    static constexpr Row rows[] = {
        {"", Code::unknown_command, "no command before the end of the line, or before a space"},
        {"\r", Code::unknown_command, "no command before the end of the line, or before a space"},
        {" ping", Code::unknown_command, "no command before the end of the line, or before a space"},
        {"statsu", Code::unknown_command, "unknown command 'statsu'; the nearest known one is status"},
        {"STOP", Code::unknown_command, "unknown command 'STOP'; the nearest known one is ping"},
        {"pin\tg", Code::unknown_command, "unknown command 'pin\tg'; the nearest known one is ping"},
        {"ping ", Code::bad_argument, "ping takes no argument, and not ''"},
        {"ping x", Code::bad_argument, "ping takes no argument, and not 'x'"},
        {"kick", Code::bad_argument, "kick ID: the argument is missing"},
        {"kick ", Code::bad_argument, "kick ID: the argument is missing"},
        {"kick 1 2", Code::bad_argument, "kick takes one argument, and not '1 2'"},
        {"log-level  debug", Code::bad_argument, "log-level takes one argument, and not ' debug'"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const auto request = parse_request(row.line);
        REQUIRE_FALSE(request.has_value());
        CHECK(request.error() == Refusal{.code = row.code, .error = std::string(row.error)});
    }
    const auto endless = parse_request(std::string(4000, 'x'));
    CHECK(endless.error().error.size() < 150);
}

TEST_CASE("an answer is one line of JSON, whatever is in it") {
    const std::string line = Answer().add("text", "a\"\n\x01\xff\u00e9").add("number", ~std::uint64_t{0}).add_json("list", "[1,2]").line();
    CHECK(line.starts_with(R"({"ok":true,"protocol":1,)"));
    CHECK(line.find('\n') == line.size() - 1);
    const auto parsed = nlohmann::json::parse(line);
    CHECK(parsed["text"] == "a\"\n\x01\ufffd\u00e9");
    CHECK(parsed["number"] == ~std::uint64_t{0});
    CHECK(parsed["list"].size() == 2);
    CHECK(Answer().line() == "{\"ok\":true,\"protocol\":1}\n");

    const auto refused = nlohmann::json::parse(line_of({.code = Code::not_found, .error = "no '\xfe\n'"}));
    CHECK(refused["ok"] == false);
    CHECK(refused["protocol"] == 1);
    CHECK(refused["code"] == "not_found");
    CHECK(refused["error"] == "no '\ufffd\n'");
}

namespace {

void feed(LineSplitter& lines, std::string_view bytes) {
    const auto room = lines.free_room();
    REQUIRE(bytes.size() <= room.size());
    bytes.copy(room.data(), bytes.size());
    lines.received(bytes.size());
}

}  // namespace

TEST_CASE("lines come out of any pieces, in order") {
    LineSplitter lines;
    CHECK_FALSE(lines.take());
    CHECK_FALSE(lines.has_line());
    feed(lines, "pi");
    CHECK_FALSE(lines.take());
    feed(lines, "ng\nstatus\n\nre");
    CHECK(lines.has_line());
    CHECK(lines.take() == "ping");
    CHECK(lines.take() == "status");
    CHECK(lines.take() == "");
    CHECK_FALSE(lines.take());
    feed(lines, "load\n");
    CHECK(lines.take() == "reload");
    CHECK_FALSE(lines.is_too_long());
}

TEST_CASE("a line of the longest length is taken, one byte more is too long") {
    LineSplitter lines;
    feed(lines, std::string(request_bytes_max - 1, 'x'));
    CHECK_FALSE(lines.take());
    CHECK_FALSE(lines.is_too_long());
    feed(lines, "\n");
    CHECK(lines.take()->size() == request_bytes_max - 1);
    CHECK_FALSE(lines.is_too_long());

    feed(lines, std::string(request_bytes_max, 'x'));
    CHECK_FALSE(lines.take());
    CHECK(lines.is_too_long());
    CHECK(lines.free_room().empty());
}
