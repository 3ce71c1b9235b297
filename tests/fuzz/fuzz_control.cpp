// SPDX-License-Identifier: MIT
// Any bytes as all that a control connection ever sends. However they are cut, they hold as many requests and refusals,
// in the same order, as a reader finds that has them all at once; and every answer is one line of JSON.
#include "fuzz.hpp"

#include "control/line_splitter.hpp"
#include "control/protocol.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

using namespace filesrv;
using namespace filesrv::control;

namespace {

/// Longer ones would take most of the time, byte by byte, and tell nothing new.
constexpr std::size_t cut_fine_max = 512;
constexpr std::size_t answers_read_max = 20;

/// One line's meaning: a command with its argument, or why there is none.
struct Verdict {
    std::optional<Request> request;
    std::optional<Code> refusal;

    bool operator==(const Verdict&) const = default;
};

struct Told {
    std::vector<Verdict> lines;
    std::size_t left = 0;   ///< bytes behind the last line, none of them a newline
    bool too_long = false;  ///< nothing behind it is read

    bool operator==(const Told&) const = default;
};

/// What goes out is one line, plain enough for any reader, and says what it is about in few words.
void check_line(std::string_view line, bool is_ok) {
    FS_ASSERT(line.ends_with('\n'));
    line.remove_suffix(1);
    FS_ASSERT(std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    const auto parsed = nlohmann::json::parse(line);  // text that is no UTF-8 would throw
    FS_ASSERT(parsed.at("ok") == is_ok && parsed.at("protocol") == protocol_version);
    FS_ASSERT(is_ok || parsed.at("error").get<std::string>().size() < 250);
}

Verdict judge(std::string_view line, bool looks_at_answer) {
    const auto request = parse_request(line);
    if (request) return {.request = *request, .refusal = {}};
    if (looks_at_answer) check_line(line_of(request.error()), false);
    return {.request = {}, .refusal = request.error().code};
}

/// Bytes as they come, read as a session reads them.
Told read(std::string_view bytes, fuzz::Cuts cuts) {
    Told told;
    LineSplitter lines;
    while (!told.too_long) {
        while (const auto line = lines.take()) told.lines.push_back(judge(*line, told.lines.size() < answers_read_max));
        FS_ASSERT(!lines.has_line());
        told.too_long = lines.is_too_long();
        if (told.too_long || bytes.empty()) break;
        const auto room = lines.free_room();
        FS_ASSERT(!room.empty());
        const std::size_t size = std::min(cuts.next(bytes.size()), room.size());
        std::memcpy(room.data(), bytes.data(), size);
        lines.received(size);
        bytes.remove_prefix(size);
    }
    told.left = request_bytes_max - lines.free_room().size();
    return told;
}

// -- the reference: knows words and nothing of the program's tables -------------------------------------------------

Verdict refused(Code code) { return {.request = {}, .refusal = code}; }

Verdict reference_verdict(std::string_view line) {
    struct Known {
        Command command;
        std::string_view word;
        std::size_t words;
    };
    static constexpr std::array known{
        Known{Command::ping, "ping", 1},       Known{Command::status, "status", 1},
        Known{Command::drain, "drain", 1},     Known{Command::connections, "connections", 1},
        Known{Command::stop, "stop", 1},       Known{Command::reload, "reload", 1},
        Known{Command::upgrade, "upgrade", 1}, Known{Command::log_level, "log-level", 2},
        Known{Command::kick, "kick", 2}};
    if (!line.empty() && line.back() == '\r') line = line.substr(0, line.size() - 1);
    const auto words = fuzz::split(line, ' ');
    for (const Known& one : known) {
        if (words.front() != one.word) continue;
        if (words.size() != one.words || words.back().empty()) return refused(Code::bad_argument);
        return {.request = Request{.command = one.command, .argument = std::string(one.words == 2 ? words[1] : "")}, .refusal = {}};
    }
    return refused(Code::unknown_command);
}

Told reference(std::string_view bytes) {
    Told told;
    auto lines = fuzz::split(bytes, '\n');
    for (std::size_t i = 0; i < lines.size(); ++i) {
        told.left = std::min(lines[i].size(), request_bytes_max);
        told.too_long = lines[i].size() >= request_bytes_max;
        if (told.too_long || i + 1 == lines.size()) break;
        told.lines.push_back(reference_verdict(lines[i]));
    }
    return told;
}

/// Bytes of somebody else's in an answer: those that are text come back as they were.
void check_answer(std::string_view bytes) {
    const std::string line = Answer().add("text", bytes).add("number", bytes.size()).line();
    check_line(line, true);
    const auto parsed = nlohmann::json::parse(line);
    FS_ASSERT(parsed.at("number") == bytes.size());
    const bool is_ascii = std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (is_ascii) FS_ASSERT(parsed.at("text").get<std::string>() == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::as_text(data, size);
    const Told wanted = reference(bytes);
    FS_ASSERT(read(bytes, fuzz::Cuts(bytes.size() + 1)) == wanted);
    if (bytes.size() <= cut_fine_max) FS_ASSERT(read(bytes, fuzz::Cuts(1)) == wanted);
    FS_ASSERT(read(bytes, fuzz::Cuts(bytes)) == wanted);
    check_answer(bytes);
    return 0;
}
