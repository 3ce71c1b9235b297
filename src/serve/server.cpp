// SPDX-License-Identifier: MIT
// The server: what all reactors and workers share, and how it starts, drains, and leaves.
#include "serve/server.hpp"

#include <algorithm>
#include <new>

#include "base/assert.hpp"
#include "http/host_policy.hpp"
#include "observe/log.hpp"
#include "os/accepting.hpp"
#include "os/pacing.hpp"
#include "os/processors.hpp"
#include "os/thread.hpp"
#include "serve/entity.hpp"
#include "serve/idle_exit.hpp"
#include "serve/inspection.hpp"
#include "serve/limits.hpp"
#include "serve/reactor.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {

/// The drain has lasted long enough.
class Server::DrainTimeout final : public event::Loop::TimerTask {
public:
    explicit DrainTimeout(Server& server) noexcept : server_(server) {}
    void on_time() noexcept override { server_.leave(Leaving::drain_timeout); }

private:
    Server& server_;
};

/// The last reactor has drained: tells the main loop, whichever thread that was.
class Server::Drained final : public event::Message {
public:
    explicit Drained(Server& server) noexcept : server_(server) {}
    void deliver() noexcept override { server_.end_drain(); }

private:
    Server& server_;
};

namespace {

void* run_reactor(void* reactor) {
    static_cast<Reactor*>(reactor)->run();
    return nullptr;
}

PoolSettings pool_settings(Server& server) {
    return {.workers_min = server.settings().workers_min,
            .workers_max = server.settings().workers_max,
            .cores = os::processors(),
            .make_context = [&server] { return std::make_unique<WorkerState>(server, nullptr); }};
}

}  // namespace

Server::Server(Settings settings, std::unique_ptr<store::Store> store, AccessLog access_log)
    : settings_(std::move(settings)),
      store_(std::move(store)),
      access_log_(std::move(access_log)),
      entity_policy_(entity_policy_of(settings_.cache_control, settings_.precompressed)),
      server_field_(settings_.server_field.empty() ? "" : "Server: " + settings_.server_field + "\r\n"),
      addresses_(settings_.per_address_max),
      hashing_seats_(std::max<std::size_t>(os::processors(), 2) - 1),
      held_files_(settings_.held_files_max),
      long_windows_(limits::long_windows_max),
      rates_(os::monotonic_now()),
      tidying_(*this),
      pool_(pool_settings(*this)),
      errands_(std::make_unique<Errands>(*this)),
      drain_timeout_(std::make_unique<DrainTimeout>(*this)),
      drained_(std::make_unique<Drained>(*this)),
      idle_exit_(std::make_unique<IdleExit>(*this)) {
    FS_ASSERT(store_ != nullptr && settings_.reactors > 0);
}

Server::~Server() { errands_->abandon(); }

Result<void> Server::start(std::span<const ListenSocket> listeners) {
    listeners_.assign(listeners.begin(), listeners.end());
    for (const ListenSocket& socket : listeners_) set_up(socket);
    for (std::size_t index = 0; index < settings_.reactors; ++index) {
        auto reactor = Reactor::create(*this, index, listeners);
        if (!reactor) return std::unexpected(reactor.error());
        reactors_.push_back(std::move(*reactor));
    }
    return pool_.start();
}

/// Accepted sockets inherit all this.
void Server::set_up(const ListenSocket& socket) {
    // Answers leave in one send each, so waiting for more to fill a segment only delays.
    os::set_no_delay(socket.fd);
    if (!os::is_paced(socket.fd)) return;
    // Nobody from elsewhere can come to it: of an answer of 100 KiB pacing is a third of the cost.
    const auto address = os::local_address(socket.fd);
    if (address && address->is_loopback()) os::stop_pacing(socket.fd);
    else paced_ = true;
}

event::Loop& Server::main_loop() noexcept { return reactors_.front()->loop(); }

Result<Leaving> Server::run(const std::function<void(Leaving)>& before_leaving) {
    before_leaving_ = before_leaving;
    idle_exit_->begin(main_loop().now());
    std::vector<os::ThreadHandle> threads;
    std::optional<Error> failed;
    for (const auto& reactor : std::span(reactors_).subspan(1)) {
        const auto thread = os::start_thread(run_reactor, reactor.get());
        if (thread) threads.push_back(*thread);
        else failed = thread.error();
    }
    if (failed) stop();
    reactors_.front()->run();
    for (const os::ThreadHandle thread : threads) os::join(thread);
    if (failed) return std::unexpected(std::move(*failed));
    FS_ASSERT(leaving_.has_value());
    if (*leaving_ == Leaving::idle || *leaving_ == Leaving::drained) {
        pool_.shutdown();
        // Before whatever else the caller has to do: who sends to one that nobody will read any more shall learn it at once.
        for (const auto& reactor : reactors_) reactor->close_connections();
        log_totals();
    }
    return *leaving_;
}

