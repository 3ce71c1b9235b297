// SPDX-License-Identifier: MIT
// Desk: the control thread. Accepts, looks who it is, and serves the connections; the data path never waits for it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "control/limits.hpp"
#include "control/session.hpp"
#include "event/loop.hpp"

namespace filesrv::control {

class Endpoint;

/// What becomes of those who have connected and were not accepted when the daemon leaves.
enum class Backlog : std::uint8_t {
    answer,  ///< the listener goes with us
    leave,   ///< it is another's, too: a service manager's, a successor's
};

/// Made by the main loop's thread for one run of a thread of its own; lives until that thread was joined.
class Desk final : private event::Watch {
public:
    [[nodiscard]] static Result<std::unique_ptr<Desk>> create(Endpoint& endpoint, os::Fd listener);
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    /// The thread's life: ends when nobody has been there for a while, or after a request to leave.
    void run();

    // Main loop.
    /// A successor has the listener. Whoever is connected is served on.
    void stop_accepting() { inbox().post(stop_accepting_); }
    /// Answers what has come, tells `reason` to who waits for it, ends.
    void leave(const std::string& reason, Backlog backlog) noexcept;

    // Any thread.
    [[nodiscard]] event::Inbox& inbox() noexcept { return loop_->inbox(); }

    // The control thread, for sessions and calls.
    [[nodiscard]] event::Loop& loop() noexcept { return *loop_; }
    [[nodiscard]] Handler& handler() noexcept;
    [[nodiscard]] const Limits& limits() const noexcept;
    /// Has the main loop do it; false when too much is under way.
    [[nodiscard]] bool call(std::uint64_t session, Request request);
    void answered(Call& call);
    void work_later(Session& session) { again_.push_back(session.id()); }
    /// Whether a request may be done in this interval; if not, the session works on in the next.
    [[nodiscard]] bool may_spend(Session& session);
    void spend(unsigned cost) noexcept { spent_ += cost; }
    void session_closed() noexcept { any_closed_ = true; }
    [[nodiscard]] bool is_leaving() const noexcept { return leaving_; }
    /// The line for those who wait for the end.
    [[nodiscard]] std::string farewell() const;

private:
    /// Something to do in the control thread, once asked for.
    template <void (Desk::*action)()>
    class Notice final : public event::Message {
    public:
        explicit Notice(Desk& desk) noexcept : desk_(desk) {}
        void deliver() noexcept override { (desk_.*action)(); }

    private:
        Desk& desk_;
    };
    template <void (Desk::*action)()>
    class Moment final : public event::Loop::TimerTask {
    public:
        explicit Moment(Desk& desk) noexcept : desk_(desk) {}
        void on_time() noexcept override { (desk_.*action)(); }

    private:
        Desk& desk_;
    };

    Desk(Endpoint& endpoint, os::Fd listener, std::unique_ptr<event::Loop> loop) noexcept
        : endpoint_(endpoint), listener_(listener), loop_(std::move(loop)) {}

    void on_ready(event::Readiness ready) noexcept override;
    void listen();
    void drop_listener();
    void accept_waiting() noexcept;
    void accept_batch();
    void admit(os::UniqueFd socket);
    void begin_leaving();
    void end_now() { over_ = true; }
    void end_unless_needed();
    void work_on();
    void give_up();
    void end_of_turn();
    [[nodiscard]] Session* find(std::uint64_t id) noexcept;

    Endpoint& endpoint_;
    const os::Fd listener_;
    const std::unique_ptr<event::Loop> loop_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::vector<std::unique_ptr<Call>> calls_;  ///< whose answers have not come back
    std::vector<std::uint64_t> again_;          ///< sessions with more to do
    std::vector<std::uint64_t> paused_;         ///< and those that wait for the next interval
    unsigned spent_ = 0;                        ///< in this one
    Instant interval_began_{};
    std::uint64_t next_id_ = 1;
    std::string reason_;                        ///< written before the notice to leave, read after it
    Backlog backlog_ = Backlog::leave;
    bool accepts_ = true;                       ///< at all
    bool listens_ = false;                      ///< now
    bool any_closed_ = false;
    bool complained_ = false;                   ///< that it cannot accept
    bool leaving_ = false;
    bool over_ = false;
    Notice<&Desk::drop_listener> stop_accepting_{*this};
    Notice<&Desk::begin_leaving> leave_{*this};
    Moment<&Desk::listen> listen_again_{*this};
    Moment<&Desk::work_on> next_interval_{*this};
    Moment<&Desk::end_unless_needed> rest_{*this};
    Moment<&Desk::give_up> give_up_{*this};
};

}  // namespace filesrv::control
