// SPDX-License-Identifier: MIT
// Signals as events of the loop, by the self-pipe idea: the handler counts and wakes, the loop calls back.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "event/poller.hpp"
#include "os/signals.hpp"
#include "os/wakeup.hpp"

namespace filesrv::event {

/// Delivers the chosen signals to a callback in the loop's thread, once for each time the handler ran; signals of one
/// kind that the kernel merged count once (signal(7)). One object at a time in a process: handlers know no context.
/// Destroying it restores the handlers that were there before.
class Signals final : public Watch {
public:
    using Callback = std::function<void(int signal)>;

    /// Takes the signals over. The poller must outlive the object. EINVAL for what cannot be caught (SIGKILL).
    [[nodiscard]] static Result<std::unique_ptr<Signals>> create(Poller& poller, std::span<const int> signals, Callback callback);
    ~Signals();

    void on_ready(Readiness ready) noexcept override;

private:
    Signals(Poller& poller, os::Wakeup wakeup, Callback callback);
    [[nodiscard]] Result<void> take_over(std::span<const int> signals);

    Poller& poller_;
    os::Wakeup wakeup_;
    Callback callback_;
    std::vector<os::SignalHandler> handlers_;
};

}  // namespace filesrv::event
