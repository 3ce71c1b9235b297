// SPDX-License-Identifier: MIT
// The daemon's answers, by nlohmann-json; the library stays in this file and in json_text.cpp, since it is slow to compile.
#include "tools/filesrvctl/answer.hpp"

#include <nlohmann/json.hpp>

#include "base/assert.hpp"

namespace filesrv::ctl {
namespace {

using Json = nlohmann::ordered_json;

std::string text_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t number_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

bool truth_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

Read<Json> parse_line(std::string_view line) {
    Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || !object.contains("ok")) return std::unexpected("what came is no answer of filesrvd");
    return object;
}

/// A member of an answer that is to be a success, as text again.
Read<std::string> member_of(const Json& object, const char* name) {
    FS_ASSERT(object.is_object());
    if (!truth_at(object, "ok")) return std::unexpected(text_at(object, "error"));
    const auto found = object.find(name);
    if (found == object.end()) return std::unexpected(std::string("the daemon's answer has no ") + name);
    return found->dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Read<StatusAnswer> parse_status(std::string_view line) {
    const auto object = parse_line(line);
    if (!object) return std::unexpected(object.error());
    const auto text = member_of(*object, "status");
    if (!text) return std::unexpected(text.error());
    auto snapshot = observe::parse_snapshot(*text);
    if (!snapshot) return std::unexpected("the daemon's status is of another version of filesrv");
    return StatusAnswer{.snapshot = std::move(*snapshot), .json = *text};
}

Read<ConnectionsAnswer> parse_connections_answer(std::string_view line) {
    const auto object = parse_line(line);
    if (!object) return std::unexpected(object.error());
    const auto text = member_of(*object, "connections");
    if (!text) return std::unexpected(text.error());
    auto connections = observe::parse_connections(*text);
    if (!connections) return std::unexpected("the daemon's connections are of another version of filesrv");
    return ConnectionsAnswer{.connections = std::move(*connections), .truncated = truth_at(*object, "truncated"), .json = *text};
}

Read<PlainAnswer> parse_plain(std::string_view line) {
    const auto object = parse_line(line);
    if (!object) return std::unexpected(object.error());
    PlainAnswer answer{.ok = truth_at(*object, "ok"),
                       .error = text_at(*object, "error"),
                       .state = text_at(*object, "state"),
                       .changed = text_at(*object, "changed"),
                       .waiting = text_at(*object, "waiting"),
                       .was = text_at(*object, "was"),
                       .version = text_at(*object, "version"),
                       .left = {},
                       .pid = number_at(*object, "pid"),
                       .in_flight = number_at(*object, "in_flight")};
    if (object->contains("left")) answer.left = text_at(*object, "left");
    return answer;
}

}  // namespace filesrv::ctl
