// SPDX-License-Identifier: MIT
// Keeps several conversations in flight, in one thread, and hands each one over when it has ended.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "endpoint.hpp"
#include "event/poller.hpp"
#include "exchange.hpp"

namespace filesrv::mutate {

struct SenderSettings {
    std::size_t in_flight = 32;
    Duration patience = std::chrono::seconds(10);  ///< after this silence a conversation counts as hung
};

/// One thread.
class Sender {
public:
    using Make = std::function<std::string(std::uint64_t number)>;
    /// False stops: nothing new is begun.
    using Ended = std::function<bool(const Exchange& exchange)>;

    /// Throws std::runtime_error when the system gives no poller.
    Sender(const Endpoint& endpoint, const SenderSettings& settings, const Clock& clock);
    ~Sender();

    /// Has conversations 0 … count − 1. Fails when nobody could be connected to for as long as the patience.
    [[nodiscard]] Result<void> run(std::uint64_t count, const Make& make, const Ended& ended);

    /// Connects that failed and were tried again.
    [[nodiscard]] std::uint64_t connects_failed() const noexcept { return connects_failed_; }

private:
    struct Slot;

    [[nodiscard]] Result<void> begin(Slot& slot, const Make& make);
    void wait_for_peers(bool more_to_begin);
    void advance(Slot& slot, const Ended& ended);

    Endpoint endpoint_;
    SenderSettings settings_;
    const Clock& clock_;
    event::Poller poller_;
    std::vector<std::unique_ptr<Slot>> slots_;
    std::uint64_t begun_ = 0;
    std::uint64_t connects_failed_ = 0;
    Instant last_connect_{};
    bool refused_ = false;  // the last connect failed
    bool stopped_ = false;
};

}  // namespace filesrv::mutate
