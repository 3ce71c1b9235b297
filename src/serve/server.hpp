// SPDX-License-Identifier: MIT
// The server: what all reactors and workers share, and how it starts, drains, and leaves.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/request.hpp"
#include "http/response_head.hpp"
#include "observe/rates.hpp"
#include "serve/access_log.hpp"
#include "serve/activity.hpp"
#include "serve/address_limit.hpp"
#include "serve/counters.hpp"
#include "serve/errno_status.hpp"
#include "serve/seats.hpp"
#include "serve/settings.hpp"
#include "serve/tidying.hpp"
#include "serve/transfers.hpp"
#include "serve/worker_pool.hpp"
#include "store/store.hpp"

namespace filesrv::event {
class Loop;
}
namespace filesrv::observe {
struct Snapshot;
}

namespace filesrv::serve {

class Errands;
class IdleExit;
class Reactor;
struct ConnectionList;

/// A listener as the server borrows it.
struct ListenSocket {
    os::Fd fd;
    bool inherited = false;  ///< a service manager keeps it: its queue outlives us, and it must not be shut down
};

/// Why serving ended.
enum class Leaving : std::uint8_t { idle, drained, drain_timeout, stopped };

/// How long a drain may take: drain_timeout, or for ever, until limit_drain().
enum class DrainLimit : std::uint8_t { drain_timeout, none };

/// Who else serves on the listeners: nobody, a predecessor that may yet go on alone, or a successor.
enum class ListenersSharedWith : std::uint8_t { nobody, predecessor, successor };

class Server {
public:
    /// Takes over everything but the listeners, which the caller keeps open until run() has returned.
    Server(Settings settings, std::unique_ptr<store::Store> store, AccessLog access_log);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    // The main thread.
    /// Begins the workers and makes the reactors. Nothing is accepted before run().
    [[nodiscard]] Result<void> start(std::span<const ListenSocket> listeners);
    /// Serves in this thread (and in one more for each further reactor) until it is time to leave. `before_leaving` is
    /// called once, when it is certain. After an idle exit or a whole drain every connection is closed, and no worker lives.
    /// Fails when a further reactor's thread cannot be made.
    [[nodiscard]] Result<Leaving> run(const std::function<void(Leaving)>& before_leaving);
    /// The first reactor's loop: for signals and timers of the caller's.
    [[nodiscard]] event::Loop& main_loop() noexcept;
    /// Stop accepting, finish what is in flight. Main loop only.
    void drain(DrainLimit limit = DrainLimit::drain_timeout);
    /// A drain without a limit lasts at most drain_timeout from now on. Harmless for any other. Main loop only.
    void limit_drain();
    [[nodiscard]] bool drains_without_limit() const noexcept { return unlimited_drain_; }
    /// While held, neither the idle exit nor the end of a drain ends serving. Before run(), and main loop only.
    void hold() noexcept { held_.store(true, std::memory_order_relaxed); }
    void let_go();
    [[nodiscard]] bool is_held() const noexcept { return held_.load(std::memory_order_relaxed); }
    /// Another process serves on these listeners, too: whoever leaves here leaves them as they are. Main loop only.
    void share_listeners(ListenersSharedWith whom) noexcept { listeners_shared_with_.store(whom); }
    [[nodiscard]] bool shares_listeners() const noexcept { return listeners_shared_with_.load() != ListenersSharedWith::nobody; }
    [[nodiscard]] bool has_successor() const noexcept { return listeners_shared_with_.load() == ListenersSharedWith::successor; }
    /// A predecessor has left them to us. When we are about to leave already, they refuse from now on. Main loop only.
    void own_listeners() noexcept;
    /// Leave now. Main loop only.
    void stop();
    /// A reload: what is Tunable, and the access log's target, which is opened anew in any case (somebody may have renamed
    /// the file). Fails when that cannot be opened: then the old one stays, and all else has changed.
    [[nodiscard]] Result<void> tune(const Settings& fresh);
    /// When it will leave if nobody asks for anything; nothing when never, or while requests are in flight. Main loop only.
    [[nodiscard]] std::optional<Instant> idle_exit_due() const noexcept;
    /// Whether every reactor has turned since the last call, which asks them anew. Main loop only.
    [[nodiscard]] bool reactors_turn() noexcept;
    /// Who wants to know that something may have happened.
    [[nodiscard]] Activity& activity() noexcept { return activity_; }
    /// At the end of each turn of a reactor, in its thread.
    void turned(Reactor& reactor) noexcept;
    /// When a reactor shall end a turn at the latest, for the idle exit's sake. In its thread.
    [[nodiscard]] std::optional<Instant> next_idle_look(const Reactor& reactor) const noexcept;

