// SPDX-License-Identifier: MIT
// Messages that look at connections, a few in a turn, so that no request waits for them.
#include "serve/inspection.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "serve/limits.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {

/// One errand, in one reactor at a time.
class Errands::Errand : public event::Message {
public:
    explicit Errand(Errands& errands) noexcept : errands_(errands) {}

    [[nodiscard]] virtual Reactor& first() const noexcept = 0;
    void deliver() noexcept final {
        if (!errands_.abandoned_.load(std::memory_order_relaxed)) go_on();
    }

protected:
    virtual void go_on() noexcept = 0;
    [[nodiscard]] Server& server() const noexcept { return errands_.server_; }
    /// In the reactor's next turn.
    void go_on_in(Reactor& reactor) noexcept { reactor.inbox().post(*this); }
    /// The errand is gone afterwards.
    void end() noexcept { errands_.end(*this); }

private:
    Errands& errands_;
};

class Errands::List final : public Errand {
public:
    List(Errands& errands, std::size_t most, std::function<void(ConnectionList)> then)
        : Errand(errands), most_(most), then_(std::move(then)) {}

    [[nodiscard]] Reactor& first() const noexcept override { return server().reactor(0); }

private:
    void go_on() noexcept override {
        try {
            if (!look()) return go_on_in(server().reactor(reactor_));
        } catch (const std::bad_alloc&) {
            list_.truncated = true;  // it goes as far as memory did
        }
        then_(std::move(list_));
        end();
    }

    /// Whether that was all.
    bool look() {
        const auto next_slot = server().reactor(reactor_).describe(slot_, list_.connections);
        slot_ = next_slot.value_or(0);
        if (!next_slot) ++reactor_;
        // One more than wanted tells that there are more.
        list_.truncated = list_.connections.size() > most_;
        if (list_.truncated) list_.connections.resize(most_);
        return list_.truncated || reactor_ == server().reactor_count();
    }

    const std::size_t most_;
    const std::function<void(ConnectionList)> then_;
    ConnectionList list_;
    std::size_t reactor_ = 0;
    std::size_t slot_ = 0;
};

class Errands::Kick final : public Errand {
public:
    Kick(Errands& errands, std::uint64_t id, std::function<void(bool)> then)
        : Errand(errands), id_(id), then_(std::move(then)) {}

    [[nodiscard]] Reactor& first() const noexcept override { return server().reactor_of(id_); }

private:
    void go_on() noexcept override {
        bool found = false;
        const auto next_slot = first().kick(id_, slot_, found);
        if (!found && next_slot) {
            slot_ = *next_slot;
            return go_on_in(first());
        }
        then_(found);
        end();
    }

    const std::uint64_t id_;
    const std::function<void(bool)> then_;
    std::size_t slot_ = 0;
};

void Errands::begin(std::unique_ptr<Errand> errand) {
    Errand& begun = *errand;
    {
        const MutexLock lock(mutex_);
        under_way_.push_back(std::move(errand));
    }
    begun.first().inbox().post(begun);
}

void Errands::end(Errand& errand) noexcept {
    std::unique_ptr<event::Message> ended;  // destroyed without the lock: what `then` holds may be anything
    const MutexLock lock(mutex_);
    const auto found = std::ranges::find(under_way_, &errand, &std::unique_ptr<event::Message>::get);
    FS_ASSERT(found != under_way_.end());
    ended = std::move(*found);
    under_way_.erase(found);
}

void Errands::list(std::size_t most, std::function<void(ConnectionList)> then) {
    FS_ASSERT(most > 0 && then != nullptr);
    begin(std::make_unique<List>(*this, most, std::move(then)));
}

void Errands::kick(std::uint64_t id, std::function<void(bool)> then) {
    FS_ASSERT(then != nullptr);
    begin(std::make_unique<Kick>(*this, id, std::move(then)));
}

}  // namespace filesrv::serve
