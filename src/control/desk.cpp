// SPDX-License-Identifier: MIT
// Desk: the control thread.
#include "control/desk.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "base/assert.hpp"
#include "base/memory_reserve.hpp"
#include "control/endpoint.hpp"
#include "observe/log.hpp"
#include "os/clock.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"
#include "os/thread.hpp"
#include "os/unix_socket.hpp"

namespace filesrv::control {
namespace {

const os::SystemClock system_clock;

constexpr std::uint32_t root = 0;

/// Why this peer is not listened to; empty when it is.
std::string objection_to(os::Fd socket) {
    const auto peer = os::peer_process(socket);
    if (!peer) return "who asks cannot be told: " + peer.error().message();
    if (peer->uid == root || peer->uid == os::effective_uid()) return {};
    return "only user " + std::to_string(os::effective_uid()) + ", who serves, and root may ask; this is user " + std::to_string(peer->uid);
}

/// One answer to who is not let in. It fits the empty buffer of a new socket.
void turn_away(os::Fd socket, const Refusal& refusal) { (void)os::send(socket, line_of(refusal)); }

}  // namespace

Result<std::unique_ptr<Desk>> Desk::create(Endpoint& endpoint, os::Fd listener) {
    auto loop = event::Loop::create(system_clock);
    if (!loop) return std::unexpected(loop.error());
    return std::unique_ptr<Desk>(new Desk(endpoint, listener, std::move(*loop)));
}

Handler& Desk::handler() noexcept { return endpoint_.handler(); }
const Limits& Desk::limits() const noexcept { return endpoint_.limits(); }

void Desk::run() {
    os::name_this_thread("control");
    loop_->adopt_thread();
    loop_->refresh_now();
    listen();
    while (!over_) {
        loop_->turn(again_.empty() ? std::nullopt : std::optional(Duration::zero()));
        for (const std::uint64_t id : std::exchange(again_, {})) {
            if (Session* session = find(id)) session->work();
        }
        end_of_turn();
    }
    sessions_.clear();
    drop_listener();
}

/// Watches memory that events of this turn may still name: only now it may go.
void Desk::end_of_turn() {
    FS_ASSERT(again_.empty() || !sessions_.empty());
    renew_memory_reserve();
    if (std::exchange(any_closed_, false)) {
        std::erase_if(sessions_, [](const auto& session) { return session->is_closed(); });
    }
    if (!sessions_.empty() || !calls_.empty()) return loop_->timers().cancel(rest_);
    if (leaving_) return end_now();
    // Filed once, when the last one has gone; whoever comes takes it out again.
    if (!rest_.is_linked()) loop_->timers().schedule(rest_, loop_->now() + limits().rest_after);
}

/// Who came in this very turn is there already.
void Desk::end_unless_needed() {
    if (sessions_.empty() && calls_.empty()) end_now();
}

void Desk::listen() {
    if (!accepts_ || std::exchange(listens_, true)) return;
    if (loop_->poller().add(listener_, event::Interest::level_read, *this)) return;
    listens_ = false;
    loop_->timers().schedule(listen_again_, loop_->now() + limits::retry_interval);
}

void Desk::drop_listener() {
    accepts_ = false;
    loop_->timers().cancel(listen_again_);
    if (std::exchange(listens_, false)) (void)loop_->poller().remove(listener_);
}

void Desk::on_ready(event::Readiness) noexcept {
    if (listens_) accept_waiting();
}

/// Who comes when memory has run out is closed; those behind wait for the next turn.
void Desk::accept_waiting() noexcept {
    try {
        accept_batch();
    } catch (const std::bad_alloc&) {
        return;
    }
}

void Desk::accept_batch() {
    FS_ASSERT(loop_->in_loop_thread() && accepts_);
    for (unsigned count = 0; count < limits::accepts_per_turn; ++count) {
        os::Accepted accepted = os::accept_nonblocking(listener_);
        if (accepted.fd.is_open()) {
            complained_ = false;
            admit(std::move(accepted.fd));
            continue;
        }
        if (accepted.error == EAGAIN || accepted.error == ECONNABORTED) return;
        // Out of descriptors: a listener that stays readable must not keep us turning.
        if (!std::exchange(complained_, true)) {
            observe::log(LogLevel::warning, Error{.code = accepted.error, .operation = "accept", .subject = "control socket"}.message());
        }
        if (std::exchange(listens_, false)) (void)loop_->poller().remove(listener_);
        return loop_->timers().schedule(listen_again_, loop_->now() + limits::retry_interval);
    }
}

void Desk::admit(os::UniqueFd socket) {
    if (const std::string objection = objection_to(socket.get()); !objection.empty()) {
        return turn_away(socket.get(), {.code = Code::refused, .error = objection});
    }
    const auto open = static_cast<std::size_t>(std::ranges::count_if(sessions_, [](const auto& session) { return !session->is_closed(); }));
    if (open >= limits().sessions_max) {
        return turn_away(socket.get(), {.code = Code::busy, .error = std::to_string(open) + " control connections are open, which is the limit"});
    }
    sessions_.reserve(sessions_.size() + 1);  // once the poller knows it, it must be kept
    auto session = std::make_unique<Session>(*this, std::move(socket), next_id_++);
    if (const auto begun = session->begin(); !begun) return observe::log(LogLevel::warning, "control socket: " + begun.error().message());
    sessions_.push_back(std::move(session));
}

Session* Desk::find(std::uint64_t id) noexcept {
    const auto found = std::ranges::find(sessions_, id, [](const auto& session) { return session->id(); });
    return found == sessions_.end() ? nullptr : found->get();
}

bool Desk::may_spend(Session& session) {
    FS_ASSERT(!session.is_closed());
    const Instant now = loop_->now();
    if (now - interval_began_ >= limits::budget_interval) {
        interval_began_ = now;
        spent_ = 0;
    }
    if (spent_ < limits::budget || leaving_) return true;
    paused_.push_back(session.id());
    if (!next_interval_.is_linked()) loop_->timers().schedule(next_interval_, interval_began_ + limits::budget_interval);
    return false;
}

void Desk::work_on() {
    try {
        again_.insert(again_.end(), paused_.begin(), paused_.end());
        paused_.clear();
    } catch (const std::bad_alloc&) {
        loop_->timers().schedule(next_interval_, loop_->now() + limits::budget_interval);
    }
}

bool Desk::call(std::uint64_t session, Request request) {
    FS_ASSERT(loop_->in_loop_thread());
    if (calls_.size() >= limits::calls_max) return false;
    calls_.push_back(std::make_unique<Call>(*this, session, std::move(request)));
    try {
        endpoint_.bring(*calls_.back());
    } catch (const std::bad_alloc&) {
        calls_.pop_back();  // nobody has seen it
        throw;
    }
    return true;
}

void Desk::answered(Call& call) {
    FS_ASSERT(loop_->in_loop_thread());
    const auto found = std::ranges::find(calls_, &call, [](const auto& owned) { return owned.get(); });
    FS_ASSERT(found != calls_.end());
    const std::unique_ptr<Call> owned = std::move(*found);
    calls_.erase(found);
    if (Session* session = find(call.session())) session->answered(call);
}

void Desk::leave(const std::string& reason, Backlog backlog) noexcept {
    try {
        reason_ = reason;
    } catch (const std::bad_alloc&) {
        reason_ = "leaving";  // so short that it takes no memory
    }
    backlog_ = backlog;
    inbox().post(leave_);
}

void Desk::begin_leaving() {
    FS_ASSERT(!leaving_ && !reason_.empty());
    leaving_ = true;
    if (backlog_ == Backlog::answer && accepts_) accept_waiting();
    drop_listener();
    loop_->timers().cancel(rest_);
    loop_->timers().schedule(give_up_, loop_->now() + limits().leave_patience);
    for (const auto& session : sessions_) session->say_farewell();
}

void Desk::give_up() {
    for (const auto& session : sessions_) session->abandon_call();
    end_now();
}

std::string Desk::farewell() const { return Answer().add("left", reason_).line(); }

}  // namespace filesrv::control
