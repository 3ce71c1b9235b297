// SPDX-License-Identifier: MIT
// Predecessor: the process whose place this one takes, as long as it lives.
//
// One link joins the two, and a predecessor leaves only after its own has left: so the end of the link says that the whole
// line before us has gone. Until then we neither leave idle (the rest of the control group would be killed with us) nor
// sweep what uploads of theirs have staged.
//
// What the two share, the listeners and their files, is the predecessor's until it says `main`: until then it may have to
// go on alone, and whoever of us fails or is told to end leaves them as they are.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/handover.hpp"
#include "event/watch.hpp"
#include "os/fd.hpp"
#include "serve/server.hpp"
#include "serve/worker_pool.hpp"

namespace filesrv::daemon {

/// What goes over a link. From the predecessor: it is no longer the service's main process; so many processes of the line,
/// itself among them, still live. From the successor: finish, drain_timeout counts from now; stop at once.
namespace link_says {
inline constexpr std::string_view you_are_main = "main";
inline constexpr std::string_view line = "line ";  // and the number
inline constexpr std::string_view finish = "finish";
inline constexpr std::string_view stop = "stop";
inline constexpr std::size_t bytes_max = 64;            // longer than any of them
}  // namespace link_says

/// So many processes before this one may still be finishing what they have begun: a slow download holds each that is
/// replaced meanwhile, too.
inline constexpr std::size_t line_max = 64;

/// Nobody's successor until meet() has found a predecessor. Must outlive the server that watch() is given.
class Predecessor final : public event::Watch {
public:
    /// Looks for one in the environment, and unsets its variable. Before any thread. Throws StartupError (1).
    void meet();
    [[nodiscard]] bool exists() const noexcept { return link_.is_open(); }
    /// How many processes before this one still live.
    [[nodiscard]] std::size_t line() const noexcept { return line_; }
    /// Where each inherited listener comes from; empty when there is no predecessor.
    [[nodiscard]] std::span<const Origin> origins() const noexcept { return origins_; }

    /// Tells how the start went. Harmless without a predecessor.
    void report_ready();
    void report_failure(std::string_view sentence);

    struct Calls {
        std::function<void()> become_main;   ///< the service manager knows this process as the main one; takes no memory
        std::function<void()> line_changed;
    };
    /// Whether there is one that has not left its place to us; hears what it may have said a moment ago. Main loop only.
    [[nodiscard]] bool keeps_its_place() noexcept;
    /// We do not want its place any more: the end of our drain need not wait for its own. Main loop only.
    void decline() noexcept;
    /// Holds the server until the link ends, then sweeps and lets it go. After Server::start(), before its run().
    [[nodiscard]] Result<void> watch(serve::Server& server, Calls calls);
    /// Says it over the link, if there is one still. Main loop only.
    void tell(std::string_view words);

    void on_ready(event::Readiness ready) noexcept override;

private:
    class Sweep final : public serve::Job {
    public:
        explicit Sweep(Predecessor& owner) noexcept : owner_(owner) {}
        void run(serve::Worker& worker) noexcept override;

    private:
        Predecessor& owner_;
    };
    /// Its process has ended: its descriptors, and so the link, go a moment before that.
    class Ended final : public event::Watch {
    public:
        explicit Ended(Predecessor& owner) noexcept : owner_(owner) {}
        void on_ready(event::Readiness) noexcept override { owner_.is_gone(); }

    private:
        Predecessor& owner_;
    };
    void hear();
    void leave_place_to_us();
    void set_line(std::size_t line);
    void link_ended();
    void is_gone();

    std::vector<Origin> origins_;
    os::UniqueFd report_;
    os::UniqueFd link_;
    os::UniqueFd process_;  ///< the predecessor's, where the system has such a thing
    serve::Server* server_ = nullptr;
    Calls calls_;
    std::size_t line_ = 0;
    bool left_place_ = false;  // to us
    Sweep sweep_{*this};
    Ended ended_{*this};
};

}  // namespace filesrv::daemon
