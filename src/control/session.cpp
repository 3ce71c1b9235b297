// SPDX-License-Identifier: MIT
// One connection to the control socket.
#include "control/session.hpp"

#include <new>
#include <utility>

#include "base/assert.hpp"
#include "control/desk.hpp"
#include "os/socket.hpp"
#include "os/wait_readable.hpp"

namespace filesrv::control {

Session::Session(Desk& desk, os::UniqueFd socket, std::uint64_t id)
    : desk_(desk), socket_(std::move(socket)), id_(id), began_(desk.loop().now()) {
    FS_ASSERT(socket_.is_open());
}

Session::~Session() { close(); }

Result<void> Session::begin() {
    wait_for(Wait::request, desk_.limits().idle_timeout);
    return desk_.loop().poller().add(socket_.get(), event::Interest::edge_both, *this);
}

void Session::close() noexcept {
    if (is_closed()) return;
    desk_.loop().timers().cancel(*this);
    socket_.reset();  // the poller forgets it with its last descriptor
    set_busy(false);
    desk_.session_closed();
}

template <class Action>
void Session::attempt(Action action) noexcept {
    try {
        action();
    } catch (const std::bad_alloc&) {
        close();
    }
}

void Session::work() noexcept {
    attempt([this] { go_on(); });
}

void Session::on_ready(event::Readiness ready) noexcept {
    if (is_closed()) return;
    work();
    // Who waits for the end sends no more: only the poller can tell that it has gone.
    if (!is_closed() && ready.peer_closed && waits_for_the_end_ && os::has_hung_up(socket_.get())) close();
}

void Session::on_time() noexcept {
    switch (waits_for_) {
        case Wait::request:
        case Wait::room: return close();
        case Wait::answer: break;
    }
    attempt([this] { end_call({.code = Code::failed, .error = "the daemon's main loop did not answer in time"}); });
}

void Session::abandon_call() noexcept {
    if (is_closed() || !called_) return;
    attempt([this] { end_call({.code = Code::draining, .error = "the daemon has left before this was done"}); });
}

/// The answer of the call, should it come, will find nobody.
void Session::end_call(const Refusal& refusal) {
    FS_ASSERT(called_ && busy_);
    called_ = false;
    closing_ = true;
    put_out(line_of(refusal));
    work();
}

void Session::wait_for(Wait what, Duration longest) {
    waits_for_ = what;
    desk_.loop().timers().schedule(*this, desk_.loop().now() + longest);
}

void Session::set_busy(bool busy) noexcept {
    if (std::exchange(busy_, busy) == busy) return;
    if (busy) desk_.handler().work_began();
    else desk_.handler().work_ended();
}

bool Session::is_new() const noexcept { return !asked_ && desk_.loop().now() - began_ < desk_.limits().newcomer_grace; }

void Session::put_out(std::string line) {
    FS_ASSERT(output_.empty() && line.ends_with('\n'));
    output_ = std::move(line);
}

/// Whether all is out.
bool Session::flush() {
    FS_ASSERT(written_ <= output_.size());
    while (written_ < output_.size()) {
        const os::IoResult sent = os::send(socket_.get(), std::string_view(output_).substr(written_));
        written_ += sent.bytes;
        if (sent.ok()) continue;
        if (!sent.would_block()) close();
        else if (waits_for_ != Wait::room) wait_for(Wait::room, desk_.limits().write_timeout);  // progress does not prolong it
        return false;
    }
    if (output_.empty()) return true;
    std::string().swap(output_);  // a list of connections may be large
    written_ = 0;
    set_busy(false);
    wait_for(Wait::request, desk_.limits().idle_timeout);
    if (waits_for_the_end_) desk_.loop().timers().cancel(*this);
    return true;
}

/// Whether there may be a line now.
bool Session::receive() {
    const os::IoResult got = os::receive(socket_.get(), lines_.free_room());
    if (got.is_end()) input_ended_ = true;
    if (got.ok()) lines_.received(got.bytes);
    else if (!got.would_block()) close();
    else if (desk_.is_leaving() && !is_new()) close();
    return got.ok();
}

void Session::go_on() {
    FS_ASSERT(desk_.loop().in_loop_thread());
    for (unsigned lines = 0; !is_closed();) {
        if (!flush()) return;
        if (closing_) return close();
        if (called_) return;
        if (lines == limits::lines_per_turn) return desk_.work_later(*this);
        if (lines_.has_line()) {
            if (!desk_.may_spend(*this)) return;
            ++lines;
            execute(*lines_.take());
        } else if (lines_.is_too_long()) {
            closing_ = true;
            put_out(line_of({.code = Code::too_long, .error = "a request has at most " + std::to_string(request_bytes_max) + " bytes"}));
        } else if (input_ended_) {
            if (!waits_for_the_end_) close();
            return;
        } else if (!receive()) {
            return;
        }
    }
}

void Session::execute(std::string_view line) {
    FS_ASSERT(!called_ && output_.empty());  // one at a time, in order
    asked_ = true;
    auto request = parse_request(line);
    if (!request) {
        desk_.spend(1);
        return put_out(line_of(request.error()));
    }
    set_busy(true);
    const Command command = request->command;
    desk_.spend(cost_of(command));
    if (auto answer = desk_.handler().answer_here(*request)) return put_out(*std::move(answer));
    if (!desk_.call(id_, *std::move(request))) {
        return put_out(line_of({.code = Code::busy, .error = "too many requests wait for the daemon's main loop"}));
    }
    called_ = true;
    wait_for(Wait::answer, patience_for(command, desk_.limits()));
}

void Session::answered(const Call& call) noexcept {
    if (is_closed() || !called_) return;
    called_ = false;
    attempt([&] { put_out(call.line()); });
    if (is_closed()) return;
    if (call.then() == Call::Then::tell_the_end) waits_for_the_end_ = true;
    if (desk_.is_leaving()) say_farewell();
    else work();
}

void Session::say_farewell() noexcept {
    if (is_closed()) return;
    attempt([this] {
        // After the answer that is still to come, if one is.
        if (waits_for_the_end_ && !called_ && !std::exchange(closing_, true)) output_ += desk_.farewell();
        go_on();
    });
}

}  // namespace filesrv::control
