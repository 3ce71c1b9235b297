// SPDX-License-Identifier: MIT
// Ctrl-C: it stops the requests under way, and ends a program that waits for lines of a pipe.
#pragma once

#include <atomic>

#include "os/signals.hpp"

namespace filesrv::client {

/// SIGINT while it lives: one in a process.
class Interrupts {
public:
    /// Throws std::runtime_error where signals cannot be handled.
    Interrupts();
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    /// For the engine: set by SIGINT.
    [[nodiscard]] const std::atomic<bool>* flag() const noexcept;
    [[nodiscard]] bool seen() const noexcept { return flag()->load(); }
    void forget() noexcept;

    /// While it lives, SIGINT does what it does by default.
    class Deadly {
    public:
        Deadly() noexcept;
        ~Deadly();
        Deadly(const Deadly&) = delete;
        Deadly& operator=(const Deadly&) = delete;
    };

private:
    os::SignalHandler handler_;
};

}  // namespace filesrv::client
