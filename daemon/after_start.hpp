// SPDX-License-Identifier: MIT
// What is done once, when the start is over.
#pragma once

#include <chrono>

#include "event/loop.hpp"
#include "os/program_pages.hpp"

namespace filesrv::daemon {

/// How long after its start a process gives back what of the program only starting needed: more than half of what it has
/// mapped. Later than the answer to whoever started it, and soon enough that a daemon that hardly anybody uses is small.
inline constexpr Duration start_is_over_after = std::chrono::milliseconds(30);

/// A timer of the main loop. Make it before the server runs.
class AfterStart final : public event::Loop::TimerTask {
public:
    explicit AfterStart(event::Loop& loop) { loop.timers().schedule(*this, loop.now() + start_is_over_after); }
    AfterStart(const AfterStart&) = delete;
    AfterStart& operator=(const AfterStart&) = delete;

    void on_time() noexcept override { os::give_back_program_pages(); }
};

}  // namespace filesrv::daemon
