// SPDX-License-Identifier: MIT
// The control socket's protocol as data: request lines in, answer lines out. No I/O.
//
// A request is a line of words with single spaces, `COMMAND [ARGUMENT]`; a final carriage return does not count. An answer
// is a line with a JSON object: `ok`, `protocol`, and what the command has to tell, or a code for programs and one clause
// for people. Answers come in the order of the requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace filesrv::control {

inline constexpr std::uint64_t protocol_version = 1;
/// The longest request line, its newline included.
inline constexpr std::size_t request_bytes_max = 4096;

enum class Command : std::uint8_t { ping, status, connections, reload, drain, stop, upgrade, log_level, kick };

/// As it is written in a request.
[[nodiscard]] std::string_view name(Command command) noexcept;

struct Request {
    Command command = Command::ping;
    std::string argument;  ///< empty for commands that take none

    bool operator==(const Request&) const = default;
};

enum class Code : std::uint8_t { unknown_command, bad_argument, too_long, refused, busy, not_found, failed, draining };

/// As it is written in an answer.
[[nodiscard]] std::string_view name(Code code) noexcept;

/// Why a request was not done.
struct Refusal {
    Code code = Code::failed;
    std::string error;  ///< one clause

    bool operator==(const Refusal&) const = default;
};

/// A line without its newline. What a command's argument means is for whoever does it; here it is there or not.
[[nodiscard]] std::expected<Request, Refusal> parse_request(std::string_view line);

/// An answer as it is put together. Members come in the order in which they were added; text may hold any bytes.
class Answer {
public:
    Answer& add(std::string_view name, std::string_view text);
    Answer& add(std::string_view name, std::uint64_t number);
    /// `json` is one value, in one line.
    Answer& add_json(std::string_view name, std::string_view json);

    /// The whole line, with its newline.
    [[nodiscard]] std::string line() const { return text_ + "}\n"; }

private:
    std::string text_ = R"({"ok":true,"protocol":1)";
};

/// The line that says no.
[[nodiscard]] std::string line_of(const Refusal& refusal);

}  // namespace filesrv::control
