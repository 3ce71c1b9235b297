// SPDX-License-Identifier: MIT
// Runs requests over HTTP, by libcurl's multi interface; keeps its connections between requests.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "os/fd.hpp"
#include "tools/filesrv-client/outcome.hpp"
#include "tools/filesrv-client/request.hpp"

namespace filesrv::client {

struct EngineSettings {
    std::string output_folder = ".";  ///< where downloads go; exists
    unsigned parallel = 1;            ///< requests under way at once, 1 … parallel_max
    unsigned retries = 3;
    Duration retry_time = std::chrono::seconds(5);       ///< all attempts after the first begin within this
    Duration connect_timeout = std::chrono::seconds(10);
    Duration stall_timeout = std::chrono::seconds(60);   ///< without a byte either way
    bool no_clobber = false;   ///< replace nothing, here or there
    bool verify = false;       ///< ask for digests of downloads and compare them
    bool send_digest = true;   ///< of uploads
};

inline constexpr unsigned parallel_max = 64;

/// How far a transfer is. Uploads count what was handed to the connection.
struct Progress {
    std::uint64_t done = 0;              ///< of the whole file: what an earlier download left counts
    std::optional<std::uint64_t> total;  ///< nothing: the server does not say
    std::uint64_t resumed_at = 0;
};

/// What the caller hears and says while requests run. All called in the thread of the run.
struct Hooks {
    std::function<void(const Request&, const Progress&)> progress;  ///< at each piece of a body: throttle there
    const std::atomic<bool>* cancel = nullptr;  ///< set by a signal handler; looked at every quarter second and after EINTR
    std::optional<Instant> deadline = {};       ///< of the run: what has not ended by then fails, without another attempt
};

class Engine {
public:
    /// Throws std::runtime_error when the folder for downloads cannot be opened or libcurl cannot start.
    explicit Engine(EngineSettings settings);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Runs one request to its end.
    [[nodiscard]] Outcome run(const Request& request, const Hooks& hooks = {});

    /// The next request, or nothing at the end; asked only when it can begin.
    using Source = std::function<std::optional<Request>()>;
    /// How one ended, in the order of ends. False: begin no more.
    using Sink = std::function<bool(const Request&, const Outcome&)>;
    /// Runs all that the source gives, `parallel` at a time. Requests that touch one local file wait for each other.
    void run_all(const Source& source, const Sink& sink, const Hooks& hooks = {});

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filesrv::client
