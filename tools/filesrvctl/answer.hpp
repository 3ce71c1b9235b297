// SPDX-License-Identifier: MIT
// The daemon's answers: lines of JSON, as values. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "observe/snapshot.hpp"

namespace filesrv::ctl {

/// Or a clause that says what is wrong with the answer, or why the daemon refuses.
template <class T>
using Read = std::expected<T, std::string>;

struct StatusAnswer {
    observe::Snapshot snapshot;
    std::string json;  ///< the snapshot as it came, in one line: members that we do not know included
};

struct ConnectionsAnswer {
    std::vector<observe::ConnectionFacts> connections;
    bool truncated = false;  ///< there are more
    std::string json;        ///< the array as it came
};

/// What the answers to the other commands may have.
struct PlainAnswer {
    bool ok = false;
    std::string error;    ///< why not
    std::string state;    ///< drain, stop
    std::string changed;  ///< reload: what is in force now
    std::string waiting;  ///< reload: what waits for a new start
    std::string was;      ///< log-level
    std::string version;  ///< ping
    std::optional<std::string> left;  ///< why it has left
    std::uint64_t pid = 0;
    std::uint64_t in_flight = 0;
};

[[nodiscard]] Read<StatusAnswer> parse_status(std::string_view line);
[[nodiscard]] Read<ConnectionsAnswer> parse_connections_answer(std::string_view line);
/// The error is that of a line which is no answer at all.
[[nodiscard]] Read<PlainAnswer> parse_plain(std::string_view line);

}  // namespace filesrv::ctl
