// SPDX-License-Identifier: MIT
// What is known of a daemon that does not run: from its units and from the counters that it keeps.
#pragma once

#include <cstdint>
#include <string>

#include "observe/snapshot.hpp"
#include "tools/filesrvctl/units.hpp"

namespace filesrv::ctl {

/// How the reading of lifetime.json went.
enum class Kept : std::uint8_t {
    known,
    none,       ///< nothing was kept yet, or nowhere
    forbidden,  ///< it is for others to read
    broken,
};

struct KeptCounters {
    Kept kept = Kept::none;
    std::string path;  ///< of the file; empty when there is no state folder
    observe::Lifetime lifetime;
};

struct Sleeper {
    InstanceState state = InstanceState::asleep;  ///< or failed
    std::string name;                             ///< of the service
    std::string socket_name;
    std::vector<std::string> addresses;  ///< where the manager listens for it
    std::int64_t since_s = 0;            ///< seconds since 1970; 0 = unknown
    bool ever_ran = false;               ///< since the manager started
    std::string failure;                 ///< what the manager calls it (`exit-code`), with the status
    KeptCounters counters;
};

/// What the units say; the counters are for the caller to read. Pure.
[[nodiscard]] Sleeper sleeper_of(const Instance& instance);

/// Where the daemon of an instance keeps its counters; empty = nowhere that could be known. `file_state` is the `state` of
/// its configuration file, `state_home` the person's XDG_STATE_HOME. Pure.
[[nodiscard]] std::string state_folder_of(const Instance& instance, const std::string& file_state, const std::string& state_home);

/// Reads them, without the daemon's lock: the file is only ever replaced as a whole.
[[nodiscard]] KeptCounters read_counters(const Instance& instance);

/// `{"schema":1,"state":"asleep",…}`, in one line.
[[nodiscard]] std::string to_json(const Sleeper& sleeper);

/// As a snapshot, for those who show figures of daemons that run.
[[nodiscard]] observe::Snapshot as_snapshot(const Sleeper& sleeper);

}  // namespace filesrv::ctl
