// SPDX-License-Identifier: MIT
// A look at what a reactor does from turn to turn, from within.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstddef>
#include <deque>
#include <filesystem>
#include <future>
#include <utility>

#include "event/loop.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"
#include "store/store.hpp"

namespace filesrv::test {

/// Whether a reactor can serve the file by itself. On some file systems (an overlay, say) it cannot know that it need not
/// wait for a disk, preadv2(2), and leaves it to workers.
inline bool reactor_serves(const std::filesystem::path& file) {
    const auto fd = os::UniqueFd::adopt(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(fd.is_open());
    return store::in_page_cache(fd.get(), 0, 1);
}

/// Holds the reactor up in one turn, and notes what has been sent before the next one works and after each that follows.
class Watcher final : public event::Message {
public:
    explicit Watcher(serve::Server& server) : server_(server) { server.reactor(0).inbox().post(*this); }
    void wait_until_held() { held_.get_future().wait(); }
    void release() { released_.set_value(); }
    void wait_for_the_end() { over_.get_future().wait(); }
    [[nodiscard]] serve::Totals after_turns(std::size_t turns) const { return seen_.at(turns); }

    void deliver() noexcept override {
        if (!std::exchange(is_held_, true)) {
            held_.set_value();
            released_.get_future().wait();
        } else {
            seen_.push_back(server_.counters().sum());
        }
        if (seen_.size() <= turns_watched) server_.reactor(0).inbox().post(*this);
        else over_.set_value();
    }

    static constexpr std::size_t turns_watched = 400;

private:
    serve::Server& server_;
    bool is_held_ = false;
    std::deque<serve::Totals> seen_;
    std::promise<void> held_, released_, over_;
};

}  // namespace filesrv::test
