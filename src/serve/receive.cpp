// SPDX-License-Identifier: MIT
// Receiving: bytes in, requests out, in order; what is not understood yet is kept, exactly and no more.
#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "serve/answer.hpp"
#include "serve/connection.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {
namespace {

/// Whether bytes that came can change what the parser thinks of a head: it waits for the end of a line, and its limits
/// are crossed at multiples of a line's limit. Saves parsing a head anew for each byte of a slow sender.
bool is_worth_parsing(std::string_view all, std::size_t fresh) noexcept {
    const std::size_t before = all.size() - fresh;
    if (before == 0 || all.substr(before).find('\n') != std::string_view::npos) return true;
    constexpr std::size_t step = http::limits::request_line_bytes_max / 4;
    return before / step != all.size() / step;
}

}  // namespace

/// One receive, and whether the input is empty after it.
Received Connection::receive(std::span<char> room) noexcept {
    const os::IoResult result = os::receive(socket_.get(), room);
    const bool is_short = result.bytes < room.size() && input_ == Input::short_read;
    if (result.would_block() || is_short) input_ = Input::none;
    return {.room = room, .result = result};
}

Received Connection::receive_ahead(std::span<char> room) noexcept {
    const bool begins_with_it = phase_ == Phase::idle && unparsed_ == nullptr && input_ != Input::none;
    return begins_with_it ? receive(room) : Received{};
}

Step Connection::receive_heads(WorkerState& worker, Received ahead) {
    if (!ahead.room.empty()) {
        if (const Step step = take_received(worker, 0, ahead); step != Step::again || !wants_heads()) return step;
    } else if (unparsed_ != nullptr && phase_ == Phase::idle) {  // pipelined requests that waited for the last answer
        // A worker lets others go first, and the reactor may have in memory what it would look for on disk.
        if (others_wait(worker)) return Step::later;
        const std::unique_ptr<std::string> bytes = std::move(unparsed_);
        if (const Step step = parse_heads(worker, *bytes); step != Step::again || !wants_heads()) return step;
    }
    const std::span<char> buffer = worker.buffer();
    while (input_ != Input::none) {
        const std::size_t kept = unparsed_ == nullptr ? 0 : unparsed_->size();
        FS_ASSERT(kept < buffer.size());
        const Received received = receive(buffer.subspan(kept));
        if (worker.is_reactor()) worker.reactor->bytes_came();
        if (const Step step = take_received(worker, kept, received); step != Step::again || !wants_heads()) return step;
    }
    return Step::wait;
}

/// What was received behind room for the `kept` bytes that came before.
Step Connection::take_received(WorkerState& worker, std::size_t kept, Received received) {
    if (received.result.would_block()) return Step::wait;
    if (!received.result.ok() || received.result.is_end()) return close_now(worker);
    count_received(worker, received.result.bytes);
    if (kept > 0) std::memcpy(received.room.data() - kept, unparsed_->data(), kept);
    const std::string_view all(received.room.data() - kept, kept + received.result.bytes);
    if (!is_worth_parsing(all, received.result.bytes)) {
        unparsed_->append(all.substr(kept));
        return Step::again;
    }
    unparsed_.reset();
    return parse_heads(worker, all);
}

/// Whether what comes next is more of a head, or a new one; and nothing whole of it is here already.
bool Connection::wants_heads() const noexcept {
    return phase_ == Phase::reading_head || (phase_ == Phase::idle && unparsed_ == nullptr);
}

