// SPDX-License-Identifier: MIT
// A fixed set of slots: those that are free begin a conversation, those that are ready go on, all are looked
// at for silence. There are so few that each turn looks at every one.
#include "sender.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/assert.hpp"

namespace filesrv::mutate {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_wait = 100ms;
/// While the listener's queue is full.
constexpr Duration connect_pause = 1ms;

event::Poller make_poller() {
    auto poller = event::Poller::create();
    if (!poller) throw std::runtime_error(poller.error().message());
    return std::move(*poller);
}

}  // namespace

struct Sender::Slot final : event::Watch {
    std::optional<Exchange> exchange;
    bool ready = false;   // an event came
    bool paused = false;  // the next piece is due

    void on_ready(event::Readiness) noexcept override { ready = true; }
};

Sender::Sender(const Endpoint& endpoint, const SenderSettings& settings, const Clock& clock)
    : endpoint_(endpoint), settings_(settings), clock_(clock), poller_(make_poller()) {
    FS_ASSERT(settings.in_flight > 0);
    for (std::size_t i = 0; i < settings.in_flight; ++i) slots_.push_back(std::make_unique<Slot>());
}

Sender::~Sender() = default;

Result<void> Sender::run(std::uint64_t count, const Make& make, const Ended& ended) {
    FS_ASSERT(std::none_of(slots_.begin(), slots_.end(),
                           [](const auto& slot) { return slot->exchange.has_value(); }));
    begun_ = 0;
    stopped_ = false;
    last_connect_ = clock_.now();
    for (;;) {
        bool busy = false;
        for (const auto& slot : slots_) {
            if (!slot->exchange && begun_ < count && !stopped_ && !refused_) {
                if (auto began = begin(*slot, make); !began) return began;
            }
            if (slot->exchange) advance(*slot, ended);
            busy = busy || slot->exchange;
        }
        if (!busy && (begun_ == count || stopped_)) return {};
        wait_for_peers(begun_ < count && !stopped_);
    }
}

/// Fills the slot, or leaves it empty to be tried again.
Result<void> Sender::begin(Slot& slot, const Make& make) {
    FS_ASSERT(!slot.exchange);
    auto socket = connect_to(endpoint_);
    const Instant now = clock_.now();
    if (!socket) {
        ++connects_failed_;
        refused_ = true;
        // A full queue is no failure while others are being served from it.
        if (now - last_connect_ > settings_.patience) return std::unexpected(socket.error());
        return {};
    }
    last_connect_ = now;
    slot.exchange.emplace(std::move(*socket), begun_, make(begun_), now);
    slot.ready = true;
    slot.paused = false;
    ++begun_;
    return poller_.add(slot.exchange->socket(), event::Interest::edge_both, slot);
}

void Sender::wait_for_peers(bool more_to_begin) {
    Duration timeout = longest_wait;
    for (const auto& slot : slots_) {
        if (!slot->exchange && more_to_begin)
            timeout = std::min(timeout, refused_ ? connect_pause : Duration::zero());
        else if (slot->paused)
            timeout = Duration::zero();
    }
    refused_ = false;
    std::array<event::Event, 256> events;
    for (const event::Event& event : poller_.wait(timeout, events)) event.watch->on_ready(event.ready);
}

void Sender::advance(Slot& slot, const Ended& ended) {
    FS_ASSERT(slot.exchange);
    const Instant now = clock_.now();
    Wait wait = Wait::peer;
    if (std::exchange(slot.ready, false) || std::exchange(slot.paused, false))
        wait = slot.exchange->advance(now);
    slot.paused = wait == Wait::pause;
    if (wait == Wait::peer && now - slot.exchange->last_activity() > settings_.patience) {
        slot.exchange->give_up();
        wait = Wait::over;
    }
    if (wait != Wait::over) return;
    FS_ASSERT(!slot.paused);
    if (!ended(*slot.exchange)) stopped_ = true;
    slot.exchange.reset();  // closes, and so leaves the poller
}

}  // namespace filesrv::mutate
