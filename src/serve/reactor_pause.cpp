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
        std::unique_lock lock(pause_.mutex_);
        ++pause_.resting_;
        pause_.changed_.notify_all();
        pause_.changed_.wait(lock, [this] { return pause_.over_; });
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
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return resting_ == rests_.size(); });
}

ReactorPause::~ReactorPause() {
    std::unique_lock lock(mutex_);
    over_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return resting_ == 0; });
}

}  // namespace filesrv::serve