/// Takes every whole request from the front of `bytes`, answers what can be answered here, and keeps the rest.
/// `again`: what was taken is answered and sent, or now the exchange's.
Step Connection::parse_heads(WorkerState& worker, std::string_view bytes) {
    while (!bytes.empty()) {
        worker.head.reset();
        const http::ParseState state = worker.head.parse(bytes);
        if (state == http::ParseState::incomplete) break;
        begin_request(worker);
        if (state == http::ParseState::rejected) return refuse_head(worker);
        const std::string_view head_bytes = bytes.substr(0, worker.head.size());
        bytes.remove_prefix(head_bytes.size());
        if (take_request(worker, head_bytes, bytes) == Taken::kept || closing_) return flush(worker);
        if (worker.output.is_full()) {
            if (!bytes.empty()) keep_bytes(bytes);
            return flush(worker);
        }
    }
    if (!bytes.empty()) keep_bytes(bytes);
    if (open_requests_ > 0) {
        const Step step = flush(worker);
        if (step != Step::again) return step;
    }
    // A head must be complete within T(n) of its first byte: only the first bytes of it count as activity.
    if (unparsed_ != nullptr && phase_ == Phase::idle) {
        enter(PhaseEvent::bytes_came);
        touch(worker);
    }
    return Step::again;
}

/// What is known of a head that is none is its method: what HEAD is answered has no body, whatever it says (RFC 9110
/// section 9.3.2).
Step Connection::refuse_head(WorkerState& worker) {
    worker.request = http::Request{};
    worker.request.method = worker.head.method();
    answer_reject(worker, &worker.request, worker.head.reject());
    return flush(worker);
}

void Connection::keep_bytes(std::string_view bytes) {
    FS_ASSERT(!bytes.empty());
    unparsed_ = std::make_unique<std::string>(bytes);
}

/// One request whose head is whole. `rest` is what follows it.
Connection::Taken Connection::take_request(WorkerState& worker, std::string_view head_bytes, std::string_view& rest) {
    http::Request& request = worker.request;
    const Server& server = worker.server;
    if (const auto reject = http::interpret(worker.head, request)) {
        answer_reject(worker, &request, *reject);
        return Taken::answered;
    }
    request_seen_ = true;
    const auto reject = server.check(request, peer_);
    const bool is_read = request.method == http::Method::get || request.method == http::Method::head;
    if (!reject && is_read) return answer_read(worker, head_bytes, rest);
    const bool is_upload = request.method == http::Method::put || request.method == http::Method::post;
    if (!reject && is_upload && worker.is_reactor() && take_upload_at_once(worker, rest)) return Taken::answered;
    const bool is_short = reject || request.method == http::Method::options;
    if (!is_short || !worker.may_answer()) return keep_request(worker, head_bytes, rest, {});
    pass_body(request, rest);
    if (reject) answer_reject(worker, &request, *reject);
    else answer(worker, &request, options_answer(server.allowed_methods()));
    return Taken::answered;
}

/// The request, whose body means nothing, is answered next.
void Connection::pass_body(const http::Request& request, std::string_view& rest) {
    if (!skip_body(request, rest)) closing_ = body_unread_ = true;
    more_came_ = !rest.empty();
}

/// Drops a body that means nothing here (of a GET, say), if it is short and all of it has come. False: it is not over,
/// so the next request cannot be found, and the connection closes after the answer.
bool Connection::skip_body(const http::Request& request, std::string_view& rest) {
    if (!request.body.has_bytes()) return true;
    http::BodyDecoder decoder(request.body);
    while (!decoder.done()) {
        if (rest.empty() || decoder.payload_bytes() > limits::discarded_body_bytes) return false;
        const auto step = decoder.feed(rest);
        if (decoder.state() == http::BodyDecoder::State::rejected) return false;
        rest.remove_prefix(step.consumed);
    }
    return true;
}

/// The request becomes a job: its head and what was found for it go into the exchange, what follows it waits.
Connection::Taken Connection::keep_request(WorkerState& worker, std::string_view head_bytes, std::string_view rest,
                                           store::EntryRef entry) {
    Exchange& task = exchange();
    task.keep_request(worker.head, head_bytes);
    task.entry = std::move(entry);
    unparsed_.reset();
    if (!rest.empty()) keep_bytes(rest);
    enter(PhaseEvent::head_complete);
    return Taken::kept;
}

}  // namespace filesrv::serve
