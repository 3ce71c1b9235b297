// SPDX-License-Identifier: MIT
// Reactor: the turn. Wait, gather what is ready, answer it in one go, keep time, hand over what is long.
#include "serve/reactor.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>

#include "base/assert.hpp"
#include "base/memory_reserve.hpp"
#include "observe/log.hpp"
#include "os/accepting.hpp"
#include "os/socket.hpp"
#include "os/thread.hpp"
#include "serve/lease.hpp"
#include "serve/limits.hpp"
#include "serve/reactor_parts.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {
namespace {

const os::SystemClock system_clock;

/// Without memory for it, the entry is not kept, and found anew when it is asked for again.
void keep_if_there_is_room(store::EntryCache& cache, store::EntryRef entry) noexcept {
    try {
        cache.insert(std::move(entry));
    } catch (const std::bad_alloc&) {
        return;
    }
}

}  // namespace

/// A worker's entry on its way to the cache.
class Reactor::Fill final : public event::Message {
public:
    Fill(Reactor& reactor, store::EntryRef entry) : reactor_(reactor), entry_(std::move(entry)) {}
    void deliver() noexcept override {
        // Relaxed: the number only bounds how many there are, the inbox orders what is in them.
        reactor_.fills_waiting_.fetch_sub(1, std::memory_order_relaxed);
        keep_if_there_is_room(reactor_.cache_, std::move(entry_));
        delete this;
    }

private:
    ~Fill() = default;

    Reactor& reactor_;
    store::EntryRef entry_;
};

Result<std::unique_ptr<Reactor>> Reactor::create(Server& server, std::size_t index,
                                                 std::span<const ListenSocket> listeners) {
    auto loop = event::Loop::create(system_clock);
    if (!loop) return std::unexpected(loop.error());
    std::unique_ptr<Reactor> reactor(new Reactor(server, index, std::move(*loop), listeners));
    reactor->spare_ = os::open_spare();
    return reactor;
}

Reactor::Reactor(Server& server, std::size_t index, std::unique_ptr<event::Loop> loop,
                 std::span<const ListenSocket> listeners)
    : server_(server),
      index_(index),
      loop_(std::move(loop)),
      idle_wheel_(loop_->now() - server.settings().timeout_max.get()),
      transfer_wheel_(loop_->now()),
      cache_(server.store(), server.settings().cache),
      state_(server, this),
      ahead_buffer_(std::make_unique_for_overwrite<char[]>(limits::received_ahead_bytes)),
      backoff_(std::make_unique<AcceptBackoff>(*this)),
      drain_tick_(std::make_unique<DrainTick>(*this)),
      nudge_(std::make_unique<Nudge>()),
      next_id_(index + 1) {
    for (const ListenSocket& socket : listeners) listeners_.push_back(std::make_unique<Listener>(*this, socket));
}

Reactor::~Reactor() {
    close_connections();
    loop_->deliver();  // what workers offered last
}

void Reactor::close_connections() {
    loop_->adopt_thread();  // its own has ended
    slots_.for_each([this](Connection& connection) {
        if (!connection.is_open()) return;
        // A request that came at the last moment would make the close an RST. After a FIN alone its sender knows that
        // nothing was done, and may ask again (RFC 9112 section 9.3.1).
        os::shut_down_sending(connection.socket());
        (void)os::receive(connection.socket(), state_.buffer());
        (void)connection.close_now(state_);
    });
}

void Reactor::run() {
    loop_->adopt_thread();
    if (index_ > 0) os::name_this_thread(("reactor-" + std::to_string(index_)).c_str());
    set_accepting(true);
    while (!stopped_) turn();
}

void Reactor::turn() {
    ++turns_;
    recycle_closed();
    loop_->wait(wait_limits());
    state_.refresh_time(loop_->now());
    state_.answers_left = server_.settings().inline_batch;
    loop_->dispatch();
    loop_->deliver();
    take_back();
    obey();
    serve_ready();
    uploads_folder_.fd.reset();
    expire();
    loop_->fire();
    push_handed_over();
    watch_pool();
    state_.end_of_job();
    renew_memory_reserve();
    server_.turned(*this);
}

event::Loop::Limits Reactor::wait_limits() {
    if (has_ready()) return {.longest = Duration::zero()};
    event::Loop::Limits limits;
    if (pool_look_again_ != Duration::max()) limits.longest = pool_look_again_;
    limits.deadline = idle_wheel_.next_look(server_.timeout());
    for (const std::optional<Instant>& other : {transfer_wheel_.next_due(), server_.next_idle_look(*this)}) {
        if (other && (!limits.deadline || *other < *limits.deadline)) limits.deadline = other;
    }
    return limits;
}

void Reactor::add_ready(Connection& connection) noexcept {
    FS_ASSERT(loop_->in_loop_thread());
    FS_ASSERT(ready_.size() < ready_.capacity());  // there is room for every slot, see make_room()
    ready_.push_back(&connection);
}

/// Works on what became ready, in order, until the batch of the turn is used up. The rest waits, still leased, and comes
/// before whatever becomes ready later: handing over what can be answered here costs more than answering it. What asks
/// for a further turn waits in ready_.
void Reactor::serve_ready() {
    if (served_ == working_.size()) {
        working_.clear();
        served_ = received_ = 0;
        std::swap(ready_, working_);
    }
    const bool is_limited = state_.answers_left > 0;  // else nothing is answered here, and all handed over at once
    while (served_ < working_.size() && !(is_limited && state_.answers_left == 0)) {
        if (served_ == received_) receive_ahead();
        const Received& ahead = ahead_[served_ - group_];
        Connection& connection = *working_[served_++];
        const bool lingers = connection.phase() == Phase::lingering;
        if (lingers) file_for_phase(connection);  // it was filed by T(n), but its deadlines are its own
        if (connection.phase() == Phase::writing) senders_.push_back(&connection);
        else if (connection.is_watched()) connection.work(Lease(connection, state_), ahead);
        else greet(connection);
    }
    serve_senders();
}

