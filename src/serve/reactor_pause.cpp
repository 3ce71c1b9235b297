// SPDX-License-Identifier: MIT
// A rest for all reactors but the caller's.
#include "serve/reactor_pause.hpp"

#include "base/assert.hpp"
#include "event/inbox.hpp"
#include "serve/reactor.hpp"

namespace filesrv::serve {

class ReactorPause::Rest final : public event::Message {
public:
    explicit Rest(ReactorPause& pause) noexcept : pause_(pause) {}

    void deliver() noexcept override {
        MutexLock lock(pause_.mutex_);
        ++pause_.resting_;
        pause_.changed_.notify_all();
        while (!pause_.over_) lock.wait(pause_.changed_);
        --pause_.resting_;
        pause_.changed_.notify_all();  // under the lock: the pause may go as soon as it is released
    }

private:
    ReactorPause& pause_;
};

ReactorPause::ReactorPause(std::span<const std::unique_ptr<Reactor>> reactors) {
    FS_ASSERT(!reactors.empty());
    const auto others = reactors.subspan(1);
    rests_.reserve(others.size());
    while (rests_.size() < others.size()) rests_.push_back(std::make_unique<Rest>(*this));
    for (std::size_t i = 0; i < others.size(); ++i) others[i]->inbox().post(*rests_[i]);  // what may fail is done
    wait_for_all();
}

ReactorPause::~ReactorPause() { end(); }

void ReactorPause::wait_for_all() {
    MutexLock lock(mutex_);
    while (resting_ < rests_.size()) lock.wait(changed_);
}

void ReactorPause::end() {
    MutexLock lock(mutex_);
    over_ = true;
    changed_.notify_all();
    while (resting_ > 0) lock.wait(changed_);
}

}  // namespace filesrv::serve