/// With nobody at work the pairs are equal; whoever reads the debug log can see that nothing was lost or done twice.
void Server::log_totals() const {
    const Totals totals = counters_.sum();
    observe::log_made(LogLevel::debug, [&] {
        std::string line("totals: leases taken ");
        line.append(std::to_string(totals.leases_taken)).append(", returned ").append(std::to_string(totals.leases_returned));
        line.append("; requests begun ").append(std::to_string(totals.requests_begun));
        line.append(", ended ").append(std::to_string(totals.requests_ended));
        line.append("; bytes received ").append(std::to_string(totals.bytes_received));
        line.append(", sent ").append(std::to_string(totals.bytes_sent));
        return line;
    });
}

void Server::drain(DrainLimit limit) {
    if (is_draining() || leaving_) return;
    unlimited_drain_ = limit == DrainLimit::none;
    draining_.store(true, std::memory_order_relaxed);
    reactors_accepting_.store(reactors_.size(), std::memory_order_relaxed);
    reactors_to_drain_.store(reactors_.size(), std::memory_order_relaxed);
    if (!unlimited_drain_) main_loop().timers().schedule(*drain_timeout_, main_loop().now() + settings_.drain_timeout.get());
    for (const auto& reactor : reactors_) reactor->order(Reactor::Order::drain);
}

void Server::limit_drain() {
    if (!unlimited_drain_) return;
    unlimited_drain_ = false;
    main_loop().timers().schedule(*drain_timeout_, main_loop().now() + settings_.drain_timeout.get());
}

void Server::end_drain() {
    drained_all_ = true;
    if (!is_held()) leave(Leaving::drained);
}

void Server::let_go() {
    FS_ASSERT(is_held());
    held_.store(false, std::memory_order_relaxed);
    if (drained_all_) leave(Leaving::drained);
    else idle_exit_->retune(main_loop().now());
}

Result<void> Server::tune(const Settings& fresh) {
    // What takes memory comes first: who runs out of it has changed nothing.
    pool_.make_room(fresh.workers_max);
    auto retargeted = access_log_.retarget(fresh.access_log, fresh.access_log_path);
    serve::tune(settings_, fresh);
    pool_.set_range(settings_.workers_min, settings_.workers_max);
    idle_exit_->retune(main_loop().now());
    for (const auto& reactor : reactors_) reactor->order(Reactor::Order::retune);
    return retargeted;
}

std::optional<Instant> Server::idle_exit_due() const noexcept { return idle_exit_->due(counters_.sum()); }

bool Server::reactors_turn() noexcept {
    bool all = true;
    for (const auto& reactor : std::span(reactors_).subspan(1)) all = reactor->answers_roll_call() && all;
    return all;  // the first is the one that asks
}

std::optional<Instant> Server::next_idle_look(const Reactor& reactor) const noexcept {
    return reactor.index() == 0 ? idle_exit_->next_look() : std::nullopt;
}

/// Who has been told to stop leaves anyway; and reactors that have ended by now would never come to rest.
void Server::turned(Reactor& reactor) noexcept {
    if (reactor.index() == 0 && !leaving_) idle_exit_->look(reactor.loop().now());
    activity_.turned(reactor.index() == 0, reactors_.front()->inbox());
}

void Server::stop() { leave(Leaving::stopped); }

void Server::reactor_stopped_accepting() noexcept {
    if (reactors_accepting_.fetch_sub(1) == 1) close_listeners();
}

/// In one order with the end of accepting, which another thread may reach now: one of the two sees the other, or both do.
void Server::own_listeners() noexcept {
    FS_ASSERT(!has_successor());
    listeners_shared_with_.store(ListenersSharedWith::nobody);
    if (leaving_ || (is_draining() && reactors_accepting_.load() == 0)) close_listeners();
}

/// Refuses further connects at once, where the listener is ours: nobody shall wait in a queue that nobody will empty.
void Server::close_listeners() noexcept {
    if (shares_listeners()) return;
    for (const ListenSocket& socket : listeners_) {
        if (!socket.inherited) os::stop_listening(socket.fd);
    }
}

void Server::reactor_drained(Reactor& /*reactor*/) {
    if (reactors_to_drain_.fetch_sub(1, std::memory_order_acq_rel) == 1) reactors_.front()->inbox().post(*drained_);
}

