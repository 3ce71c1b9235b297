// SPDX-License-Identifier: MIT
// Pulse: a beat once a second while something happens, and none while nothing does.
#pragma once

#include <functional>
#include <vector>

#include "event/loop.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {

/// A timer of the main loop for all who keep figures fresh. While it rests, the end of a reactor's turn wakes it: a daemon
/// that nobody uses sleeps undisturbed.
class Pulse final : public event::Loop::TimerTask {
public:
    /// True: beat again though nothing happens, for something is left to be done.
    using Listener = std::function<bool(Instant now)>;
    static constexpr Duration interval = std::chrono::seconds(1);

    /// Beats a second after its making for the first time. Make it before the server runs.
    explicit Pulse(serve::Server& server);
    ~Pulse();
    Pulse(const Pulse&) = delete;
    Pulse& operator=(const Pulse&) = delete;

    void add(Listener listener) { listeners_.push_back(std::move(listener)); }
    void on_time() noexcept override;

private:
    /// What changes whenever anything does.
    struct Figures {
        std::uint64_t begun = 0;
        std::uint64_t ended = 0;
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
        std::size_t connections = 0;
        bool draining = false;

        bool operator==(const Figures&) const noexcept = default;
    };

    [[nodiscard]] Figures look() const;
    [[nodiscard]] static bool beat(const Listener& listener, Instant now) noexcept;
    void something_happened();

    serve::Server& server_;
    std::vector<Listener> listeners_;
    Figures seen_;
    Instant beaten_{};
};

}  // namespace filesrv::daemon
