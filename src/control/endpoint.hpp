// SPDX-License-Identifier: MIT
// Endpoint: the control socket as the main loop sees it. While nobody asks it is one watched descriptor and no thread.
//
// The first connect begins the control thread (desk.hpp), which takes the listener over and gives it back when nobody has
// been connected for a while. What a request needs of the server comes to the main loop as a message, in order, and goes
// back as one; neither thread ever waits for the other, but for the very end of the daemon.
#pragma once

#include <condition_variable>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "control/call.hpp"
#include "control/desk.hpp"
#include "control/limits.hpp"
#include "event/loop.hpp"
#include "os/thread.hpp"

namespace filesrv::control {

/// Main loop only, but for bring(). Must outlive the loop, whose inbox may still hold it.
class Endpoint final : private event::Watch, private event::Message {
public:
    explicit Endpoint(const Limits& limits = {}) noexcept : limits_(limits) {}
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    ~Endpoint();

    /// Begins to watch. Loop and handler are used until leave() has returned, the listener stays its owner's.
    [[nodiscard]] Result<void> begin(event::Loop& loop, os::Fd listener, Handler& handler);
    /// A successor has the listener: nobody is accepted any more.
    void stop_accepting();
    /// Serving has ended, and nobody turns the main loop any more: requests that have come are answered, those who wait for
    /// the end are told the reason, connections close. Takes leave_patience at most. Harmless when nothing was begun.
    void leave(const std::string& reason, Backlog backlog);

    // The control thread.
    void bring(Call& call);
    [[nodiscard]] Handler& handler() noexcept { return *handler_; }
    [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

private:
    /// When a listener that could not be served is looked at again.
    class Retry final : public event::Loop::TimerTask {
    public:
        explicit Retry(Endpoint& owner) noexcept : owner_(owner) {}
        void on_time() noexcept override { owner_.watch_listener(); }

    private:
        Endpoint& owner_;
    };

    void on_ready(event::Readiness ready) noexcept override;
    void deliver() noexcept override;
    void watch_listener();
    void ignore_listener();
    [[nodiscard]] Result<void> begin_desk() noexcept;
    void complain(const Error& error) noexcept;
    void handle(Call& call) noexcept;
    void end_desk();
    static void* run_desk(void* endpoint);
    void desk_has_ended();
    void tell_main_loop() FS_REQUIRES(mutex_);

    const Limits limits_;
    event::Loop* loop_ = nullptr;
    Handler* handler_ = nullptr;
    os::Fd listener_;
    bool watches_ = false;
    bool accepts_ = false;
    bool complained_ = false;
    std::unique_ptr<Desk> desk_;
    std::optional<os::ThreadHandle> thread_;
    Retry retry_{*this};

    Mutex mutex_;
    std::condition_variable changed_;
    std::vector<Call*> waiting_ FS_GUARDED_BY(mutex_);  ///< for the main loop
    bool told_ FS_GUARDED_BY(mutex_) = false;           ///< the message is in its inbox
    bool desk_ended_ FS_GUARDED_BY(mutex_) = false;     ///< and nobody has joined it yet
    bool main_loop_ended_ FS_GUARDED_BY(mutex_) = false;
};

}  // namespace filesrv::control
