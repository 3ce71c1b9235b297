// SPDX-License-Identifier: MIT
// Inspector: one look at the reactors' connections at a time.
#include "daemon/inspector.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "os/clock.hpp"

namespace filesrv::daemon {
namespace {

using control::Answer;

constexpr std::size_t connections_max = 20'000;
/// Below what a client takes, with room for the rest of the answer.
constexpr std::size_t list_bytes_max = 15 * 1024 * 1024;
/// A rest in proportion to the look: no more than a tenth of the time goes into looking.
constexpr int rest_factor = 9;
/// A shorter one is none: what a second's requests may cost together keeps such looks to a tenth of the time, too.
constexpr Duration rest_min = std::chrono::milliseconds(1);
constexpr Duration rest_max = std::chrono::seconds(1);

/// Targets of requests may be long: the list is halved until its text fits.
std::string connections_line(const serve::ConnectionList& list) {
    std::span<const observe::ConnectionFacts> shown = list.connections;
    std::string text = observe::to_json(shown);
    while (text.size() > list_bytes_max) {
        FS_ASSERT(shown.size() > 1);
        shown = shown.first(shown.size() / 2);
        text = observe::to_json(shown);
    }
    const bool truncated = list.truncated || shown.size() < list.connections.size();
    return Answer().add_json("connections", text).add_json("truncated", truncated ? "true" : "false").line();
}

}  // namespace

void Inspector::list(control::Call& call) { want({.call = &call, .kick = std::nullopt}); }

void Inspector::kick(control::Call& call, std::uint64_t id) { want({.call = &call, .kick = id}); }

void Inspector::want(const Wish& wish) {
    FS_ASSERT(!ended_ && wish.call != nullptr && server_.main_loop().in_loop_thread());
    waiting_.push_back(wish);  // bounded by the calls that there may be
    if (under_way_.empty() && !is_linked()) begin_next();
}

/// A call whose wish is neither waiting nor under way has been answered, even if only with a failure.
void Inspector::begin_next() noexcept {
    FS_ASSERT(under_way_.empty());
    try {
        if (!waiting_.empty()) begin_first();
    } catch (const std::bad_alloc&) {
        for (const Wish& wish : std::exchange(under_way_, {})) wish.call->fail();
        while (!waiting_.empty()) {
            waiting_.front().call->fail();
            waiting_.pop_front();
        }
    }
}

void Inspector::begin_first() {
    began_ = os::monotonic_now();
    under_way_.reserve(waiting_.size());  // nobody is lost, or there twice, on the way from one to the other
    if (const auto id = waiting_.front().kick) {
        under_way_.push_back(waiting_.front());
        waiting_.pop_front();
        return server_.kick(*id, [this](bool found) {
            found_ = found;
            server_.main_loop().inbox().post(*this);
        });
    }
    std::ranges::copy_if(waiting_, std::back_inserter(under_way_), [](const Wish& wish) { return !wish.kick; });
    std::erase_if(waiting_, [](const Wish& wish) { return !wish.kick; });
    server_.list_connections(connections_max, [this](serve::ConnectionList list) {
        list_ = std::move(list);
        server_.main_loop().inbox().post(*this);
    });
}

void Inspector::serving_ended() noexcept {
    ended_ = true;
    server_.main_loop().timers().cancel(*this);
}

void Inspector::deliver() noexcept {
    if (ended_) return;  // the calls are gone
    FS_ASSERT(!under_way_.empty());
    const Shared list = take_list();
    for (const Wish& wish : std::exchange(under_way_, {})) answer(wish, list);
    const Instant now = os::monotonic_now();
    const Duration rest = std::min(rest_factor * (now - began_), rest_max);
    if (rest >= rest_min) server_.main_loop().timers().schedule(*this, now + rest);
    else begin_next();
}

/// One for all who asked. Null: there is no memory for it.
Inspector::Shared Inspector::take_list() noexcept {
    try {
        return std::make_shared<const serve::ConnectionList>(std::exchange(list_, {}));
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void Inspector::answer(const Wish& wish, const Shared& list) const noexcept {
    if (!wish.kick && list == nullptr) return wish.call->fail();
    try {
        if (!wish.kick) wish.call->answer([list] { return connections_line(*list); });
        else if (found_) wish.call->answer(Answer().add("id", *wish.kick));
        else wish.call->refuse(control::Code::not_found, "there is no connection " + std::to_string(*wish.kick));
    } catch (const std::bad_alloc&) {
        wish.call->fail();
    }
}

}  // namespace filesrv::daemon
