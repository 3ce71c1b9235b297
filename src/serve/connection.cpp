// SPDX-License-Identifier: MIT
// A connection's life: lease, phases, timeouts, and the ways it ends.
#include "serve/connection.hpp"

#include <new>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "serve/lease.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {

Connection::Connection(Reactor& reactor) noexcept : lease_(LeaseState::idle), reactor_(reactor) {}

void Connection::open(os::UniqueFd socket, const os::PeerAddress& peer, std::uint64_t id, Instant now,
                      bool counted) noexcept {
    FS_ASSERT(phase_ == Phase::closed && !socket_.is_open());
    socket_ = std::move(socket);
    peer_ = peer;
    id_ = id;
    phase_ = Phase::idle;
    input_ = Input::none;
    closing_ = client_closes_ = more_came_ = body_unread_ = lingers_ = request_seen_ = false;
    ordered_to_close_.store(false, std::memory_order_relaxed);
    for (Count* count : {&requests_, &bytes_in_, &bytes_out_}) count->reset();
    counted_ = counted;
    is_watched_ = false;
    open_requests_ = 0;
    last_activity_ = opened_ = now;
}

void Connection::recycle() noexcept {
    FS_ASSERT(phase_ == Phase::closed && !socket_.is_open() && !counted_);
    event::Timer::unlink();
    lease_.reset();
}

/// Called by the reactor alone, whoever holds the lease. Only when the edge wins the lease may anything else be touched.
void Connection::on_ready(event::Readiness ready) noexcept {
    if (!lease_.on_edge()) return;  // its worker will look again
    if (ready.peer_closed || ready.error) input_ = Input::until_eagain;
    else if (ready.readable && input_ == Input::none) input_ = Input::short_read;
    reactor_.add_ready(*this);
}

void Connection::work(Lease lease, Received ahead) noexcept {
    WorkerState& worker = lease.worker();
    settle_step(advance(worker, ahead), worker, lease);
}

void Connection::settle_step(Step step, WorkerState& worker, Lease& lease) noexcept {
    switch (step) {
        case Step::wait: return;  // the lease's destructor gives back
        case Step::later: reactor_.take_over(*this); return lease.pass_on();
        case Step::hand_over:
            FS_ASSERT(exchange_ != nullptr);  // nothing is made for it here: memory may have run out
            set_holder(0);
            worker.handed_over.push_back(*exchange_);
            return lease.pass_on();
        case Step::closed: reactor_.bury(*this); return lease.pass_on();
        case Step::again: break;
    }
    FS_UNREACHABLE("advance() goes on while it can");
}

void Connection::settle(WorkerState& worker) noexcept {
    while (!lease_.try_give_back()) {
        lease_.retake();
        input_ = Input::until_eagain;  // the edge may have told of a hang-up: nobody kept what it said
        const Step step = advance(worker);
        if (step == Step::wait) continue;
        Lease again(*this, worker);
        settle_step(step, worker, again);
        return;
    }
}

Step Connection::advance(WorkerState& worker, Received ahead) noexcept {
    try {
        return go_on(worker, ahead);
    } catch (const std::bad_alloc&) {
        return run_out_of_memory(worker);
    }
}

/// What was half done goes with the connection: an answer that was begun must not end as another's.
Step Connection::run_out_of_memory(WorkerState& worker) noexcept {
    worker.output.clear();
    worker.server.note_out_of_memory();
    return worker.is_reactor() ? give_up(worker) : close_now(worker);
}

Step Connection::go_on(WorkerState& worker, Received ahead) {
    for (;; ahead = {}) {
        if (is_ordered_to_close()) [[unlikely]] return close_as_ordered(worker);
        Step step = Step::closed;
        switch (phase_) {
            case Phase::idle:
            case Phase::reading_head: step = receive_heads(worker, ahead); break;
            case Phase::answering: step = worker.is_reactor() ? Step::hand_over : answer_kept_request(worker); break;
            case Phase::reading_body: step = worker.is_reactor() ? Step::hand_over : receive_body(worker); break;
            case Phase::writing: step = write_on(worker); break;
            case Phase::lingering: step = linger(worker); break;
            case Phase::closed: FS_UNREACHABLE("a closed connection has no worker");
        }
        if (step != Step::again) return step;
    }
}

/// Reads the clock, since a turn or a job may have taken a while: a timeout counts from the true moment, never earlier.
void Connection::touch(WorkerState& worker) noexcept {
    if (worker.is_reactor()) worker.now = os::monotonic_now();
    else worker.refresh_time();
    last_activity_ = worker.now;
}

Exchange& Connection::exchange() {
    if (exchange_ == nullptr) exchange_ = std::make_unique<Exchange>(reactor_.server(), *this);
    return *exchange_;
}

void Connection::begin_request(WorkerState& worker) noexcept {
    worker.counters.requests_begun.add();
    requests_.add();
    if (open_requests_++ == 0) first_open_began_ = worker.now;
}

void Connection::count_received(WorkerState& worker, std::size_t bytes) noexcept {
    worker.counters.bytes_received.add(bytes);
    bytes_in_.add(bytes);
}

void Connection::count_sent(WorkerState& worker, std::size_t bytes) noexcept {
    worker.counters.sent(bytes);
    bytes_out_.add(bytes);
}

