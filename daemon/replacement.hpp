// SPDX-License-Identifier: MIT
// Replacement (SIGUSR2): a successor takes the listeners over, and this process finishes what it has begun and leaves.
//
// The order is what loses nobody: the successor has the listeners and can serve; the service manager learns who is its
// main process; only then does this one stop accepting. A successor that cannot start changes nothing here.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/listeners.hpp"
#include "daemon/notify.hpp"
#include "daemon/predecessor.hpp"
#include "daemon/starter.hpp"
#include "event/watch.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {

/// Also decides what a request to stop means, since it concerns the whole line. Main loop only. The server, which must
/// have been started, and all else that it is given must outlive it.
class Replacement {
public:
    struct Parts {
        serve::Server& server;
        Notifier& notifier;
        std::vector<Listener>& listeners;
        std::optional<Listener>& control;     ///< the control socket's
        Predecessor& predecessor;
        std::optional<Starter>& starter;  ///< without one every replacement is refused
    };
    explicit Replacement(const Parts& parts) : parts_(parts) {}

    /// Why nobody was replaced: at once, or after a try.
    struct Failure {
        bool tried = false;
        std::string why;  ///< one clause
    };
    /// The successor's process, or why there is none.
    using Result = std::expected<os::ProcessId, Failure>;
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    /// SIGUSR2. Refused, with a line in the log, while another is under way, while draining, and after a long line. `then`
    /// is told what came of it, once, if serving does not end before. Without
    /// memory (std::bad_alloc) nothing is begun, and `then` is not told.
    void begin(std::function<void(const Result&)> then = nullptr);
    /// Called when a successor has the listeners, before this process drains.
    void set_handed_over(std::function<void()> call) { handed_over_ = std::move(call); }
    /// SIGTERM, SIGINT: drain; a process that was replaced: from now on drain_timeout counts; the next time: stop.
    void stop_asked();
    /// Drain, or, after a replacement, let drain_timeout count; harmless when that has been asked before.
    void drain();
    /// The whole line, without waiting for anything.
    void stop();
    /// The predecessor's line has grown or shrunk: the successor, if there is one, counts us besides.
    void line_changed();
    /// Whether a successor serves in our place.
    [[nodiscard]] bool is_done() const noexcept { return state_ == State::done; }

private:
    enum class State { serving, under_way, done };

    /// What the starter has to tell.
    class Answer final : public event::Watch {
    public:
        explicit Answer(Replacement& owner) noexcept : owner_(owner) {}
        void on_ready(event::Readiness ready) noexcept override;

    private:
        Replacement& owner_;
    };
    /// What the successor asks for.
    class Wish final : public event::Watch {
    public:
        explicit Wish(Replacement& owner) noexcept : owner_(owner) {}
        void on_ready(event::Readiness ready) noexcept override;

    private:
        Replacement& owner_;
    };

    [[nodiscard]] filesrv::Result<void> order();
    [[nodiscard]] filesrv::Result<void> order_and_watch(const Starter::Order& order);
    void starter_answered() noexcept;
    void judge_answer();
    [[nodiscard]] bool successor_leaves() const noexcept;
    void stop_listening_to_starter() noexcept;
    void refuse(const std::string& why, const std::function<void(const Result&)>& then) const;
    void fail(const std::string& why);
    void give_up();
    void tell(const Result& result);
    void hand_over(os::ProcessId successor) noexcept;
    void successor_said() noexcept;
    void limit_drain();

    Parts parts_;
    os::UniqueFd link_;  ///< to the successor, or to what may become it
    State state_ = State::serving;
    std::function<void(const Result&)> then_;
    std::function<void()> handed_over_;
    bool watches_link_ = false;
    Answer answer_{*this};
    Wish wish_{*this};
};

}  // namespace filesrv::daemon
