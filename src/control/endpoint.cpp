// SPDX-License-Identifier: MIT
// Endpoint: the control socket as the main loop sees it.
#include "control/endpoint.hpp"

#include <cerrno>
#include <new>
#include <utility>

#include "base/assert.hpp"
#include "observe/log.hpp"

namespace filesrv::control {

Endpoint::~Endpoint() { FS_ASSERT(desk_ == nullptr); }  // leave() came first

Result<void> Endpoint::begin(event::Loop& loop, os::Fd listener, Handler& handler) {
    FS_ASSERT(loop_ == nullptr && listener.is_open());
    if (auto added = loop.poller().add(listener, event::Interest::level_read, *this); !added) return added;
    loop_ = &loop;
    handler_ = &handler;
    listener_ = listener;
    watches_ = accepts_ = true;
    return {};
}

void Endpoint::watch_listener() {
    FS_ASSERT(loop_ != nullptr);
    if (!accepts_ || watches_) return;
    watches_ = loop_->poller().add(listener_, event::Interest::level_read, *this).has_value();
    if (!watches_) loop_->timers().schedule(retry_, loop_->now() + limits::retry_interval);
}

void Endpoint::ignore_listener() {
    FS_ASSERT(loop_ != nullptr && loop_->in_loop_thread());
    loop_->timers().cancel(retry_);
    if (std::exchange(watches_, false)) (void)loop_->poller().remove(listener_);
}

void Endpoint::on_ready(event::Readiness) noexcept {
    if (!watches_) return;
    ignore_listener();
    const auto begun = begin_desk();
    if (begun) {
        complained_ = false;
        return;
    }
    loop_->timers().schedule(retry_, loop_->now() + limits::retry_interval);
    if (!std::exchange(complained_, true)) complain(begun.error());
}

void Endpoint::complain(const Error& error) noexcept {
    try {
        observe::log(LogLevel::warning, "control socket: nobody can be answered now: " + error.message());
    } catch (const std::bad_alloc&) {
        complained_ = false;  // the next time
    }
}

Result<void> Endpoint::begin_desk() noexcept {
    FS_ASSERT(desk_ == nullptr && !thread_);
    try {
        auto desk = Desk::create(*this, listener_);
        if (!desk) return std::unexpected(desk.error());
        desk_ = std::move(*desk);
    } catch (const std::bad_alloc&) {
        return failure(ENOMEM, "begin");
    }
    auto thread = os::start_thread(run_desk, this);
    if (thread) {
        thread_ = *thread;
        return {};
    }
    desk_.reset();
    return std::unexpected(thread.error());
}

void* Endpoint::run_desk(void* endpoint) {
    auto& self = *static_cast<Endpoint*>(endpoint);
    self.desk_->run();
    self.desk_has_ended();
    return nullptr;
}

void Endpoint::desk_has_ended() {
    const MutexLock lock(mutex_);
    FS_ASSERT(!desk_ended_);
    desk_ended_ = true;
    tell_main_loop();
}

void Endpoint::bring(Call& call) {
    FS_ASSERT(desk_ != nullptr);
    const MutexLock lock(mutex_);
    waiting_.push_back(&call);
    tell_main_loop();
}

/// By its inbox while it turns, else whoever waits in leave().
void Endpoint::tell_main_loop() {
    changed_.notify_all();
    if (main_loop_ended_ || std::exchange(told_, true)) return;
    loop_->inbox().post(*this);
}

void Endpoint::deliver() noexcept {
    MutexLock lock(mutex_);
    told_ = false;
    if (main_loop_ended_) return;  // the loop is being taken apart
    const std::vector<Call*> calls = std::exchange(waiting_, {});
    const bool ended = std::exchange(desk_ended_, false);
    lock.unlock();
    for (Call* call : calls) handle(*call);
    if (!ended) return;
    end_desk();
    watch_listener();
}

/// Every call gets an answer, or the control thread would wait for it for ever.
void Endpoint::handle(Call& call) noexcept {
    try {
        handler_->handle(call);
    } catch (const std::bad_alloc&) {
        call.fail();
    }
}

void Endpoint::end_desk() {
    FS_ASSERT(thread_.has_value());
    os::join(*std::exchange(thread_, std::nullopt));
    desk_.reset();
}

void Endpoint::stop_accepting() {
    FS_ASSERT(!accepts_ || loop_->in_loop_thread());
    if (!std::exchange(accepts_, false)) return;
    ignore_listener();
    if (desk_ != nullptr) desk_->stop_accepting();
}

void Endpoint::leave(const std::string& reason, Backlog backlog) {
    if (loop_ == nullptr) return;
    loop_->timers().cancel(retry_);
    MutexLock lock(mutex_);
    if (std::exchange(main_loop_ended_, true)) return;
    if (desk_ == nullptr) return;
    desk_->leave(reason, backlog);
    while (!desk_ended_ || !waiting_.empty()) {
        while (!desk_ended_ && waiting_.empty()) lock.wait(changed_);
        const std::vector<Call*> calls = std::exchange(waiting_, {});
        lock.unlock();
        for (Call* call : calls) handle(*call);
        lock.lock();
    }
    lock.unlock();
    end_desk();
}

}  // namespace filesrv::control
