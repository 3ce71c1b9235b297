// SPDX-License-Identifier: MIT
// Keeping time: who is looked at when, what a look decides, and the drain.
//
// A connection is filed with a wheel under its last look, and nothing that happens to it moves it there: the look reads
// what it is doing and when it was last active, and closes it or files it again. Idle connections are filed by T(n).
// All others come up at latest after check_interval(), the shortest time after which any of them could be due.
#include <algorithm>
#include <string>

#include "base/assert.hpp"
#include "observe/log.hpp"
#include "os/wait_readable.hpp"
#include "serve/lease.hpp"
#include "serve/limits.hpp"
#include "serve/reactor.hpp"
#include "serve/reactor_parts.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {
namespace {

/// `15.004 s`
std::string seconds_text(Duration duration) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    const std::string thousandths = std::to_string(1000 + ms % 1000);
    return std::to_string(ms / 1000).append(".").append(thousandths, 1).append(" s");
}

void log_timeout(const Connection& connection, Instant now, Duration timeout, Duration late) {
    if (!observe::log_enabled(LogLevel::debug)) return;
    const Duration silence = now - connection.last_activity();
    std::string line("idle timeout: connection ");
    line.append(std::to_string(connection.id())).append(", ").append(name(connection.phase()));
    line.append(", silent for ").append(seconds_text(silence)).append(", T ").append(seconds_text(timeout));
    line.append(", late ").append(seconds_text(late));
    observe::log(LogLevel::debug, line);
}

}  // namespace

/// A transfer that ends now may be due again after timeout-min at the earliest.
Duration Reactor::check_interval() const noexcept {
    return std::max<Duration>(std::min<Duration>(server_.settings().timeout_min, server_.settings().stall_timeout),
                              event::tick_length);
}

void Reactor::file(Connection& connection, Instant activity) {
    // With a stall timeout below T an idle connection may turn into a transfer that is due before T: look more often.
    if (server_.settings().stall_timeout.get() >= server_.settings().timeout_max.get()) idle_wheel_.file(connection, activity);
    else transfer_wheel_.schedule(connection, std::min(activity + server_.timeout(), loop_->now() + limits::short_look));
}

void Reactor::file_for_phase(Connection& connection) {
    const Instant now = loop_->now();
    switch (connection.phase()) {
        case Phase::idle:
        case Phase::reading_head: return file(connection, connection.last_activity());
        case Phase::writing:
        case Phase::reading_body: {
            const Instant due = connection.last_activity() + server_.settings().stall_timeout.get();
            return transfer_wheel_.schedule(connection, std::min(due, now + check_interval()));
        }
        case Phase::lingering: {
            const Instant due = std::min(connection.last_activity() + limits::linger_silence,
                                         connection.linger_began() + limits::linger_total);
            return transfer_wheel_.schedule(connection, due);
        }
        case Phase::answering: return transfer_wheel_.schedule(connection, now + check_interval());
        case Phase::closed: return;
    }
}

void Reactor::expire() {
    const auto look = [this](event::Timer& timer) { look_at(static_cast<Connection&>(timer)); };
    idle_wheel_.advance(loop_->now(), [this] { return server_.timeout(); }, look);
    transfer_wheel_.advance(loop_->now(), look);
}

void Reactor::look_at(Connection& connection) {
    if (!connection.lease_word().try_take()) {  // a worker has it, or it is closed: not idle, in any case
        return transfer_wheel_.schedule(connection, loop_->now() + check_interval());
    }
    Lease lease(connection, state_);
    const Step step = judge(connection);
    if (step == Step::wait) file_for_phase(connection);
    else if (step != Step::closed) transfer_wheel_.schedule(connection, loop_->now() + check_interval());
    connection.settle_step(step, state_, lease);
}