    // Any thread.
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    [[nodiscard]] store::Store& store() noexcept { return *store_; }
    [[nodiscard]] WorkerPool& pool() noexcept { return pool_; }
    [[nodiscard]] Tidying& tidying() noexcept { return tidying_; }
    /// Who hashes a large file for a wish takes one of these: fewer than there are cores.
    [[nodiscard]] Seats& hashing_seats() noexcept { return hashing_seats_; }
    /// Each file that waits for the end of its form has one of these.
    [[nodiscard]] Seats& held_files() noexcept { return held_files_; }
    /// A listing under way that may hold many names at a time has one of these; without, it takes more time instead.
    [[nodiscard]] Seats& long_windows() noexcept { return long_windows_; }
    [[nodiscard]] Transfers& transfers() noexcept { return transfers_; }
    [[nodiscard]] CounterRegistry& counters() noexcept { return counters_; }
    [[nodiscard]] const http::EntityFieldPolicy& entity_policy() const noexcept { return entity_policy_; }
    /// The Server line, or nothing.
    [[nodiscard]] std::string_view server_field() const noexcept { return server_field_; }
    [[nodiscard]] http::MethodOffer offer() const noexcept;
    [[nodiscard]] std::string_view allowed_methods() const noexcept;

    /// Host, same-site and method rules; nothing when the request may be served.
    [[nodiscard]] std::optional<http::Reject> check(const http::Request& request, const os::PeerAddress& peer) const noexcept;

    /// n: connections from accept until our close or FIN.
    [[nodiscard]] std::size_t open_connections() const noexcept { return open_.load(std::memory_order_relaxed); }
    [[nodiscard]] Duration timeout() const noexcept { return settings_.timeout().at(open_connections()); }
    /// What an answer that could keep its connection says: Keep-Alive with T(n), or close. `more_came`: a further request
    /// is here, or begins; the idle exit will not come before it is answered, and the close must not either.
    [[nodiscard]] http::ConnectionFields connection_fields(bool more_came) const noexcept;
    /// Work that is not a request of a connection's (somebody asks how things are): while there is some, no idle exit, but
    /// its clock runs on.
    void other_work_began() noexcept { other_work_.fetch_add(1, std::memory_order_relaxed); }
    void other_work_ended() noexcept {
        const std::size_t before = other_work_.fetch_sub(1, std::memory_order_relaxed);
        FS_ASSERT(before > 0);
    }
    [[nodiscard]] bool has_other_work() const noexcept { return other_work_.load(std::memory_order_relaxed) > 0; }
    /// Whether what is accepted may be paced (os/pacing.hpp), as those on this machine need not be.
    [[nodiscard]] bool is_paced() const noexcept { return paced_; }
    [[nodiscard]] bool is_draining() const noexcept { return draining_.load(std::memory_order_relaxed); }

    /// Counts in one that lingers. False: there is no place for it, and it closes at once. From its FIN on a connection is
    /// none of n, so without a bound of their own those who linger would take the descriptors of all others.
    [[nodiscard]] bool linger_began() noexcept;
    void linger_ended() noexcept {
        const std::size_t before = lingering_.fetch_sub(1, std::memory_order_relaxed);
        FS_ASSERT(before > 0);
    }
    [[nodiscard]] bool may_linger() const noexcept;
    /// T may have fallen by a connection that reactor `index` took: the others may have somebody who is due now.
    void timeout_fell(std::size_t index) noexcept;

    enum class Admission : std::uint8_t { admitted, too_many, too_many_from_address };
    /// Counts a connection in, or says why not.
    [[nodiscard]] Admission connection_came(const os::PeerAddress& peer);
    void connection_left(const os::PeerAddress& peer) noexcept;
    void connection_refused() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }

