// SPDX-License-Identifier: MIT
// Signal dispositions, sigaction(2), given back when their owner goes.
#pragma once

#include <csignal>

#include "base/error.hpp"

namespace filesrv::os {

/// The handler of one signal; destroying it puts the former one back. Move-only.
class SignalHandler {
public:
    using Function = void (*)(int signal);

    /// Calls `function` for `signal`, with SA_RESTART, so that only waits are interrupted. EINVAL for SIGKILL and SIGSTOP.
    [[nodiscard]] static Result<SignalHandler> install(int signal, Function function) noexcept;

    SignalHandler(SignalHandler&& other) noexcept : signal_(std::exchange(other.signal_, 0)), former_(other.former_) {}
    SignalHandler& operator=(SignalHandler&&) = delete;
    ~SignalHandler();

private:
    SignalHandler(int signal, const struct sigaction& former) noexcept : signal_(signal), former_(former) {}

    int signal_;  ///< 0 = moved from
    struct sigaction former_;
};

/// The calling thread takes no signals any more: for the last moments of a process, when no handler is there to count them
/// and their default would make an end by signal of a success.
void block_signals() noexcept;

/// A peer that has gone is an EPIPE of the send that meets it, not the end of the process.
void ignore_sigpipe() noexcept;
/// A file that grows beyond RLIMIT_FSIZE is an EFBIG of the write that meets it, likewise.
void ignore_sigxfsz() noexcept;

}  // namespace filesrv::os
