// SPDX-License-Identifier: MIT
// One client connection: a slot of the reactor's slab, small while idle. Its code stands in several files by concern:
// connection.cpp (lease, phases, closing), receive.cpp, answer.cpp, transmit.cpp, upload.cpp.
//
// Everything here but on_ready() is touched only by the holder of the lease. What the reactor needs without it
// (its own lists) is marked so.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "event/timer.hpp"
#include "event/watch.hpp"
#include "http/content_coding.hpp"
#include "http/reject.hpp"
#include "http/response_head.hpp"
#include "os/socket.hpp"
#include "base/count.hpp"
#include "serve/exchange.hpp"
#include "serve/lease_word.hpp"
#include "serve/phase.hpp"

namespace filesrv::observe {
struct ConnectionFacts;
}

namespace filesrv::serve {

class Lease;
class Reactor;
class Server;
class EntityFacts;
class WorkerState;
struct Answer;

/// What a step of a connection's work ended with.
enum class Step : std::uint8_t {
    again,      ///< the phase changed: go on
    wait,       ///< the peer must act: give the lease back
    later,      ///< the reactor goes on in its next turn
    hand_over,  ///< only a worker of the pool may go on
    closed,     ///< the descriptor is gone
};

/// What one receive brought into the front of `room`; nothing was received when there is no room.
struct Received {
    std::span<char> room;
    os::IoResult result;
};

class Connection final : public event::Watch, public event::Timer {
public:
    explicit Connection(Reactor& reactor) noexcept;

    // The reactor's thread, no lease needed.
    void open(os::UniqueFd socket, const os::PeerAddress& peer, std::uint64_t id, Instant now, bool counted) noexcept;
    void on_ready(event::Readiness ready) noexcept override;
    /// Makes a closed slot ready for the next connection.
    void recycle() noexcept;
    /// Whoever works on it shall close it at the next step.
    void order_close() noexcept { ordered_to_close_.store(true, std::memory_order_relaxed); }
    /// What may be told while somebody else has the lease.
    [[nodiscard]] observe::ConnectionFacts outline(Instant now) const;

    /// The first receive of the work that follows, into `room`. Nothing is received (an empty room) where that work would
    /// not begin with one. Under the lease.
    [[nodiscard]] Received receive_ahead(std::span<char> room) noexcept;
    /// Does all that can be done now, then gives the lease back, hands it over, or closes. Where memory runs out on the
    /// way, it closes.
    void work(Lease lease, Received ahead = {}) noexcept;
    /// For the lease's destructor: gives back, or looks again when an edge came meanwhile.
    void settle(WorkerState& worker) noexcept;

    // Under the lease, for the reactor's timers and drain.
    /// Takes and answers what has come, as an edge would have it done.
    [[nodiscard]] Step look_again(WorkerState& worker) noexcept;
    /// The same for who has just come, and is not watched yet.
    [[nodiscard]] Step look_first(WorkerState& worker) noexcept;
    /// Just opened, and not to be served: sends this and lingers.
    [[nodiscard]] Step refuse(WorkerState& worker, std::string_view whole_answer) noexcept;
    /// A transfer stalled: closes, or has a worker close where that could wait for a disk.
    [[nodiscard]] Step give_up(WorkerState& worker) noexcept;
    /// Ordered to: like a transfer that stalled, or at once where this is a worker of the pool.
    [[nodiscard]] Step close_as_ordered(WorkerState& worker) noexcept;
    /// Which worker has the lease now; 0: it waits for one.
    void set_holder(std::size_t worker) noexcept { holder_.store(static_cast<std::uint32_t>(worker), std::memory_order_relaxed); }
    /// All that may be told.
    [[nodiscard]] observe::ConnectionFacts facts(Instant now) const;
    /// The head did not come in time: 408.
    [[nodiscard]] Step time_out_head(WorkerState& worker) noexcept;
    /// Our FIN, then whatever still comes is dropped.
    [[nodiscard]] Step finish_politely(WorkerState& worker) noexcept;
    /// Closes at once, whatever was under way.
    Step close_now(WorkerState& worker) noexcept;
    void settle_step(Step step, WorkerState& worker, Lease& lease) noexcept;

    [[nodiscard]] LeaseWord& lease_word() noexcept { return lease_; }
    [[nodiscard]] Phase phase() const noexcept { return phase_; }
    [[nodiscard]] Instant last_activity() const noexcept { return last_activity_; }
    [[nodiscard]] Instant linger_began() const noexcept { return linger_began_; }
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
    /// Whether edges tell of it: a matter of the reactor alone, as is the setting.
    [[nodiscard]] bool is_watched() const noexcept { return is_watched_; }
    void set_watched() noexcept { is_watched_ = true; }
    [[nodiscard]] os::Fd socket() const noexcept { return socket_.get(); }