    [[nodiscard]] bool logs_access() const noexcept { return access_log_.is_on(); }
    void append_access_line(std::string& lines, const KeptRecord& record, const os::PeerAddress& peer,
                            std::uint64_t bytes) const;
    void write_access_log(std::string_view lines) const noexcept { access_log_.write(lines); }
    /// Logs what a person should see to: a full disk, descriptors, the unknown.
    void log_failure(const Error& error, Access access) const;
    /// Something was given up for want of memory: a line in the log, once in a while.
    void note_out_of_memory() noexcept;

    /// Remembers what has been done by now, for the rates: once a second while something happens. Main loop only.
    void sample_rates(Instant now);

    // Figures and connections, for who asks. Any thread, after start().
    /// Fills in what serving knows: `state`, `connections`, the timeouts, `idle_shutdown_s` and `idle_exit_s`, `workers`,
    /// `requests`, `bytes`, `rates`, `latency`, `uploads`, `downloads_in_flight`, `cache`, `errors`, `log_lines`.
    void fill(observe::Snapshot& into) const;
    /// Gathers at most `most` connections, a few in each turn. `then` is called once, in a reactor's thread, and must not
    /// wait for anything; it is not called when serving ends first, but destroyed with the server.
    void list_connections(std::size_t most, std::function<void(ConnectionList)> then);
    /// Closes a connection, whatever it is doing, and tells whether there was one of that number; as above.
    void kick(std::uint64_t id, std::function<void(bool found)> then);

    [[nodiscard]] std::size_t reactor_count() const noexcept { return reactors_.size(); }
    [[nodiscard]] Reactor& reactor(std::size_t index) const noexcept { return *reactors_[index]; }
    /// Reactors number their connections so that no two of the server have one number.
    [[nodiscard]] Reactor& reactor_of(std::uint64_t connection_id) const noexcept {
        return reactor((connection_id + reactors_.size() - 1) % reactors_.size());
    }

    /// Each reactor says once in a drain that its listeners are out, and once that no connection is left.
    void reactor_stopped_accepting() noexcept;
    void reactor_drained(Reactor& reactor);

private:
    friend class IdleExit;
    [[nodiscard]] std::span<const std::unique_ptr<Reactor>> reactors() const noexcept { return reactors_; }
    [[nodiscard]] std::span<const ListenSocket> listeners() const noexcept { return listeners_; }
    class DrainTimeout;
    class Drained;

    void set_up(const ListenSocket& socket);
    void leave(Leaving why);
    void end_drain();
    void log_totals() const;
    void close_listeners() noexcept;

    Settings settings_;
    const std::unique_ptr<store::Store> store_;
    AccessLog access_log_;
    CounterRegistry counters_;
    Activity activity_;
    http::EntityFieldPolicy entity_policy_;
    std::string server_field_;
    AddressLimit addresses_;
    Seats hashing_seats_;
    Seats held_files_;
    Seats long_windows_;
    Transfers transfers_;
    observe::RateMeter rates_;
    std::atomic<std::size_t> open_{0};
    std::atomic<std::size_t> open_peak_{0};         // reactors write, relaxed: figures
    std::atomic<std::uint64_t> admitted_{0};
    std::atomic<std::uint64_t> refused_{0};
    std::atomic<std::size_t> lingering_{0};
    std::atomic<Instant> short_of_memory_{Instant::min()};  // when it was logged last
    std::atomic<bool> draining_{false};
    std::atomic<std::size_t> other_work_{0};
    std::atomic<std::size_t> reactors_accepting_{0};
    std::atomic<std::size_t> reactors_to_drain_{0};
    std::atomic<ListenersSharedWith> listeners_shared_with_{ListenersSharedWith::nobody};
    std::atomic<bool> held_{false};
    std::optional<Leaving> leaving_;  // these three: main loop only
    bool drained_all_ = false;
    bool unlimited_drain_ = false;
    Tidying tidying_;
    WorkerPool pool_;
    std::unique_ptr<Errands> errands_;  // outlives the reactors, whose inboxes may hold some
    std::vector<std::unique_ptr<Reactor>> reactors_;
    std::unique_ptr<DrainTimeout> drain_timeout_;
    std::unique_ptr<Drained> drained_;
    std::unique_ptr<IdleExit> idle_exit_;
    std::vector<ListenSocket> listeners_;
    bool paced_ = false;  // as of start()
    std::function<void(Leaving)> before_leaving_;
};

}  // namespace filesrv::serve
