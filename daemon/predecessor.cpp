// SPDX-License-Identifier: MIT
// Predecessor: the process whose place this one takes, as long as it lives.
#include "daemon/predecessor.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "daemon/activation.hpp"
#include "daemon/starter_process.hpp"
#include "daemon/startup_error.hpp"
#include "event/loop.hpp"
#include "observe/log.hpp"
#include "os/channel.hpp"
#include "os/child.hpp"
#include "os/socket.hpp"
#include "os/unix_socket.hpp"

namespace filesrv::daemon {
namespace {

os::UniqueFd take_over(int number) {
    auto fd = os::UniqueFd::adopt(number);
    if (const auto flags = os::adopt_flags(fd.get()); !flags) {
        (void)fd.release();  // not open: nothing to close
        throw StartupError(exit_could_not_run, std::string(succession_variable) + ": " + flags.error().message());
    }
    return fd;
}

}  // namespace

void Predecessor::meet() {
    FS_ASSERT(!exists());
    auto origins = parse_succession(std::getenv(succession_variable), os::own_process_id());
    ::unsetenv(succession_variable);
    if (!origins) throw StartupError(exit_could_not_run, origins.error());
    if (!*origins) return;
    origins_ = std::move(**origins);
    const int after_listeners = first_inherited_fd + static_cast<int>(origins_.size());
    report_ = take_over(after_listeners);
    link_ = take_over(after_listeners + 1);
    line_ = 1;  // it will tell when there are more
}

void Predecessor::report_ready() {
    if (!report_.is_open()) return;
    (void)os::send_surely(report_.get(), successor_ready);  // it fails when nobody waits any more: then we are told to leave
    report_.reset();
}

void Predecessor::report_failure(std::string_view sentence) {
    if (!report_.is_open()) return;
    (void)os::send_message(report_.get(), std::string(successor_failed).append(sentence));
    report_.reset();
}

Result<void> Predecessor::watch(serve::Server& server, Calls calls) {
    FS_ASSERT(exists() && server_ == nullptr);
    server_ = &server;
    calls_ = std::move(calls);
    server.hold();
    server.share_listeners(serve::ListenersSharedWith::predecessor);
    if (const auto peer = os::peer_process(link_.get()); peer && peer->process) {
        if (auto process = os::open_process(static_cast<os::ProcessId>(*peer->process))) process_ = std::move(*process);
    }
    return server.main_loop().poller().add(link_.get(), event::Interest::level_read, *this);
}

void Predecessor::tell(std::string_view words) {
    if (exists()) (void)os::send_message(link_.get(), words);  // it fails when nobody is there: the end is about to be read
}

bool Predecessor::keeps_its_place() noexcept {
    if (server_ == nullptr || left_place_) return false;
    if (exists()) hear();  // a signal that was sent after `main` may be read before it
    return !left_place_;   // nor does the end of the link say so: it may have given us up
}

/// Nobody but us would wait: for the service manager its main process goes on.
void Predecessor::decline() noexcept {
    FS_ASSERT(server_ != nullptr && !left_place_);
    if (server_->is_held()) server_->let_go();
}

void Predecessor::on_ready(event::Readiness) noexcept {
    if (exists()) hear();
}

void Predecessor::hear() {
    std::array<char, link_says::bytes_max> room;
    const auto words = os::receive_words(link_.get(), room);
    if (!words && words.error().code == EAGAIN) return;
    if (!words || words->empty()) return link_ended();
    if (*words == link_says::you_are_main) leave_place_to_us();
    if (!words->starts_with(link_says::line)) return;
    if (const auto line = parse_decimal(words->substr(link_says::line.size()))) set_line(*line);
}

void Predecessor::leave_place_to_us() {
    if (std::exchange(left_place_, true)) return;
    server_->hold();  // even if we had declined
    server_->own_listeners();
    calls_.become_main();
}

void Predecessor::set_line(std::size_t line) {
    line_ = line;
    calls_.line_changed();
}

/// A service manager counts a process until it has ended, which is a moment after its descriptors were closed: whoever
/// left in that moment would leave somebody behind in the control group, to be killed.
void Predecessor::link_ended() {
    event::Poller& poller = server_->main_loop().poller();
    (void)poller.remove(link_.get());
    link_.reset();
    if (!process_.is_open() || !poller.add(process_.get(), event::Interest::level_read, ended_)) is_gone();
}

void Predecessor::is_gone() {
    if (process_.is_open()) (void)server_->main_loop().poller().remove(process_.get());
    process_.reset();
    leave_place_to_us();  // it ended, or its word was lost: nobody else has it now
    set_line(0);
    observe::log(LogLevel::info, "the process that this one replaced has left");
    server_->pool().push(sweep_, server_->main_loop().now());
    server_->let_go();
}

void Predecessor::Sweep::run(serve::Worker& worker) noexcept {
    const serve::BlockingMark mark(&worker);
    try {
        const auto swept = owner_.server_->store().sweep();
        if (!swept) observe::log(LogLevel::warning, "sweep: " + swept.error().message());
    } catch (const std::bad_alloc&) {
        observe::log(LogLevel::warning, "sweep: out of memory; the next start sweeps");
    }
}

}  // namespace filesrv::daemon
