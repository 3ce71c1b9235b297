// SPDX-License-Identifier: MIT
// Which daemon is meant: the one that lives, or the one that sleeps. Looking wakes nobody.
//
// Who sleeps is known from the service manager. A control socket that the manager holds for a service that does not run is
// never connected to: that alone would start it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/client.hpp"
#include "tools/filesrvctl/units.hpp"

namespace filesrv::ctl {

/// One socket that was tried.
struct Probe {
    std::string path;
    std::optional<control::Trouble> trouble;  ///< nothing: a daemon answers
    std::uint64_t pid = 0;
    std::string about;  ///< of one that answers: where it listens and what it serves; else why it does not
};

/// All that was seen.
struct Survey {
    Managers managers;
    std::vector<Probe> probes;
};

struct Daemon {
    InstanceState state = InstanceState::running;
    std::string socket;                ///< of one that runs
    std::optional<Instance> instance;  ///< of one that a manager starts
};

/// The sockets that may be asked, given what the managers say: those that are `found` on the disk and those of running
/// services, none twice, none that a manager holds for a service that does not run. Pure.
[[nodiscard]] std::vector<std::string> askable(const Managers& managers, const std::vector<std::string>& found);

/// The one that is meant when nobody has named a socket. Throws Failure: several live (2), nobody does (3), or we may not
/// know (4). Pure.
[[nodiscard]] Daemon choose(const Survey& survey);

/// The one behind a named socket; it is not connected to. Throws Failure as choose() does. Pure.
[[nodiscard]] Daemon choose_named(const std::string& path, const Managers& managers);

/// Where the system's manager, or the person's own, makes runtime folders.
[[nodiscard]] std::string run_folder(Manager manager);

/// Looks for every socket of ours on this machine and asks those that may be asked.
[[nodiscard]] Survey survey_machine();

/// The same for one socket, with its units and the usual ones.
[[nodiscard]] Survey survey_socket(const std::string& named_socket);

/// Whether the managers and the sockets tell the same: no service runs whose socket is gone. One that starts or leaves
/// makes them differ for some milliseconds. Pure.
[[nodiscard]] bool agrees(const Survey& survey);

/// The survey of the named socket, or of the machine, once it agrees; where it never does, as it is after some seconds.
[[nodiscard]] Survey settled_survey(const std::string& named_socket);

/// The whole way: by the socket that was named, which is not connected to, or by looking around.
[[nodiscard]] Daemon find_daemon(const std::string& named_socket);

/// Likewise after one that was found has gone.
[[nodiscard]] Daemon find_again(const std::string& named_socket);

/// Throws the clause of one that cannot be reached, with the exit status that belongs to it: Gone, where it is there no more.
[[noreturn]] void throw_unreachable(const control::ClientError& error);

}  // namespace filesrv::ctl
