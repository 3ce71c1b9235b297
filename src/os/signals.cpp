// SPDX-License-Identifier: MIT
// Signal dispositions by sigaction(2).
#include "os/signals.hpp"

#include <cerrno>
#include <string>

#include "base/assert.hpp"

namespace filesrv::os {

Result<SignalHandler> SignalHandler::install(int signal, Function function) noexcept {
    FS_ASSERT(function != nullptr);
    struct sigaction action = {};
    action.sa_handler = function;
    action.sa_flags = SA_RESTART;
    // One handler at a time: they all touch the same counters.
    sigfillset(&action.sa_mask);
    struct sigaction former = {};
    if (::sigaction(signal, &action, &former) != 0) return failure(errno, "sigaction", "signal " + std::to_string(signal));
    return SignalHandler(signal, former);
}

SignalHandler::~SignalHandler() {
    if (signal_ == 0) return;
    const int result = ::sigaction(signal_, &former_, nullptr);
    FS_ASSERT(result == 0);
}

namespace {

void ignore(int signal) noexcept {
    struct sigaction action = {};
    action.sa_handler = SIG_IGN;
    const int result = ::sigaction(signal, &action, nullptr);
    FS_ASSERT(result == 0);
}

}  // namespace

void block_signals() noexcept {
    sigset_t all;
    sigfillset(&all);
    const int result = ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    FS_ASSERT(result == 0);
}

void ignore_sigpipe() noexcept { ignore(SIGPIPE); }

void ignore_sigxfsz() noexcept { ignore(SIGXFSZ); }

}  // namespace filesrv::os