/// Whoever has room again for more of an answer comes after all requests, a few in each turn: readers by the dozen that
/// make room at the same time would hold up a request by as many slices.
void Reactor::serve_senders() {
    const std::size_t count = std::min(senders_.size(), limits::senders_per_turn);
    for (std::size_t i = 0; i < count; ++i) {
        bytes_came();  // they may have spoken, too
        Connection& connection = *senders_[i];
        connection.work(Lease(connection, state_));
    }
    senders_.erase(senders_.begin(), senders_.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Receives from the next few, as many as this turn may answer: one look for changes is then enough for them all, since it
/// comes after the last byte of each. What the turn leaves of them keeps its bytes for the next one.
void Reactor::receive_ahead() {
    FS_ASSERT(served_ == received_ && received_ < working_.size());
    std::span room(ahead_buffer_.get(), limits::received_ahead_bytes);
    const std::size_t answers = state_.answers_left > 0 ? state_.answers_left : ahead_.size();
    const std::size_t most = std::min({working_.size() - received_, answers, ahead_.size()});
    group_ = received_;
    while (received_ - group_ < most && room.size() >= limits::receive_buffer_bytes) {
        Received& ahead = ahead_[received_ - group_];
        ahead = working_[received_++]->receive_ahead(room.first(limits::receive_buffer_bytes));
        room = room.subspan(ahead.result.bytes);
    }
    bytes_came();  // if not here, then to the worker that handed the connection back
}

/// One lock for all leases of a turn.
void Reactor::push_handed_over() {
    if (!state_.handed_over.empty()) server_.pool().push(state_.handed_over, loop_->now());
}

/// The reactor is the pool's monitor: as long as requests wait for a worker it looks every few milliseconds.
void Reactor::watch_pool() {
    const CheckResult result = server_.pool().check(loop_->now());
    pool_look_again_ = result.look_again;
    if (!result.failure) return;
    observe::log_made(LogLevel::warning, [&] { return "cannot begin another worker: " + result.failure->message(); });
}

void Reactor::take_over(Connection& connection) noexcept {
    if (loop_->in_loop_thread()) return add_ready(connection);
    leased_back_.bury(connection);
    nudge();
}

/// After the inbox: the nudge that came with a lease has been delivered by then, so the next one nudges again.
void Reactor::take_back() noexcept {
    leased_back_.empty_into([this](Connection& connection) { add_ready(connection); });
}

void Reactor::order(Order order) noexcept {
    orders_.fetch_or(static_cast<unsigned>(order), std::memory_order_release);
    nudge();
}

void Reactor::obey() {
    // Nearly never: no locked instruction for each turn. Whoever orders nudges afterwards, so that none is overlooked.
    if (orders_.load(std::memory_order_relaxed) == 0) return;
    const unsigned orders = orders_.exchange(0, std::memory_order_acquire);
    const auto has = [orders](Order order) { return (orders & static_cast<unsigned>(order)) != 0; };
    if (has(Order::retune)) retune();
    if (has(Order::drain)) begin_drain();
    if (has(Order::stop)) stop();
}

store::Lookup Reactor::look_up(std::string_view path) {
    FS_ASSERT(loop_->in_loop_thread());
    if (store::EntryRef entry = cache_.find(path, loop_->now())) {
        return {.status = store::LookupStatus::found, .entry = std::move(entry), .error = {}};
    }
    store::Lookup lookup = server_.store().open_nowait(path);
    if (lookup.status == store::LookupStatus::found) keep_if_there_is_room(cache_, lookup.entry);
    return lookup;
}

// A failing open costs twice a failing stat, and every file without siblings has up to three. What was not there a moment
// ago the kernel mostly remembers too. The stat may wait for a disk once it has forgotten, like the look at a cached file's
// name: names that are asked for often stay in its memory.
store::Lookup Reactor::look_up_sibling(std::string_view path) {
    if (absent_siblings_.may_contain(path) && server_.store().is_absent(path)) {
        return {.status = store::LookupStatus::failed, .entry = {}, .error = {.code = ENOENT, .operation = "stat", .subject = {}}};
    }
    store::Lookup lookup = look_up(path);
    if (lookup.status == store::LookupStatus::failed && lookup.error.code == ENOENT) absent_siblings_.remember(path);
    return lookup;
}

void Reactor::offer(const store::EntryRef& entry) {
    if (!entry->cacheable) return;
    // Workers may answer one client's pipelined requests for a file hundreds of thousands of times a second; a queue of
    // all those entries would take all memory, and all of the reactor's time. The file is offered again when next asked for.
    if (fills_waiting_.fetch_add(1, std::memory_order_relaxed) < limits::fills_waiting_max) {
        if (auto* const fill = new (std::nothrow) Fill(*this, entry)) return inbox().post(*fill);
    }
    fills_waiting_.fetch_sub(1, std::memory_order_relaxed);
}

void Reactor::bury(Connection& connection) noexcept {
    graveyard_.bury(connection);
    if (server_.is_draining() && !loop_->in_loop_thread()) nudge();
}

/// Before a poll, never within a batch: no event of the batch can meet a slot that is another connection's by now.
void Reactor::recycle_closed() {
    graveyard_.empty_into([this](Connection& connection) {
        connection.recycle();
        slots_.put_back(connection);
    });
}

void Reactor::nudge() noexcept { nudge_->post_to(inbox()); }

bool Reactor::answers_roll_call() noexcept {
    const bool turned = !nudge_->is_waiting();
    nudge();
    return turned;
}

}  // namespace filesrv::serve
