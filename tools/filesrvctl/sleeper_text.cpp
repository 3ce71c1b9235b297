// SPDX-License-Identifier: MIT
// The status of a daemon that sleeps, for people and for programs.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/format.hpp"
#include "tools/filesrvctl/status_text.hpp"

namespace filesrv::ctl {
namespace {

constexpr std::string_view leaving = "leaving: ";

/// `2026-11-23 09:05:01, 3 min 5 s ago`
std::string since_text(std::int64_t then_s, std::int64_t now_s, std::int64_t utc_offset_s) {
    FS_ASSERT(then_s > 0);
    return date_text(then_s + utc_offset_s) + ", " + duration_text(static_cast<double>(std::max<std::int64_t>(now_s - then_s, 0))) + " ago";
}

/// The daemon's own last words, without how they begin.
std::string reason_of(const Sleeper& sleeper) {
    if (!sleeper.ever_ran) return "nobody has asked for anything since the socket listens";
    std::string reason = sleeper.counters.lifetime.last_exit_reason;
    if (reason.starts_with(leaving)) reason.erase(0, leaving.size());
    return reason.empty() ? "of a reason that it did not keep" : printable(reason);
}

std::string kept_text(const KeptCounters& counters) {
    const observe::Lifetime& lifetime = counters.lifetime;
    switch (counters.kept) {
        case Kept::none: return counters.path.empty() ? "nothing is kept (no state folder)" : "nothing is kept yet in " + counters.path;
        case Kept::forbidden: return "no permission for " + counters.path;
        case Kept::broken: return counters.path + " is broken: filesrvctl doctor says what mends it";
        case Kept::known: break;
    }
    return counted(lifetime.starts, "start") + " · " + counted(lifetime.requests, "request") + " · " + bytes_text(lifetime.bytes_received) +
           " in, " + bytes_text(lifetime.bytes_sent) + " out · " + counted(lifetime.uploads, "upload") + " · " + counted(lifetime.errors, "error");
}

std::string cold_text(const observe::ColdStarts& cold) {
    if (cold.count == 0) return "none measured";
    return "last " + latency_text(cold.last_us) + " · mean " + latency_text(cold.total_us / cold.count) + " · longest " + latency_text(cold.longest_us);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

std::vector<std::string> status_lines(const Sleeper& sleeper, std::int64_t now_s, std::int64_t utc_offset_s, Style style) {
    const auto label = [&](std::string name) {
        name.resize(13, ' ');
        return style.paint(Colour::dim, name);
    };
    const bool failed = sleeper.state == InstanceState::failed;
    std::string head = style.paint(Colour::bold, "filesrvd") + "  " + style.paint(failed ? Colour::bad : Colour::accent, failed ? "failed" : "asleep");
    if (sleeper.since_s > 0) head += " since " + since_text(sleeper.since_s, now_s, utc_offset_s);
    std::vector<std::string> lines = {head};
    lines.push_back(label("because") + (failed ? sleeper.failure + ": journalctl -u " + sleeper.name : reason_of(sleeper)));
    lines.push_back(label("listening") + joined(sleeper.addresses) + "  (" + sleeper.socket_name + "; the next connection starts " + sleeper.name + ')');
    lines.push_back(label("over all") + kept_text(sleeper.counters));
    if (sleeper.counters.kept == Kept::known) lines.push_back(label("cold starts") + cold_text(sleeper.counters.lifetime.cold_starts));
    FS_ASSERT(lines.size() <= status_lines_max);
    return lines;
}

std::string to_json(const Sleeper& sleeper) {
    nlohmann::ordered_json object;
    object["schema"] = observe::snapshot_schema;
    object["state"] = sleeper.state == InstanceState::failed ? "failed" : "asleep";
    object["unit"] = sleeper.name;
    object["since_s"] = sleeper.since_s;
    object["because"] = sleeper.state == InstanceState::failed ? sleeper.failure : reason_of(sleeper);
    auto& listeners = object["listeners"] = nlohmann::ordered_json::array();
    for (const std::string& address : sleeper.addresses) listeners.push_back({{"address", address}, {"activated", true}});
    const bool known = sleeper.counters.kept == Kept::known;
    object["starts"] = known ? nlohmann::ordered_json(sleeper.counters.lifetime.starts) : nlohmann::ordered_json();
    object["lifetime"] = known ? nlohmann::ordered_json::parse(observe::to_json(sleeper.counters.lifetime)) : nlohmann::ordered_json();
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace filesrv::ctl