    /// The link of the stacks by which a reactor gets connections back, closed or leased: written by who has the lease,
    /// read by the reactor.
    Connection* next_closed = nullptr;

private:
    friend class Lease;

    /// How far to read before the input counts as empty.
    enum class Input : std::uint8_t {
        none,         ///< nothing to be had before the next edge
        short_read,   ///< a read that does not fill the buffer emptied it
        until_eagain, ///< the peer may have closed: only EAGAIN or the end proves it empty
    };

    /// What became of a request whose head has just been parsed.
    enum class Taken : std::uint8_t {
        answered,  ///< its whole answer is in the thread's batch
        kept,      ///< the exchange has it, or the file that follows its head: no further request before it is over
    };

    /// How the head of an answer tells where its body ends.
    enum class BodyLength : std::uint8_t {
        known,    ///< Content-Length
        chunked,  ///< the last chunk
        unsaid,   ///< the close, or no body goes out at all (HEAD)
    };

    // connection.cpp
    [[nodiscard]] Step advance(WorkerState& worker, Received ahead = {}) noexcept;
    [[nodiscard]] Step go_on(WorkerState& worker, Received ahead);
    [[nodiscard]] Step run_out_of_memory(WorkerState& worker) noexcept;
    [[nodiscard]] Step answer_late_head(WorkerState& worker);
    void note_cut_off(WorkerState& worker) noexcept;
    void enter(PhaseEvent event) noexcept { phase_ = next_phase(phase_, event); }
    void touch(WorkerState& worker) noexcept;
    [[nodiscard]] Exchange& exchange();
    void begin_request(WorkerState& worker) noexcept;
    void count_received(WorkerState& worker, std::size_t bytes) noexcept;
    void count_sent(WorkerState& worker, std::size_t bytes) noexcept;
    [[nodiscard]] bool is_ordered_to_close() const noexcept { return ordered_to_close_.load(std::memory_order_relaxed); }
    enum class Ended : bool { whole, cut_off };
    bool end_requests(WorkerState& worker, Ended how, std::uint32_t still_open = 0) noexcept;
    void count_answer(WorkerState& worker, const http::Request* request, unsigned status) noexcept;
    void show_transfer();
    void hide_transfer() noexcept;
    [[nodiscard]] Step finish(WorkerState& worker) noexcept;
    [[nodiscard]] Step linger(WorkerState& worker) noexcept;
    void leave_count() noexcept;

    // receive.cpp
    [[nodiscard]] Step receive_heads(WorkerState& worker, Received ahead);
    [[nodiscard]] Received receive(std::span<char> room) noexcept;
    [[nodiscard]] Step take_received(WorkerState& worker, std::size_t kept, Received received);
    [[nodiscard]] Step parse_heads(WorkerState& worker, std::string_view bytes);
    [[nodiscard]] Step refuse_head(WorkerState& worker);
    [[nodiscard]] Taken take_request(WorkerState& worker, std::string_view head_bytes, std::string_view& rest);
    void pass_body(const http::Request& request, std::string_view& rest);
    [[nodiscard]] static bool skip_body(const http::Request& request, std::string_view& rest);
    [[nodiscard]] bool wants_heads() const noexcept;
    void keep_bytes(std::string_view bytes);
    [[nodiscard]] Taken keep_request(WorkerState& worker, std::string_view head_bytes, std::string_view rest,
                                     store::EntryRef entry);