void Server::leave(Leaving why) {
    if (leaving_) return;
    leaving_ = why;
    try {
        before_leaving_(why);
    } catch (const std::bad_alloc&) {
        note_out_of_memory();  // what it had to say is unsaid; leaving needs no memory
    }
    close_listeners();
    for (const auto& reactor : reactors_) reactor->order(Reactor::Order::stop);
}

http::MethodOffer Server::offer() const noexcept { return {.uploads = settings_.uploads, .deletes = settings_.deletes}; }

std::string_view Server::allowed_methods() const noexcept { return http::allow_list(offer()); }

std::optional<http::Reject> Server::check(const http::Request& request, const os::PeerAddress& peer) const noexcept {
    // No page can connect to a Unix socket, so its clients may call us what they like, unless names were given.
    const bool any_host = peer.family == os::AddressFamily::unix_socket && settings_.hosts.names.empty();
    if (!any_host) {
        if (auto reject = http::check_host(request, settings_.hosts)) return reject;
    }
    if (auto reject = http::check_same_site(request)) return reject;
    if (http::is_offered(request.method, offer())) return std::nullopt;
    const bool writes = request.method == http::Method::post || request.method == http::Method::put;
    return http::Reject{.status = http::Status::method_not_allowed,
                        .detail = writes ? "This server takes no uploads (--read-only)."
                                         : "This server does not offer that method.",
                        .close = false};
}

http::ConnectionFields Server::connection_fields(bool more_came) const noexcept {
    if (is_draining()) return {.keep_alive = false};
    const Duration idle = settings_.idle_shutdown;
    const Duration timeout = this->timeout();
    const bool idle_first = idle > Duration::zero() && idle <= timeout;
    const auto hint = static_cast<unsigned>(std::chrono::floor<std::chrono::seconds>(idle_first ? idle : timeout).count());
    return {.keep_alive = !idle_first || hint > 0 || more_came, .timeout_s = hint};
}

Server::Admission Server::connection_came(const os::PeerAddress& peer) {
    if (open_.load(std::memory_order_relaxed) >= settings_.connections_max) return Admission::too_many;
    if (!addresses_.enter(peer)) return Admission::too_many_from_address;
    const std::size_t open = open_.fetch_add(1, std::memory_order_relaxed) + 1;
    admitted_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t peak = open_peak_.load(std::memory_order_relaxed);
         peak < open && !open_peak_.compare_exchange_weak(peak, open, std::memory_order_relaxed);) {
    }
    return Admission::admitted;
}

/// In a drain nobody comes any more, and whoever sends to one that leaves shall meet a FIN.
bool Server::may_linger() const noexcept {
    const std::size_t most = std::max(settings_.connections_max / 40, limits::lingering_min);
    return is_draining() || lingering_.load(std::memory_order_relaxed) < most;
}

bool Server::linger_began() noexcept {
    if (!may_linger()) return false;
    lingering_.fetch_add(1, std::memory_order_relaxed);  // threads that do so at once may exceed the bound by their number
    return true;
}

void Server::timeout_fell(std::size_t index) noexcept {
    const std::size_t open = open_connections();
    if (settings_.timeout().at(open) == settings_.timeout().at(open > 0 ? open - 1 : 0)) return;
    for (const auto& reactor : reactors_) {
        if (reactor->index() != index) reactor->nudge();
    }
}

void Server::connection_left(const os::PeerAddress& peer) noexcept {
    addresses_.leave(peer);
    const std::size_t before = open_.fetch_sub(1, std::memory_order_relaxed);
    FS_ASSERT(before > 0);
}

void Server::append_access_line(std::string& lines, const KeptRecord& record, const os::PeerAddress& peer,
                                std::uint64_t bytes) const {
    const std::size_t whole = lines.size();
    try {
        access_log_.append_line(lines, record, peer, bytes);
    } catch (const std::bad_alloc&) {
        lines.resize(whole);  // half a line would make the next one unreadable
    }
}

void Server::log_failure(const Error& error, Access access) const {
    if (verdict_of_errno(error.code, access).worth_logging) observe::log(LogLevel::warning, error.message());
}

void Server::note_out_of_memory() noexcept {
    constexpr auto rest = std::chrono::seconds(1);
    const Instant now = os::monotonic_now();
    Instant before = short_of_memory_.load(std::memory_order_relaxed);
    if (before != Instant::min() && now - before < rest) return;
    if (!short_of_memory_.compare_exchange_strong(before, now, std::memory_order_relaxed)) return;
    observe::log(LogLevel::warning, "out of memory: a request, a connection or a part of them was given up");
}

}  // namespace filesrv::serve
