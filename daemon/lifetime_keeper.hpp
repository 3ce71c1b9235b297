// SPDX-License-Identifier: MIT
// Keeps the lifetime counters: adds to their file what this process has done, now and then and when it leaves.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "observe/lifetime.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {

/// A listener of the pulse. Writes in a worker, at most every five seconds and only what has changed, so that no request
/// waits for it and an unused daemon sleeps. What cannot be written is told once and tried again later.
class LifetimeKeeper final : public serve::Job {
public:
    static constexpr Duration interval = std::chrono::seconds(5);

    /// An empty folder: nothing is kept. `client_waits`: the first answer of this process is a cold start.
    LifetimeKeeper(serve::Server& server, std::string folder, bool client_waits);
    LifetimeKeeper(const LifetimeKeeper&) = delete;
    LifetimeKeeper& operator=(const LifetimeKeeper&) = delete;

    /// Main loop only. True while something is left to be written.
    bool beat(Instant now);
    /// Writes the rest, here; serving has ended.
    void leave(const std::string& reason) noexcept;
    /// All that was kept over all starts, and what this process has done since it last wrote. Any thread that may wait for
    /// the disk.
    [[nodiscard]] observe::Lifetime so_far() const;
    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    /// From the start of the process to the first byte sent, if a client waited for it.
    [[nodiscard]] std::optional<Duration> cold_start() const;

private:
    void run(serve::Worker& worker) noexcept override;
    [[nodiscard]] observe::Lifetime not_yet_kept() const;
    void write(const observe::Lifetime& delta) noexcept;
    void try_to_write(const observe::Lifetime& delta);
    /// What a failure means to who has to mend it.
    [[nodiscard]] std::string why(const Error& error) const;

    serve::Server& server_;
    const std::string folder_;
    const bool client_waits_;
    Instant look_again_{};                // main loop only
    std::atomic<bool> writing_{false};    // who holds it owns what is below
    observe::Lifetime pending_;
    mutable std::mutex file_mutex_;       // so that so_far() sees the file and kept_ agree; held while the disk is waited for
    observe::Lifetime kept_;              // what this process has added to the file
    std::atomic<bool> failing_{false};
};

}  // namespace filesrv::daemon
