// SPDX-License-Identifier: MIT
// Transmission: the batch of answers, then the file behind it, in slices; what the socket does not take waits.
#include <algorithm>

#include "base/assert.hpp"
#include "serve/connection.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"
#include "serve/transport.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {
namespace {

/// A worker that sends from memory computes; one that waits for the disk may be replaced meanwhile.
os::IoResult send_slice(WorkerState& worker, os::Fd socket, os::Fd source, FileSlice slice) {
    if (worker.is_reactor() || store::in_page_cache(source, slice.offset, slice.length)) {
        return send_file(socket, source, slice, worker.buffer());
    }
    const BlockingMark mark(worker.worker);
    return send_file(socket, source, slice, worker.buffer());
}

}  // namespace

/// Sends the batch of this thread, and the file behind it. `again`: all went out. `wait`: the rest is the connection's now.
Step Connection::flush(WorkerState& worker) {
    FS_ASSERT(exchange_ == nullptr || exchange_->output.empty());
    if (worker.is_reactor() && worker.answers_left > 0 && !worker.output.empty()) --worker.answers_left;
    const std::uint64_t bytes = worker.output.unsent_bytes();
    const SendState state = worker.output.flush(socket_.get(), has_file_to_send() ? os::More::yes : os::More::no);
    worker.counters.bytes_sent.add(bytes - worker.output.unsent_bytes());
    switch (state) {
        case SendState::drained: return after_output(worker);
        case SendState::failed: worker.output.clear(); return close_now(worker);
        case SendState::blocked: break;
    }
    exchange().output = std::move(worker.output);
    touch(worker);
    enter(PhaseEvent::output_blocked);
    return Step::wait;
}

/// The peer has made room, or only spoken.
Step Connection::write_on(WorkerState& worker) {
    FS_ASSERT(exchange_ != nullptr);
    OutputBatch& output = exchange_->output;
    const std::uint64_t bytes = output.unsent_bytes();
    const SendState state = output.flush(socket_.get(), has_file_to_send() ? os::More::yes : os::More::no);
    const std::uint64_t sent = bytes - output.unsent_bytes();
    worker.counters.bytes_sent.add(sent);
    if (sent > 0) touch(worker);
    if (state == SendState::failed) return close_now(worker);
    if (state == SendState::blocked) return Step::wait;
    return after_output(worker);
}

Step Connection::after_output(WorkerState& worker) {
    return has_file_to_send() ? send_file_slices(worker) : after_answer(worker);
}

/// Sends the exchange's file as far as the socket takes it. The reactor sends one slice, and only from memory: a reader
/// that takes it whole is fast enough for a worker of its own, a slow one holds nobody.
Step Connection::send_file_slices(WorkerState& worker) {
    FileTransfer& file = exchange_->file;
    const os::Fd source = file.entry->fd.get();
    std::uint64_t sent_here = 0;
    while (file.is_active()) {
        const FileSlice slice{.offset = file.offset, .length = std::min<std::uint64_t>(file.remaining, limits::slice_bytes)};
        if (worker.is_reactor() && (sent_here >= limits::slice_bytes || !store::in_page_cache(source, slice.offset, slice.length))) {
            if (phase_ == Phase::writing) enter(PhaseEvent::output_drained);
            return Step::hand_over;
        }
        const os::IoResult result = send_slice(worker, socket_.get(), source, slice);
        if (result.would_block()) {
            if (phase_ != Phase::writing) enter(PhaseEvent::output_blocked);
            return Step::wait;
        }
        if (!result.ok() || result.bytes == 0) {  // the peer is gone, the disk failed, or the file was cut meanwhile:
            return close_now(worker);             // Content-Length was promised, so only a close can tell
        }
        worker.counters.bytes_sent.add(result.bytes);
        file.offset += result.bytes;
        file.remaining -= result.bytes;
        sent_here += result.bytes;
        touch(worker);
    }
    file.entry.reset();
    if (exchange_->record) note_transfer_end(worker);
    return after_answer(worker);
}

/// Everything gathered so far is out. What follows is the request that is still open, the end, or the next request.
Step Connection::after_answer(WorkerState& worker) {
    const bool request_open = exchange_ != nullptr && (exchange_->has_request || exchange_->upload != nullptr);
    end_requests(worker, request_open ? 1 : 0);
    if (request_open) {
        if (phase_ == Phase::writing) enter(PhaseEvent::output_drained);
        return Step::again;
    }
    exchange_.reset();
    if (closing_) return finish(worker);
    touch(worker);
    enter(PhaseEvent::answered);
    return Step::again;
}

void Connection::note_transfer_end(WorkerState& worker) {
    const KeptRecord record = std::move(*exchange_->record);
    exchange_->record.reset();
    const std::uint64_t sent = record.planned_bytes - std::min(record.planned_bytes, exchange_->file.remaining);
    worker.server.append_access_line(worker.log_lines, record, peer_, sent);
}

}  // namespace filesrv::serve
