// SPDX-License-Identifier: MIT
// Accepting: in bounded batches, with a polite refusal above the limits, and no spinning when descriptors run out.
#include <cerrno>
#include <new>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "observe/log.hpp"
#include "os/accepting.hpp"
#include "os/pacing.hpp"
#include "os/socket.hpp"
#include "serve/lease.hpp"
#include "serve/limits.hpp"
#include "serve/reactor.hpp"
#include "serve/reactor_parts.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {
namespace {

/// The whole answer to a connection that is not served: nobody has read its request, if it sent one.
std::string refusal(std::string_view date, std::string_view sentence) {
    std::string body("503 Service Unavailable\n");
    body.append(sentence).append("\n");
    std::string answer("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nDate: ");
    answer.append(date).append("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ");
    return answer.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

std::string_view sentence_of(Server::Admission admission) noexcept {
    switch (admission) {
        case Server::Admission::admitted: break;
        case Server::Admission::too_many: return "All connections are in use; try again soon.";
        case Server::Admission::too_many_from_address: return "Your address has as many connections as it may have.";
    }
    FS_UNREACHABLE("admitted connections are not refused");
}

/// Whether accept(2) failed because of this one connection, which is gone, and not of the system.
bool is_about_one_connection(int error) noexcept {
    return error == ECONNABORTED || error == EPROTO || error == EPERM || error == ENETDOWN || error == EHOSTUNREACH ||
           error == ENETUNREACH || error == EHOSTDOWN || error == EOPNOTSUPP || error == ENOPROTOOPT;
}

}  // namespace

/// A listener that cannot be watched (memory, the limit of epoll(7) on watches) is tried again: nobody else will.
void Reactor::set_accepting(bool accepting) {
    accepting_ = accepting;
    bool all = true;
    const bool shared = server_.settings().reactors > 1;
    const auto interest = shared ? event::Interest::level_read_exclusive : event::Interest::level_read;
    for (const auto& listener : listeners_) {
        if (listener->watched == accepting) continue;
        const auto result = accepting ? loop_->poller().add(listener->socket(), interest, *listener)
                                      : loop_->poller().remove(listener->socket());
        listener->watched = accepting && result;
        all = all && listener->watched == accepting;
        if (!result && !std::exchange(listener->complained, true)) observe::log(LogLevel::error, "listener: " + result.error().message());
        if (result) listener->complained = false;
    }
    if (!all) loop_->timers().schedule(*backoff_, loop_->now() + limits::accept_backoff);
}

/// Most come alone, and to ask for another then is a call in vain. Who is left in the queue makes an event of the next
/// turn; from the second one in a row on, whole batches are taken.
void Reactor::Listener::on_ready(event::Readiness /*ready*/) noexcept {
    const std::uint64_t turn = reactor_.turns_;
    const bool busy = std::exchange(ready_in_turn_, turn) + 1 == turn;
    reactor_.accept_from(socket_.fd, busy ? limits::accepts_per_turn : 1);
    if (watched && reactor_.server_.settings().reactors > 1) step_behind_others();
}

/// Of the reactors that wait the kernel wakes the one that has watched for longest, and so the same one for everybody who
/// comes while it has little to do, until it has all connections and the others none. Whoever has accepted watches anew.
/// Nobody is overlooked meanwhile: a watch tells of what is in the queue already (epoll_ctl(2)).
void Reactor::Listener::step_behind_others() {
    FS_ASSERT(reactor_.accepting_);
    if (!reactor_.loop_->poller().remove(socket())) return;  // it watches on
    watched = false;
    reactor_.set_accepting(true);
}

void Reactor::accept_from(os::Fd listener, std::size_t most) {
    if (!accepting_) return;  // this very batch took the listeners out
    FS_ASSERT(most > 0 && most <= limits::accepts_per_turn);
    for (std::size_t count = 0; count < most; ++count) {
        os::Accepted accepted = os::accept_nonblocking(listener);
        if (accepted.fd.is_open()) {
            if (!try_admit(std::move(accepted.fd), accepted.peer)) return;
            continue;
        }
        if (is_about_one_connection(accepted.error)) continue;
        if (accepted.error == EINVAL) return set_accepting(false);  // it listens no longer: we are about to leave
        if (accepted.error != EAGAIN && accepted.error != EWOULDBLOCK) out_of_descriptors(listener, accepted.error);
        return;
    }
}

/// False: memory has run out, so whoever came is turned away, and the others wait in the queue.
bool Reactor::try_admit(os::UniqueFd socket, const os::PeerAddress& peer) noexcept {
    try {
        make_room();
        admit(std::move(socket), peer);
        return true;
    } catch (const std::bad_alloc&) {
        server_.connection_refused();
        server_.note_out_of_memory();
        rest_from_accepting();
        return false;
    }
}

/// For one more connection in every place that it needs later: what an event or a worker does with it takes no memory.
void Reactor::make_room() {
    if (slots_.has_free()) return;
    const std::size_t slots = slots_.capacity() + slots_.slots_per_block;
    ready_.reserve(slots);
    working_.reserve(slots);
    senders_.reserve(slots);
    slots_.grow(*this);
}

void Reactor::rest_from_accepting() {
    set_accepting(false);
    loop_->timers().schedule(*backoff_, loop_->now() + limits::accept_backoff);
}

/// Fails (std::bad_alloc) only where the address is counted: nothing has changed then.
void Reactor::admit(os::UniqueFd socket, const os::PeerAddress& peer) {
    const os::Fd fd = socket.get();
    const Server::Admission admission = server_.connection_came(peer);
    if (admission != Server::Admission::admitted) server_.connection_refused();
    if (admission != Server::Admission::admitted && !server_.may_linger()) return;  // not even room for a refusal
    Connection& connection = slots_.take(*this);
    if (server_.open_connections() > limits::connections_unbounded) os::bound_unsent(fd, limits::unsent_bytes);
    if (server_.is_paced() && peer.is_loopback()) os::stop_pacing(fd);
    const std::uint64_t id = std::exchange(next_id_, next_id_ + server_.reactor_count());
    connection.open(std::move(socket), peer, id, loop_->now(), admission == Server::Admission::admitted);
    FS_ASSERT(connection.lease_word().try_take());
    last_admission_ = loop_->now();
    if (admission == Server::Admission::admitted) {
        add_ready(connection);
        return server_.timeout_fell(index_);
    }
    Lease lease(connection, state_);
    const Step step = connection.refuse(state_, refusal(state_.date(), sentence_of(admission)));
    connection.settle_step(watch_unless_closed(connection, step), state_, lease);
}

/// Whose request came as soon as the connection, and whom the answer's end closes, has never been watched: that saves
/// epoll(7) an entry and an event.
void Reactor::greet(Connection& connection) {
    Lease lease(connection, state_);
    const Step step = connection.look_first(state_);
    connection.settle_step(watch_unless_closed(connection, step), state_, lease);
}

/// Before the lease goes on: a worker may change what is watched for, and who has it next is told by an edge. What has
/// come meanwhile makes one, epoll_ctl(2).
Step Reactor::watch_unless_closed(Connection& connection, Step step) {
    if (step == Step::closed) return step;
    if (const auto added = loop_->poller().add(connection.socket(), event::Interest::edge_both, connection); !added) {
        observe::log_made(LogLevel::error, [&] { return "cannot watch a connection: " + added.error().message(); });
        return connection.close_now(state_);
    }
    connection.set_watched();
    file(connection, loop_->now());
    return step;
}

/// accept(2) takes nothing off the queue when it fails for want of a descriptor, so a level-triggered listener would
/// report it again at once: accepting rests for a while.
void Reactor::out_of_descriptors(os::Fd listener, int error) noexcept {
    rest_from_accepting();
    server_.connection_refused();
    try {
        tell_one_of_descriptors(listener, error);
    } catch (const std::bad_alloc&) {
        server_.note_out_of_memory();
    }
    if (!spare_.is_open()) spare_ = os::open_spare();
}

/// The spare descriptor lets one client be told.
void Reactor::tell_one_of_descriptors(os::Fd listener, int error) {
    observe::log(LogLevel::warning, "cannot accept: " + Error{.code = error, .operation = "accept"}.message());
    if (spare_.is_open() && (error == EMFILE || error == ENFILE)) {
        spare_.reset();
        const os::Accepted accepted = os::accept_nonblocking(listener);
        if (accepted.fd.is_open()) {
            (void)os::send(accepted.fd.get(), refusal(state_.date(), "The server is out of descriptors; try again soon."));
            os::shut_down_sending(accepted.fd.get());
        }
    }
}

}  // namespace filesrv::serve
