// SPDX-License-Identifier: MIT
// Starter: a small process that waits to start a successor of the daemon.
//
// It is forked while the daemon has one thread and may still execute programs, and sleeps until it is asked. The
// successor is its grandchild, and the process between them is gone before anybody learns of the successor: its parent
// is then the service manager, which would not follow a process whose end it is not told of.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/handover.hpp"
#include "os/child.hpp"
#include "os/fd.hpp"

namespace filesrv::daemon {

/// The daemon's end of it. Destroying it ends the process, and a successor that was not accepted.
class Starter {
public:
    /// Forks. Before any thread; the working folder and the environment of this moment are the successors'.
    [[nodiscard]] static Result<Starter> create(const os::Program& program);
    Starter(Starter&& other) noexcept : process_(std::exchange(other.process_, 0)), channel_(std::move(other.channel_)) {}
    Starter& operator=(Starter&&) = delete;
    ~Starter() { end(); }

    /// What the successor gets. `link` is its end of a channel to us.
    struct Order {
        std::span<const os::Fd> listeners;
        std::span<const std::string> names;
        std::span<const Origin> origins;
        os::Fd link;
    };
    /// Asks for a successor; receive() tells what came of it. EMSGSIZE when there are too many listeners.
    [[nodiscard]] Result<void> start(const Order& order);

    /// Readable when receive() has something to tell.
    [[nodiscard]] os::Fd channel() const noexcept { return channel_.get(); }
    /// The successor's process id once it is ready, or one clause that says why there is none. Of a successor it can tell
    /// without memory; a clause may take some (std::bad_alloc), and then there is none either.
    /// Nothing at all: not now, it will be readable again. An answer that is lost ends the starter, whose next one could be
    /// the lost one.
    [[nodiscard]] std::expected<std::optional<os::ProcessId>, std::string> receive();
    /// The successor stays, and nothing of the starter. Not said, it would be the successor's end.
    void accept();
    /// The successor does not stay, as it knows; the starter does.
    void decline();
    /// Whether start() may be called.
    [[nodiscard]] bool is_there() const noexcept { return channel_.is_open(); }

private:
    void end() noexcept;
    Starter(os::ProcessId process, os::UniqueFd channel) noexcept : process_(process), channel_(std::move(channel)) {}

    os::ProcessId process_ = 0;  // 0 = none
    os::UniqueFd channel_;
};

}  // namespace filesrv::daemon
