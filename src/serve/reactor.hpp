// SPDX-License-Identifier: MIT
// Reactor: one thread that polls its connections, reads and parses, answers what cannot block, and keeps time.
// Its code stands in several files: reactor.cpp (the turn), accept.cpp, expire.cpp (timeouts, drain).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "event/idle_wheel.hpp"
#include "event/loop.hpp"
#include "event/timer_wheel.hpp"
#include "os/clock.hpp"
#include "serve/connection.hpp"
#include "serve/graveyard.hpp"
#include "serve/limits.hpp"
#include "serve/slab.hpp"
#include "serve/worker_state.hpp"
#include "store/entry_cache.hpp"
#include "store/store.hpp"

namespace filesrv::serve {

class Server;
struct ListenSocket;

/// Owns its connections, wheels and entry cache; shares the listeners with other reactors and the pool with all.
class Reactor {
public:
    [[nodiscard]] static Result<std::unique_ptr<Reactor>> create(Server& server, std::size_t index,
                                                                 std::span<const ListenSocket> listeners);
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;
    ~Reactor();

    /// Turns until stop(). The thread that calls becomes the reactor's.
    void run();
    /// Closes what is still open. Once run() has returned and no worker is left; the thread that calls becomes the reactor's.
    void close_connections();

    // Any thread.
    /// The connection is closed and nobody's: its slot comes back before the next poll.
    void bury(Connection& connection) noexcept;
    /// Receives a lease: works on the connection in the next turn.
    void take_over(Connection& connection) noexcept;
    /// Has it done in the reactor's thread, soon. What is ordered twice before that is done once.
    enum class Order : unsigned { retune = 1, drain = 2, stop = 4 };
    void order(Order order) noexcept;
    /// Wakes the reactor to look at its timers again.
    void nudge() noexcept;
    /// Whether it has turned since the last call; nudges it for the next one. One thread.
    [[nodiscard]] bool answers_roll_call() noexcept;
    /// A worker has opened this: into the cache, if it may be kept, and if the reactor is not behind with earlier ones.
    void offer(const store::EntryRef& entry);
    [[nodiscard]] store::EntryCacheFigures cache_figures() const noexcept { return cache_.figures(); }
    [[nodiscard]] Server& server() const noexcept { return server_; }
    [[nodiscard]] event::Inbox& inbox() noexcept { return loop_->inbox(); }

    // The reactor's thread.
    void add_ready(Connection& connection) noexcept;
    /// Bytes have been received, which may have been sent after changes that nobody has looked for yet.
    void bytes_came() noexcept { cache_.expect_changes(); }
    /// The cache, then an open that does not wait for a disk.
    [[nodiscard]] store::Lookup look_up(std::string_view path);
    /// The same for a name that is asked for again and again though it may never have been there.
    [[nodiscard]] store::Lookup look_up_sibling(std::string_view path);
    /// Where the last upload of this turn went, for the next one.
    [[nodiscard]] store::KeptFolder& uploads_folder() noexcept { return uploads_folder_; }
    void stop() noexcept { stopped_ = true; }
    void begin_drain();
    /// The settings have changed: every deadline is set anew.
    void retune();
    [[nodiscard]] event::Loop& loop() noexcept { return *loop_; }

    /// Takes the listeners out of the poller, or puts them back.
    void set_accepting(bool accepting);
    /// Whether any open connection has said a byte that was not answered, or is being served. `heads_count`: so is one
    /// whose head is incomplete, or that has just come.
    [[nodiscard]] bool has_live_connection(bool heads_count);
    /// Adds what some of its connections are doing, from slot `from` on. Where to go on; nothing at the end.
    [[nodiscard]] std::optional<std::size_t> describe(std::size_t from, std::vector<observe::ConnectionFacts>& into);
    /// Looks for a connection among some slots, and closes it, whatever it does. As describe().
    [[nodiscard]] std::optional<std::size_t> kick(std::uint64_t id, std::size_t from, bool& found);
    [[nodiscard]] std::size_t index() const noexcept { return index_; }

private:
    class Listener;
    class AcceptBackoff;
    class DrainTick;
    class Nudge;
    class Fill;

