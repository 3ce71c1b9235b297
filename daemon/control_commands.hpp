// SPDX-License-Identifier: MIT
// What the commands of the control socket do.
//
// The main loop only begins what is asked for: figures are gathered and written as text in the control thread, connections
// are described by the reactors, a few in a turn.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "control/call.hpp"
#include "daemon/inspector.hpp"
#include "daemon/lifetime_keeper.hpp"
#include "daemon/reload.hpp"
#include "daemon/replacement.hpp"
#include "observe/snapshot.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {

/// All that it is given must outlive the last call, and it the server, whose inbox may hold a message of the inspector's.
class ControlCommands final : public control::Handler {
public:
    struct Parts {
        serve::Server& server;
        Replacement& replacement;
        const LifetimeKeeper& lifetime;
        std::function<std::expected<Reloaded, std::string>()> reload;
        observe::Snapshot fixed;  ///< what does not change while the daemon runs, filled in; the rest is nobody's
    };
    explicit ControlCommands(Parts parts) : parts_(std::move(parts)), inspector_(parts_.server) {}

    /// Serving has ended: what could only be begun is refused, figures are still told.
    void serving_ended() noexcept;

    [[nodiscard]] std::optional<std::string> answer_here(const control::Request& request) override;
    void handle(control::Call& call) override;
    void work_began() noexcept override { parts_.server.other_work_began(); }
    void work_ended() noexcept override { parts_.server.other_work_ended(); }

private:
    void reload(control::Call& call) const;
    void upgrade(control::Call& call) const;
    void drain(control::Call& call) const;
    void stop(control::Call& call) const;
    static void set_log_level(control::Call& call);
    void kick(control::Call& call);
    [[nodiscard]] control::Answer leaving(std::string_view state) const;

    const Parts parts_;
    Inspector inspector_;
    bool serving_ended_ = false;
};

/// What does not change: version, process, start, root, listeners, sockets, state folder, limits.
struct FixedFacts {
    std::string version;
    std::string root;
    std::span<const Listener> listeners;
    std::string socket;
    std::string state_folder;
    std::uint64_t fd_limit = 0;
};
[[nodiscard]] observe::Snapshot fixed_part(const FixedFacts& facts);

}  // namespace filesrv::daemon
