// SPDX-License-Identifier: MIT
// Inspector: requests that make reactors look at their connections, so many at a time that serving does not notice.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "control/call.hpp"
#include "event/loop.hpp"
#include "serve/inspection.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {

/// One look at a time, and after each a rest nine times as long: whoever asks without a pause waits for themselves. All who
/// want a list while one is made get the next one together. Main loop only; must outlive the server.
class Inspector final : private event::Message, private event::Loop::TimerTask {
public:
    explicit Inspector(serve::Server& server) noexcept : server_(server) {}

    void list(control::Call& call);
    /// The argument has been looked at. Here and there: who wants to know when memory runs out is told so.
    void kick(control::Call& call, std::uint64_t id);
    /// Serving has ended: what is under way is not answered any more.
    void serving_ended() noexcept;

private:
    struct Wish {
        control::Call* call = nullptr;
        std::optional<std::uint64_t> kick;  ///< nothing: a list
    };

    void deliver() noexcept override;
    void on_time() noexcept override { begin_next(); }
    void want(const Wish& wish);
    void begin_next() noexcept;
    void begin_first();
    using Shared = std::shared_ptr<const serve::ConnectionList>;
    [[nodiscard]] Shared take_list() noexcept;
    void answer(const Wish& wish, const Shared& list) const noexcept;

    serve::Server& server_;
    std::deque<Wish> waiting_;
    std::vector<Wish> under_way_;  ///< lists, or one kick
    Instant began_{};
    bool ended_ = false;
    // Written in a reactor's thread before the message is posted, read when it is delivered.
    serve::ConnectionList list_;
    bool found_ = false;
};

}  // namespace filesrv::daemon
