// SPDX-License-Identifier: MIT
// Transmission: the batch of answers, then the body behind it, file by slices or piece by piece as it is made; what the
// socket does not take waits.
#include <algorithm>

#include "base/assert.hpp"
#include "os/thread.hpp"
#include "serve/chunk.hpp"
#include "serve/connection.hpp"
#include "serve/errno_status.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"
#include "serve/transport.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {
namespace {

/// A worker that sends from memory computes; one that waits for the disk may be replaced meanwhile. Its last byte tells of
/// a slice well enough: what is read in order, ahead or by somebody before, is in memory from its beginning. To be wrong
/// delays a replacement, where each further look costs a call for each slice of all that is in memory.
os::IoResult send_slice(WorkerState& worker, os::Fd socket, os::Fd source, FileSlice slice) {
    FS_ASSERT(slice.length > 0);
    if (worker.is_reactor() || store::in_page_cache(source, slice.offset + slice.length - 1, 1)) {
        return send_file(socket, source, slice, worker.buffer());
    }
    const BlockingMark mark(worker.worker);
    return send_file(socket, source, slice, worker.buffer());
}

}  // namespace

/// Sends the batch of this thread, and the body behind it. `again`: all went out. `wait`: the rest is the connection's now.
Step Connection::flush(WorkerState& worker) {
    FS_ASSERT(exchange_ == nullptr || exchange_->output.empty());
    if (worker.is_reactor() && worker.answers_left > 0 && !worker.output.empty()) --worker.answers_left;
    switch (send_batch(worker)) {
        case SendState::drained: return after_output(worker);
        case SendState::failed: return close_now(worker);
        case SendState::blocked: break;
    }
    return wait_for_room(worker);
}

/// Whether the kernel gets more behind the batch at once, and may keep a short segment for it: a file, or the FIN, which
/// then needs no segment of its own. Whatever ends the connection sends what was kept, finish() above all.
os::More Connection::what_follows() const noexcept {
    const bool file_follows = exchange_ != nullptr && exchange_->file.is_active();
    const bool fin_follows = closing_ && !has_body_to_send();
    return file_follows || fin_follows ? os::More::yes : os::More::no;
}

/// What the thread has gathered for this connection, as far as the socket takes it; the rest becomes the connection's.
SendState Connection::send_batch(WorkerState& worker) {
    const std::uint64_t bytes = worker.output.unsent_bytes();
    const SendState state = worker.output.flush(socket_.get(), what_follows());
    count_sent(worker, bytes - worker.output.unsent_bytes());
    if (state == SendState::failed) worker.output.clear();
    if (state == SendState::blocked) exchange().output.take_unsent(worker.output);
    return state;
}

Step Connection::wait_for_room(WorkerState& worker) {
    if (has_body_to_send()) show_transfer();
    touch(worker);
    if (phase_ != Phase::writing) enter(PhaseEvent::output_blocked);
    return Step::wait;
}

/// The peer has made room, or only spoken.
Step Connection::write_on(WorkerState& worker) {
    FS_ASSERT(exchange_ != nullptr);
    OutputBatch& output = exchange_->output;
    const std::uint64_t bytes = output.unsent_bytes();
    const SendState state = output.flush(socket_.get(), what_follows());
    const std::uint64_t sent = bytes - output.unsent_bytes();
    count_sent(worker, sent);
    if (sent > 0) touch(worker);
    if (state == SendState::failed) return close_now(worker);
    if (state == SendState::blocked) return Step::wait;
    return after_output(worker);
}

Step Connection::after_output(WorkerState& worker) {
    return has_body_to_send() ? send_body(worker) : after_answer(worker);
}

/// What follows the batch: a slice of a file, then what a source makes, until it has no more.
Step Connection::send_body(WorkerState& worker) {
    while (has_body_to_send()) {
        if (exchange_->file.is_active()) {
            if (const auto step = send_file_slices(worker)) return *step;
            continue;
        }
        if (worker.is_reactor()) return leave_to_worker();  // making a piece may block
        if (const auto made = make_piece(worker); !made) {
            worker.server.log_failure(made.error(), Access::read);
            return close_now(worker);  // the head is out: the missing end of the body has to tell
        }
        const SendState state = send_batch(worker);
        if (state == SendState::failed) return close_now(worker);
        if (state == SendState::blocked) return wait_for_room(worker);
        touch(worker);
        if (is_ordered_to_close()) return close_now(worker);
        if (has_body_to_send() && others_wait(worker)) return leave_to_worker();
    }
    return after_answer(worker);
}

/// Whether a worker that has sent a part should let others go first: to the end of the queue, so that neither many long
/// answers nor a fast reader make a short one wait for more than a part of each.
bool Connection::others_wait(const WorkerState& worker) noexcept {
    return !worker.is_reactor() && worker.server.pool().waiting() > 0;
}

Step Connection::leave_to_worker() {
    show_transfer();
    if (phase_ == Phase::writing) enter(PhaseEvent::output_drained);
    return Step::hand_over;
}

