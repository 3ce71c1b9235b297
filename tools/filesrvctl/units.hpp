// SPDX-License-Identifier: MIT
// What a service manager knows of filesrv's units. Parsing and judging are pure; asking is ask_manager().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace filesrv::ctl {

/// The properties of one unit, as `systemctl show` prints them; one that comes several times (Listen=) is joined by newlines.
class Unit {
public:
    [[nodiscard]] bool is_loaded() const { return property("LoadState") == "loaded"; }
    /// Empty when the manager did not say it.
    [[nodiscard]] std::string property(std::string_view name) const;
    /// Of a property that is a number; 0 when it is none.
    [[nodiscard]] std::uint64_t number(std::string_view name) const;
    /// Seconds since 1970, of a time printed as `@SECONDS`; 0 = never.
    [[nodiscard]] std::int64_t time(std::string_view name) const;
    void add(std::string_view name, std::string_view value);
    [[nodiscard]] bool empty() const noexcept { return properties_.empty(); }

private:
    std::vector<std::pair<std::string, std::string>> properties_;  ///< few: in the order in which they came
};

enum class Manager : bool { system, user };

/// A service and the sockets that start it: filesrv, or one of the template filesrv@.
struct Instance {
    std::string name;  ///< without .service
    Manager manager = Manager::system;
    Unit service;               ///< empty when there is none of that name
    std::vector<Unit> sockets;  ///< whatever their names; the service's own first

    /// `systemctl`, or `systemctl --user`: the beginning of what mends something.
    [[nodiscard]] std::string systemctl() const { return manager == Manager::user ? "systemctl --user" : "systemctl"; }
    [[nodiscard]] std::string service_name() const { return name + ".service"; }
    /// The first socket for HTTP, or an empty unit: requests to a socket called `control` are none.
    [[nodiscard]] const Unit& socket() const;
    /// Its name, or what it would be called.
    [[nodiscard]] std::string socket_name() const;
};

enum class InstanceState : std::uint8_t {
    missing,  ///< the manager knows no such units
    down,     ///< neither runs nor listens
    asleep,   ///< the socket listens, the service does not run
    running,
    failed,   ///< the socket listens, the last run of the service failed
    socket_failed,
};

/// By ActiveState of both, systemd.unit and org.freedesktop.systemd1(5). A service that starts or stops counts as running.
[[nodiscard]] InstanceState state_of(const Instance& instance);

/// The blocks of `systemctl show`.
[[nodiscard]] std::vector<Unit> parse_units(std::string_view shown);

/// Services with their sockets, by Triggers= and by name.
[[nodiscard]] std::vector<Instance> pair_units(const std::vector<Unit>& units, Manager manager);

/// The paths of the Unix sockets in Listen=.
[[nodiscard]] std::vector<std::string> unix_listeners(const Unit& socket);

/// The `host:port` addresses in Listen=.
[[nodiscard]] std::vector<std::string> tcp_listeners(const Unit& socket);

/// The words of ExecStart=, the program first. Words with blanks come apart: the manager does not quote them.
[[nodiscard]] std::vector<std::string> command_of(const Unit& service);

/// What an option of that command says, `--name VALUE` or `--name=VALUE`; the last one wins, empty = not given.
[[nodiscard]] std::string option_of(const std::vector<std::string>& words, std::string_view name);

/// Where the daemon of an instance has its control socket: --control, a socket of the unit named `control`, or the service's
/// runtime folder below `run_folder` (/run, or the person's own).
[[nodiscard]] std::string control_path(const Instance& instance, std::string_view run_folder);

/// What can be known of the instances.
struct Managers {
    std::vector<Instance> instances;  ///< of both managers, none of them `missing`
    bool refused = false;             ///< there is a manager, and it does not talk to us
};

/// Asks both managers through systemctl(1), which wakes nobody. `socket_path`, unless empty, is a socket that somebody named:
/// the units that hold it are asked for too, whatever they are called.
[[nodiscard]] Managers ask_managers(const std::string& socket_path);

}  // namespace filesrv::ctl