    Reactor(Server& server, std::size_t index, std::unique_ptr<event::Loop> loop, std::span<const ListenSocket> listeners);

    // reactor.cpp
    void turn();
    void serve_ready();
    void receive_ahead();
    void serve_senders();
    [[nodiscard]] bool has_ready() const noexcept { return served_ < working_.size() || !ready_.empty() || !senders_.empty(); }
    void push_handed_over();
    void recycle_closed();
    void take_back() noexcept;
    void obey();
    [[nodiscard]] event::Loop::Limits wait_limits();
    void watch_pool();

    // accept.cpp
    void accept_from(os::Fd listener, std::size_t most);
    [[nodiscard]] bool try_admit(os::UniqueFd socket, const os::PeerAddress& peer) noexcept;
    void make_room();
    void admit(os::UniqueFd socket, const os::PeerAddress& peer);
    void greet(Connection& connection);
    [[nodiscard]] Step watch_unless_closed(Connection& connection, Step step);
    void rest_from_accepting();
    void out_of_descriptors(os::Fd listener, int error) noexcept;
    void tell_one_of_descriptors(os::Fd listener, int error);

    // expire.cpp
    void expire();
    void look_at(Connection& connection);
    [[nodiscard]] Step judge(Connection& connection);
    void file(Connection& connection, Instant earliest);
    void file_for_phase(Connection& connection);
    void drain_pass();
    [[nodiscard]] Duration check_interval() const noexcept;
    [[nodiscard]] Step judge_drain(Connection& connection);

    Server& server_;
    const std::size_t index_;
    std::unique_ptr<event::Loop> loop_;
    Slab<Connection> slots_;
    event::IdleWheel idle_wheel_;        ///< idle connections and incomplete heads: by T(n)
    event::TimerWheel transfer_wheel_;   ///< all others: by their own deadlines
    store::EntryCache cache_;
    store::RecentNames absent_siblings_;
    store::KeptFolder uploads_folder_;   ///< within a turn
    WorkerState state_;
    std::vector<Connection*> ready_;     ///< leased to this thread, to be worked on after those below
    std::vector<Connection*> working_;   ///< what was ready a moment ago; a turn may leave some for the next
    std::size_t served_ = 0;             ///< how many of them had their turn
    std::size_t received_ = 0;           ///< how many of them were received from; never fewer
    std::size_t group_ = 0;              ///< the first of those who were at once: what they sent stands in the next two
    std::array<Received, limits::received_ahead_max> ahead_;
    std::unique_ptr<char[]> ahead_buffer_;
    std::vector<Connection*> senders_;   ///< of these, who can send on, in order; one place for every slot, as above
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::unique_ptr<AcceptBackoff> backoff_;
    std::unique_ptr<DrainTick> drain_tick_;
    std::unique_ptr<Nudge> nudge_;
    os::UniqueFd spare_;                 ///< given up for a moment when descriptors run out, to refuse politely
    Duration pool_look_again_ = Duration::max();
    std::uint64_t next_id_;              ///< see server.hpp, reactor_of()
    std::uint64_t turns_ = 1;            ///< begun so far, and one
    Instant last_admission_{};           ///< when T last fell here
    bool accepting_ = false;
    bool stopped_ = false;
    bool draining_ = false;

    alignas(64) Graveyard<Connection> graveyard_;
    Graveyard<Connection> leased_back_;          ///< another such stack: of connections that live, with their leases
    std::atomic<unsigned> orders_{0};            ///< any thread adds, the reactor takes all
    std::atomic<std::size_t> fills_waiting_{0};  ///< workers add, the reactor takes off
};

}  // namespace filesrv::serve