/// Asks the source for the next piece, or drops it at the end: text into the batch, framed, and a slice to follow it.
Result<void> Connection::make_piece(WorkerState& worker) {
    FS_ASSERT(!worker.is_reactor() && worker.output.empty());
    std::string piece;  // not into the batch at once: what a failing source leaves must not reach the next connection
    Exchange& task = *exchange_;
    // Making a piece from what is in memory is computing, of which there may be no more than cores. Only the last piece
    // can tell whether the next one has to wait for a disk.
    std::optional<BlockingMark> mark;
    if (task.source_waits) mark.emplace(worker.worker);
    const long waits = os::waits_of_this_thread();
    const auto next = task.source->next(piece, task.file);
    task.source_waits = os::waits_of_this_thread() != waits;
    if (!next) return std::unexpected(next.error());
    const bool over = *next == BodySource::Next::end;
    FS_ASSERT(!over || (piece.empty() && !task.file.is_active()));
    FS_ASSERT(!task.chunked || !task.file.is_active());
    if (task.record) task.record->body_bytes += piece.size() + task.file.remaining;
    std::string& text = worker.output.text();
    if (!task.chunked) text.append(piece);
    else if (!piece.empty()) append_chunk(text, piece);
    if (!over) return {};
    if (task.chunked) text.append(last_chunk);
    task.source.reset();
    return {};
}

/// How much more the reactor sends in place to a peer that has just made room: to one that kept it waiting for long, all
/// that can have gathered. Such readers often make room all at once, and workers on every core that send to them would
/// keep requests waiting for a core.
void Connection::allow_in_place(const WorkerState& worker) noexcept {
    const bool was_slow = phase_ == Phase::writing && worker.now - last_activity_ >= limits::slow_reader_wait;
    if (was_slow) exchange_->file.in_place = limits::gathered_bytes;
}

/// Sends the exchange's file as far as the socket takes it; nothing when all of it went out. The reactor sends one
/// slice a turn, and only from memory: a reader that takes it whole is fast enough for a worker of its own, a slow one
/// holds nobody.
std::optional<Step> Connection::send_file_slices(WorkerState& worker) {
    FileTransfer& file = exchange_->file;
    const os::Fd source = file.entry->fd.get();
    std::uint64_t sent_here = 0;
    if (worker.is_reactor()) allow_in_place(worker);
    while (file.is_active()) {
        const FileSlice slice{.offset = file.offset, .length = std::min<std::uint64_t>(file.remaining, limits::slice_bytes)};
        if (worker.is_reactor()) {
            if (sent_here >= limits::slice_bytes) return file.in_place > 0 ? Step::later : leave_to_worker();
            if (!store::in_page_cache(source, slice.offset, slice.length)) return leave_to_worker();
        }
        const os::IoResult result = send_slice(worker, socket_.get(), source, slice);
        if (result.would_block()) {
            file.in_place = 0;
            show_transfer();
            if (phase_ != Phase::writing) enter(PhaseEvent::output_blocked);
            return Step::wait;
        }
        if (!result.ok() || result.bytes == 0) {  // the peer is gone, the disk failed, or the file was cut meanwhile:
            return close_now(worker);             // Content-Length was promised, so only a close can tell
        }
        count_sent(worker, result.bytes);
        file.offset += result.bytes;
        file.remaining -= result.bytes;
        file.in_place -= std::min<std::uint64_t>(file.in_place, result.bytes);
        sent_here += result.bytes;
        touch(worker);
        if (is_ordered_to_close()) return close_now(worker);
        if (file.is_active() && others_wait(worker)) return leave_to_worker();
    }
    file.entry.reset();
    return std::nullopt;
}

/// Everything gathered so far is out. What follows is the request that is still open, the end, or the next request.
Step Connection::after_answer(WorkerState& worker) {
    const bool request_open = exchange_ != nullptr && (exchange_->has_request || exchange_->upload != nullptr);
    if (exchange_ != nullptr && !request_open) end_transfer(worker);
    const bool clock_read = end_requests(worker, Ended::whole, request_open ? 1 : 0);
    if (request_open) {
        if (phase_ == Phase::writing) enter(PhaseEvent::output_drained);
        return Step::again;
    }
    exchange_.reset();
    if (closing_) return finish(worker);
    if (clock_read && worker.is_reactor()) last_activity_ = worker.now;  // what is sent was sent before it was read
    else touch(worker);
    enter(PhaseEvent::answered);
    return Step::again;
}

/// Here and not where its source ends: the last chunk may still have waited for room, long after that.
void Connection::end_transfer(WorkerState& worker) {
    FS_ASSERT(!has_body_to_send());
    if (exchange_->until_close) os::reset_on_close(socket_.get(), false);
    if (exchange_->record) note_transfer_end(worker);
    hide_transfer();
}

void Connection::note_transfer_end(WorkerState& worker) {
    const KeptRecord record = std::move(*exchange_->record);
    exchange_->record.reset();
    const std::uint64_t unsent = exchange_->file.remaining;
    const std::uint64_t sent = record.body_bytes - std::min(record.body_bytes, unsent);
    worker.server.append_access_line(worker.log_lines, record, peer_, sent);
}

}  // namespace filesrv::serve