    // answer.cpp
    [[nodiscard]] Taken answer_read(WorkerState& worker, std::string_view head_bytes, std::string_view& rest);
    [[nodiscard]] Step answer_kept_request(WorkerState& worker);
    void answer_from_disk(WorkerState& worker, const http::Request& request, store::EntryRef found);
    void answer_delete(WorkerState& worker, const http::Request& request);
    void answer_failure(WorkerState& worker, const http::Request& request, const Error& error);
    [[nodiscard]] std::optional<http::Coding> select(WorkerState& worker, const http::Request& request, store::EntryRef& entry);
    void answer_opened(WorkerState& worker, const http::Request& request, store::EntryRef file);
    void answer_entry(WorkerState& worker, const http::Request& request, const store::EntryRef& entry,
                      http::Coding coding = http::Coding::identity);
    void answer_planned(WorkerState& worker, const http::Request& request, const store::EntryRef& entry, http::Coding coding);
    void answer_ranges(WorkerState& worker, const http::Request& request, const store::EntryRef& entry, const EntityFacts& facts,
                       const http::ResponsePlan& plan);
    void append_slice(WorkerState& worker, const store::EntryRef& entry, std::uint64_t offset, std::uint64_t length);
    void answer(WorkerState& worker, const http::Request* request, const Answer& answer);
    void append_answer_head(WorkerState& worker, const http::Request* request, const Answer& answer, BodyLength length);
    void answer_streamed(WorkerState& worker, const http::Request& request, const Answer& begin, std::unique_ptr<BodySource> rest);
    void answer_reject(WorkerState& worker, const http::Request* request, const http::Reject& reject);
    [[nodiscard]] http::ConnectionFields connection_fields(const WorkerState& worker, const http::Request* request) noexcept;
    void note_answer(WorkerState& worker, const http::Request* request, unsigned status, std::uint64_t body_bytes,
                     bool transfer_follows = false);
    [[nodiscard]] bool has_body_to_send() const noexcept { return exchange_ != nullptr && exchange_->has_body_to_send(); }

    // transmit.cpp
    [[nodiscard]] Step flush(WorkerState& worker);
    [[nodiscard]] Step write_on(WorkerState& worker);
    [[nodiscard]] Step after_output(WorkerState& worker);
    [[nodiscard]] Step send_body(WorkerState& worker);
    [[nodiscard]] std::optional<Step> send_file_slices(WorkerState& worker);
    void allow_in_place(const WorkerState& worker) noexcept;
    [[nodiscard]] Step leave_to_worker();
    [[nodiscard]] static bool others_wait(const WorkerState& worker) noexcept;
    [[nodiscard]] Result<void> make_piece(WorkerState& worker);
    [[nodiscard]] os::More what_follows() const noexcept;
    [[nodiscard]] SendState send_batch(WorkerState& worker);
    [[nodiscard]] Step wait_for_room(WorkerState& worker);
    [[nodiscard]] Step after_answer(WorkerState& worker);
    void end_transfer(WorkerState& worker);
    void note_transfer_end(WorkerState& worker);

    // upload.cpp
    class QuietWhileFast;
    [[nodiscard]] bool take_upload_at_once(WorkerState& worker, std::string_view& rest);
    [[nodiscard]] Step begin_upload(WorkerState& worker);
    [[nodiscard]] Step receive_body(WorkerState& worker);
    [[nodiscard]] std::optional<Answer> take_body_bytes(WorkerState& worker, std::string_view bytes);
    [[nodiscard]] Step finish_upload(WorkerState& worker);
    [[nodiscard]] bool body_is_over();
    [[nodiscard]] Step refuse_upload(WorkerState& worker, const Answer& refusal);

    LeaseWord lease_;
    Phase phase_ = Phase::closed;
    Input input_ = Input::none;
    bool closing_ = false;         ///< the answer under way is the last
    bool client_closes_ = false;   ///< and the client asked for that: no need to linger
    bool more_came_ = false;       ///< bytes behind the request under way are here already
    bool body_unread_ = false;     ///< the peer may still be sending a body that nobody reads
    bool lingers_ = false;         ///< holds one of the server's places for those who linger
    bool request_seen_ = false;    ///< among the open requests is one that was understood: it delays the idle exit
    std::atomic<bool> ordered_to_close_{false};  ///< any thread may look; set by the reactor or under the lease
    bool counted_ = false;         ///< still part of n
    bool is_watched_ = false;      ///< by the reactor's poller
    std::uint32_t open_requests_ = 0;  ///< begun, and their answers not wholly sent
    os::UniqueFd socket_;
    os::PeerAddress peer_;
    Reactor& reactor_;
    Instant first_open_began_{};   ///< when the oldest open request's head was complete
    std::atomic<std::uint32_t> holder_{0};  ///< the worker that was handed the lease last; 0 = none has taken it yet
    Instant opened_{};             ///< this and what the peer is: written by the reactor alone
    Count requests_;               ///< written under the lease, read by the reactor at any time, as the two below
    Count bytes_in_;
    Count bytes_out_;
    Instant last_activity_{};
    Instant linger_began_{};
    std::uint64_t id_ = 0;
    std::unique_ptr<std::string> unparsed_;  ///< received, not yet understood: an incomplete head, pipelined requests
    std::unique_ptr<Exchange> exchange_;
};

// An idle connection is its slot and nothing else.
static_assert(sizeof(Connection) <= 192);

}  // namespace filesrv::serve
