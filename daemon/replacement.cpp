// SPDX-License-Identifier: MIT
// Replacement (SIGUSR2): a successor takes the listeners over, and this process finishes what it has begun and leaves.
#include "daemon/replacement.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "event/loop.hpp"
#include "observe/log.hpp"
#include "os/channel.hpp"

namespace filesrv::daemon {
namespace {

/// What leaving takes beyond the drain, at most.
constexpr Duration drain_margin = std::chrono::seconds(5);

}  // namespace

void Replacement::refuse(const std::string& why, const std::function<void(const Result&)>& then) const {
    observe::log(LogLevel::warning, "replacement refused: " + why);
    if (then) then(std::unexpected(Failure{.tried = false, .why = why}));
}

void Replacement::begin(std::function<void(const Result&)> then) {
    if (state_ == State::done) return refuse("this process has been replaced already", then);
    if (state_ == State::under_way) return refuse("one is under way", then);
    if (parts_.predecessor.keeps_its_place()) return refuse("this process is not the main one yet", then);
    if (parts_.server.is_draining()) return refuse("this process is about to leave", then);
    if (parts_.predecessor.line() >= line_max) {
        return refuse(std::to_string(parts_.predecessor.line()) + " processes that were replaced still finish what they have begun", then);
    }
    if (!parts_.starter || !parts_.starter->is_there()) return refuse("there is no process that could start a successor", then);
    const auto ordered = order();  // what it cannot do for want of memory it has not begun
    then_ = std::move(then);
    if (!ordered) return fail(ordered.error().message());
    state_ = State::under_way;
    observe::log(LogLevel::info, "replacement: starting a successor");
}

filesrv::Result<void> Replacement::order() {
    auto ends = os::open_channel();
    if (!ends) return std::unexpected(ends.error());
    std::vector<os::Fd> fds;
    std::vector<std::string> names;
    std::vector<Origin> origins;
    const auto give = [&](const Listener& listener) {
        fds.push_back(listener.fd.get());
        names.push_back(listener.name);
        origins.push_back(origin_of(listener));
    };
    for (const Listener& listener : parts_.listeners) give(listener);
    if (parts_.control) give(*parts_.control);
    if (fds.size() > inherited_fds_max) return failure(E2BIG, "too many listeners");
    auto done = order_and_watch({.listeners = fds, .names = names, .origins = origins, .link = ends->second.get()});
    if (done) link_ = std::move(ends->first);
    return done;
}

/// Watched from the order to the answer only: an idle daemon has one descriptor less to poll.
filesrv::Result<void> Replacement::order_and_watch(const Starter::Order& order) {
    event::Poller& poller = parts_.server.main_loop().poller();
    const os::Fd channel = parts_.starter->channel();
    if (auto added = poller.add(channel, event::Interest::level_read, answer_); !added) return added;
    try {
        auto sent = parts_.starter->start(order);
        if (!sent) (void)poller.remove(channel);
        return sent;
    } catch (const std::bad_alloc&) {
        (void)poller.remove(channel);
        throw;
    }
}

void Replacement::Answer::on_ready(event::Readiness) noexcept { owner_.starter_answered(); }

void Replacement::starter_answered() noexcept {
    if (state_ != State::under_way || !parts_.starter->is_there()) return;  // given up in this very batch
    try {
        judge_answer();
    } catch (const std::bad_alloc&) {
        // Of a successor it would have been told, so there is none; only why is lost.
        stop_listening_to_starter();
        state_ = State::serving;
        link_.reset();
        observe::log(LogLevel::error, "replacement failed: out of memory");
        tell(std::unexpected(Failure{.tried = true, .why = {}}));
    }
}

void Replacement::judge_answer() {
    const auto answer = parts_.starter->receive();
    if (answer && !*answer) return;
    stop_listening_to_starter();
    const bool leaves = answer && successor_leaves();
    if (answer && !leaves) return hand_over(**answer);
    state_ = State::serving;
    link_.reset();
    if (leaves) parts_.starter->decline();
    fail(leaves ? "the new process ended, or was told to" : answer.error());
}

/// Before it is accepted a successor says nothing but that it has been told to end, or the same by its end.
bool Replacement::successor_leaves() const noexcept {
    std::array<char, link_says::bytes_max> room;
    return os::receive_words(link_.get(), room).has_value();
}

void Replacement::stop_listening_to_starter() noexcept {
    if (parts_.starter->is_there()) (void)parts_.server.main_loop().poller().remove(parts_.starter->channel());
}

void Replacement::fail(const std::string& why) {
    observe::log(LogLevel::error, "replacement failed, process " + std::to_string(os::own_process_id()) + " serves on: " + why);
    tell(std::unexpected(Failure{.tried = true, .why = why}));
}

void Replacement::tell(const Result& result) {
    if (const auto then = std::exchange(then_, nullptr)) then(result);
}

/// There is no way back, so nothing that it needs takes memory; what it says may be lost.
void Replacement::hand_over(os::ProcessId successor) noexcept {
    state_ = State::done;
    // The successor's own messages follow only after `main`, so the service manager reads ours first.
    parts_.notifier.hand_over(successor);
    (void)os::send_surely(link_.get(), link_says::you_are_main);
    line_changed();
    parts_.starter->accept();
    for (Listener& listener : parts_.listeners) listener.file.release();
    if (parts_.control) parts_.control->file.release();
    if (handed_over_) handed_over_();
    parts_.server.share_listeners(serve::ListenersSharedWith::successor);
    observe::log_made(LogLevel::info, [&] { return "replaced by process " + std::to_string(successor) + "; finishing what is in flight"; });
    parts_.server.drain(serve::DrainLimit::none);
    tell(successor);  // who asks how things are when they know it sees them so
    const auto added = parts_.server.main_loop().poller().add(link_.get(), event::Interest::level_read, wish_);
    watches_link_ = added.has_value();
    if (!added) observe::log_made(LogLevel::warning, [&] { return "successor: " + added.error().message(); });
}

void Replacement::line_changed() {
    if (state_ != State::done) return;  // whoever takes our place is told then
    const std::size_t with_us = parts_.predecessor.line() + 1;
    (void)os::send_message(link_.get(), std::string(link_says::line).append(std::to_string(with_us)));
}

void Replacement::Wish::on_ready(event::Readiness) noexcept { owner_.successor_said(); }

void Replacement::successor_said() noexcept {
    if (!watches_link_) return;
    std::array<char, link_says::bytes_max> room;
    const auto words = os::receive_words(link_.get(), room);
    if (!words && words.error().code == EAGAIN) return;
    if (words && *words == link_says::stop) return stop();
    if (!words || words->empty()) {
        // Nobody could tell us any more when to stop; and what we still hold is nobody's main business.
        (void)parts_.server.main_loop().poller().remove(link_.get());
        watches_link_ = false;
    }
    limit_drain();
}

void Replacement::limit_drain() {
    if (!parts_.server.drains_without_limit()) return;
    parts_.server.limit_drain();
    parts_.predecessor.tell(link_says::finish);
}

/// A replacement that is under way comes too late.
void Replacement::give_up() {
    if (state_ != State::under_way) return;
    refuse("this process was asked to stop", std::exchange(then_, nullptr));
    (void)parts_.server.main_loop().poller().remove(parts_.starter->channel());
    state_ = State::serving;
    parts_.starter.reset();
}

void Replacement::stop() {
    give_up();
    parts_.predecessor.tell(link_says::stop);
    parts_.server.stop();
}

void Replacement::stop_asked() {
    const bool again = parts_.server.is_draining() && !parts_.server.drains_without_limit();
    if (again) stop();
    else drain();
}

void Replacement::drain() {
    serve::Server& server = parts_.server;
    if (server.drains_without_limit()) return limit_drain();
    if (server.is_draining()) return;
    const bool never_main = parts_.predecessor.keeps_its_place();
    give_up();
    parts_.notifier.draining("finishing what is in flight", server.settings().drain_timeout.get() + drain_margin);
    parts_.predecessor.tell(link_says::finish);
    server.drain();
    if (never_main) parts_.predecessor.decline();
}

}  // namespace filesrv::daemon
