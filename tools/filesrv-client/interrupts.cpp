// SPDX-License-Identifier: MIT
// Ctrl-C, as a flag or as the end.
#include "tools/filesrv-client/interrupts.hpp"

#include <csignal>
#include <stdexcept>

#include "base/assert.hpp"

namespace filesrv::client {
namespace {

std::atomic<bool> interrupted = false;
std::atomic<bool> is_deadly = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // signal-safety(7)

void on_interrupt(int number) {
    interrupted = true;
    if (!is_deadly) return;
    // By the signal and not by exit(2): a shell loop around us must stop too.
    std::signal(number, SIG_DFL);
    std::raise(number);
}

os::SignalHandler installed() {
    auto handler = os::SignalHandler::install(SIGINT, on_interrupt);
    if (!handler) throw std::runtime_error(handler.error().message());
    return std::move(*handler);
}

}  // namespace

Interrupts::Interrupts() : handler_(installed()) { forget(); }

Interrupts::~Interrupts() = default;

const std::atomic<bool>* Interrupts::flag() const noexcept { return &interrupted; }

void Interrupts::forget() noexcept { interrupted = false; }

Interrupts::Deadly::Deadly() noexcept {
    FS_ASSERT(!is_deadly);
    is_deadly = true;
    // One that came a moment ago was meant for what is over.
    interrupted = false;
}

Interrupts::Deadly::~Deadly() { is_deadly = false; }

}  // namespace filesrv::client