/// True: the clock has been read for it.
bool Connection::end_requests(WorkerState& worker, Ended how, std::uint32_t still_open) noexcept {
    FS_ASSERT(open_requests_ >= still_open);
    if (open_requests_ == still_open) return false;
    const bool read_clock = request_seen_;
    if (read_clock) {
        worker.now = os::monotonic_now();
        worker.counters.last_end_ns.store(worker.now.time_since_epoch().count(), std::memory_order_release);
        if (how == Ended::whole) worker.counters.latency.record(worker.now - first_open_began_, open_requests_ - still_open);
    }
    request_seen_ = still_open > 0;
    worker.counters.requests_ended.add(open_requests_ - still_open);
    open_requests_ = still_open;
    return read_clock;
}

/// n counts what is open for clients: from our FIN on a connection is not.
void Connection::leave_count() noexcept {
    if (!counted_) return;
    counted_ = false;
    reactor_.server().connection_left(peer_);
}

Step Connection::look_again(WorkerState& worker) noexcept {
    input_ = Input::until_eagain;
    return advance(worker);
}

Step Connection::look_first(WorkerState& worker) noexcept {
    FS_ASSERT(phase_ == Phase::idle && !is_watched_);
    input_ = Input::short_read;  // whatever a read leaves behind makes an edge as soon as it is watched
    return advance(worker);
}

Step Connection::refuse(WorkerState& worker, std::string_view whole_answer) noexcept {
    FS_ASSERT(phase_ == Phase::idle && worker.output.empty());
    // A fresh socket takes so little at once; if it should not, the peer gets the FIN alone.
    (void)os::send(socket_.get(), whole_answer);
    return finish_politely(worker);
}

Step Connection::give_up(WorkerState& worker) noexcept {
    if (phase_ != Phase::reading_body) return close_now(worker);
    order_close();
    return Step::hand_over;  // what was staged is removed with the upload
}

Step Connection::close_as_ordered(WorkerState& worker) noexcept {
    FS_ASSERT(is_ordered_to_close());
    return worker.is_reactor() ? give_up(worker) : close_now(worker);
}

Step Connection::time_out_head(WorkerState& worker) noexcept {
    try {
        return answer_late_head(worker);
    } catch (const std::bad_alloc&) {
        return run_out_of_memory(worker);
    }
}

Step Connection::answer_late_head(WorkerState& worker) {
    FS_ASSERT(phase_ == Phase::reading_head);
    // An answer to HEAD has no body, also to one of which only this much came (RFC 9110 section 9.3.2).
    worker.request = http::Request{};
    if (unparsed_ != nullptr && unparsed_->starts_with("HEAD ")) worker.request.method = http::Method::head;
    unparsed_.reset();
    worker.head.reset();
    begin_request(worker);
    answer_reject(worker, &worker.request,
                  {.status = http::Status::request_timeout, .detail = "The head of the request did not come in time."});
    return flush(worker);
}

Step Connection::finish(WorkerState& worker) noexcept {
    end_requests(worker, Ended::whole);
    // A client that asked for the close and sends nothing more reads our last byte and the FIN behind it. Closing over
    // unread bytes would send RST instead, and could destroy an answer that is still on its way (RFC 9112 section 9.6).
    if (!client_closes_ || body_unread_ || unparsed_ != nullptr || input_ != Input::none) return finish_politely(worker);
    // The end of the answer waits in the kernel for the FIN (see send_batch()). A close over bytes that come just now would
    // drop it; this sends both.
    os::shut_down_sending(socket_.get());
    return close_now(worker);
}

Step Connection::finish_politely(WorkerState& worker) noexcept {
    exchange_.reset();
    unparsed_.reset();
    os::shut_down_sending(socket_.get());
    enter(PhaseEvent::fin_sent);
    leave_count();
    lingers_ = reactor_.server().linger_began();
    if (!lingers_) return close_now(worker);
    touch(worker);
    linger_began_ = last_activity_;
    input_ = Input::until_eagain;
    return Step::later;  // the reactor lingers: it keeps the time, and a worker has better things to do
}

Step Connection::linger(WorkerState& worker) noexcept {
    constexpr int reads_per_turn = 16;  // a peer that floods must not hold the reactor
    if (worker.now - linger_began_ >= limits::linger_total) return close_now(worker);
    for (int reads = 0; input_ != Input::none; ++reads) {
        if (reads == reads_per_turn) return Step::later;
        const os::IoResult result = os::receive(socket_.get(), worker.buffer());
        if (result.would_block()) {
            input_ = Input::none;
            break;
        }
        if (!result.ok() || result.is_end()) return close_now(worker);
        count_received(worker, result.bytes);
        touch(worker);
    }
    return Step::wait;
}

/// What is cut off leaves a line in the access log, if there is memory for one.
void Connection::note_cut_off(WorkerState& worker) noexcept {
    if (exchange_ == nullptr) return;
    try {
        if (exchange_->record) note_transfer_end(worker);
        if (exchange_->has_request) note_answer(worker, &exchange_->request, status_of_no_answer, 0);
    } catch (const std::bad_alloc&) {
        worker.server.note_out_of_memory();
    }
}

Step Connection::close_now(WorkerState& worker) noexcept {
    note_cut_off(worker);
    end_requests(worker, Ended::cut_off);
    hide_transfer();
    exchange_.reset();
    unparsed_.reset();
    leave_count();
    if (lingers_) reactor_.server().linger_ended();
    lingers_ = false;
    socket_.reset();
    enter(PhaseEvent::gone);
    return Step::closed;
}

}  // namespace filesrv::serve
