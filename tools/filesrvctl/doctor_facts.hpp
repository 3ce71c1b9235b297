// SPDX-License-Identifier: MIT
// What doctor looks at: gathered here, judged in findings.hpp. Looking wakes nobody and changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/filesrvctl/daemons.hpp"
#include "tools/filesrvctl/root_access.hpp"
#include "tools/filesrvctl/sleeper.hpp"
#include "tools/filesrvctl/unit_config.hpp"

namespace filesrv::ctl {

/// The folder that is served, and who serves it.
struct RootFacts {
    std::string path;
    std::string user;  ///< a name or a number; empty = nobody can tell, or one that each start makes anew
    bool writing = true;
    bool fenced = false;  ///< its unit's confinement keeps the service out of it, or from writing there
    RootAccess access = RootAccess::unknown;
    std::optional<std::uint64_t> free_bytes;
    std::uint64_t min_free = 0;
};

/// What a daemon has, or would have if it were started.
struct ServingFacts {
    RootFacts root;
    std::uint64_t descriptors_max = 0;  ///< 0 = unknown, or no limit
    std::uint64_t connections_max = 0;  ///< 0 = as many as the descriptors allow
    double timeout_max_s = 0;
    double idle_shutdown_s = 0;         ///< 0 = never
};

/// An address that somebody else has.
struct TakenPort {
    std::string address;
    std::string holder;
};

struct UnitFacts {
    Instance instance;
    UnitConfig configured;
    std::string conflict;  ///< between options that are fine alone
    bool user_known = true;
    std::vector<TakenPort> taken;
    KeptCounters counters;
    std::optional<ServingFacts> serving;  ///< nothing: it runs, and tells itself, or its configuration cannot be read
};

/// One that answers.
struct DaemonFacts {
    std::string socket;
    std::uint64_t pid = 0;
    std::optional<Instance> instance;  ///< of one that a manager started
    std::uint64_t workers_stuck = 0;
    ServingFacts serving;
};

struct Facts {
    std::vector<UnitFacts> units;
    std::vector<DaemonFacts> daemons;
    std::vector<Probe> deaf;           ///< sockets that nobody answers on, with the reason
    std::vector<TakenPort> taken;      ///< of the usual port, when there is no daemon at all
    bool managers_refused = false;
};

/// Looks at the whole machine, or at one socket and its units.
[[nodiscard]] Facts gather_facts(const std::string& named_socket);

}  // namespace filesrv::ctl