/// Whether the connection's time is up; if so, ends it.
Step Reactor::judge(Connection& connection) {
    const Instant now = loop_->now();
    const Duration silence = now - connection.last_activity();
    const Duration stall_timeout = server_.settings().stall_timeout;
    switch (connection.phase()) {
        case Phase::idle:
        case Phase::reading_head: break;
        case Phase::writing:
        case Phase::reading_body:
            if (silence < stall_timeout) return Step::wait;
            log_timeout(connection, now, stall_timeout, silence - stall_timeout);
            return connection.give_up(state_);
        case Phase::lingering:
            if (silence < limits::linger_silence && now - connection.linger_began() < limits::linger_total) return Step::wait;
            return connection.close_now(state_);
        case Phase::answering:
        case Phase::closed: FS_UNREACHABLE("answering and closed connections are leased");
    }
    const Duration timeout = server_.timeout();
    if (silence < timeout) return Step::wait;
    // Bytes may have come of which no event has told yet: they are in time.
    if (const Step step = connection.look_again(state_); step != Step::wait) return step;
    if (now - connection.last_activity() < timeout) return Step::wait;
    if (connection.phase() != Phase::idle && connection.phase() != Phase::reading_head) return Step::wait;
    // Who waited longer than T when a newcomer made it shorter became due with that newcomer, not before.
    log_timeout(connection, now, timeout, std::min(silence - timeout, now - last_admission_));
    if (connection.phase() == Phase::reading_head) return connection.time_out_head(state_);
    return connection.finish_politely(state_);
}

/// T and the intervals of looking may have become shorter than what connections were filed under.
void Reactor::retune() {
    FS_ASSERT(loop_->in_loop_thread());
    last_admission_ = loop_->now();
    slots_.for_each([this](Connection& connection) {
        if (!connection.lease_word().try_take()) {  // a worker has it, or it is closed, and recycling takes it out again
            return transfer_wheel_.schedule(connection, loop_->now() + check_interval());
        }
        if (!connection.is_open()) return connection.lease_word().reset();
        const Lease lease(connection, state_);
        file_for_phase(connection);
    });
}

void Reactor::begin_drain() {
    FS_ASSERT(loop_->in_loop_thread());
    if (draining_) return;
    draining_ = true;
    loop_->timers().cancel(*backoff_);
    // Who is in the queue of a listener of ours would be reset when it goes; an inherited one keeps its queue. Of one that
    // another process of ours polls, too, the kernel may have woken only us for what is in the queue (EPOLLEXCLUSIVE).
    for (const auto& listener : listeners_) {
        if (listener->is_inherited() && !server_.shares_listeners()) continue;
        for (int batch = 0; batch < limits::drain_accept_batches && accepting_; ++batch) {
            accept_from(listener->socket(), limits::accepts_per_turn);
        }
    }
    set_accepting(false);
    server_.reactor_stopped_accepting();
    drain_pass();
}

/// Ends what is idle, and comes back soon for what is not. Done when no connection is left.
void Reactor::drain_pass() {
    slots_.for_each([this](Connection& connection) {
        if (!connection.lease_word().try_take()) return;
        if (!connection.is_open()) return connection.lease_word().reset();
        Lease lease(connection, state_);
        connection.settle_step(judge_drain(connection), state_, lease);
    });
    recycle_closed();
    push_handed_over();
    if (slots_.in_use() == 0) return server_.reactor_drained(*this);
    loop_->timers().schedule(*drain_tick_, loop_->now() + limits::drain_interval);
}

/// A kept connection may still send one request if it was busy a moment ago. One that has been silent is looked at
/// once more for bytes; then it gets our FIN, and whatever comes after that was never executed.
Step Reactor::judge_drain(Connection& connection) {
    const Instant now = loop_->now();
    if (connection.phase() == Phase::lingering) {
        const bool over = now - connection.linger_began() >= limits::drain_grace;
        return over ? connection.close_now(state_) : Step::wait;
    }
    if (connection.phase() != Phase::idle || now - connection.last_activity() < limits::drain_grace) return Step::wait;
    if (const Step step = connection.look_again(state_); step != Step::wait) return step;
    return connection.phase() == Phase::idle ? connection.finish_politely(state_) : Step::wait;
}

bool Reactor::has_live_connection(bool heads_count) {
    recycle_closed();
    std::vector<os::Fd> idle;
    bool live = has_ready();
    slots_.for_each([&](Connection& connection) {
        if (live) return;
        if (!connection.lease_word().try_take()) live = true;  // a worker has it
        else if (!connection.is_open()) connection.lease_word().reset();
        else {
            const Lease lease(connection, state_);
            const bool fresh = loop_->now() - connection.last_activity() < limits::newcomer_grace;
            if (connection.phase() == Phase::idle && !(fresh && heads_count)) idle.push_back(connection.socket());
            else if (connection.phase() == Phase::reading_head) live = heads_count;
            else live = connection.phase() != Phase::lingering;
        }
    });
    return live || os::any_readable(idle);
}

}  // namespace filesrv::serve
