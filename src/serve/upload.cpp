// SPDX-License-Identifier: MIT
// Uploading, the connection's side: when the body is asked for, read, and answered. In workers, but for what is small.
#include <algorithm>
#include <cerrno>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "serve/answer.hpp"
#include "serve/connection.hpp"
#include "serve/entity.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {
namespace {

std::optional<std::uint64_t> expected_bytes(const http::BodyFraming& body) noexcept {
    return body.kind == http::BodyFraming::Kind::length ? std::optional(body.length) : std::nullopt;
}

}  // namespace

/// While bytes come faster than they are stored, each segment would wake the reactor only to be told that the connection
/// is leased. Tells it to leave the socket alone once a body has shown to be like that, and to look again at the end.
class Connection::QuietWhileFast {
public:
    explicit QuietWhileFast(Connection& connection) noexcept : connection_(connection) {}
    QuietWhileFast(const QuietWhileFast&) = delete;
    QuietWhileFast& operator=(const QuietWhileFast&) = delete;
    /// Before the lease is given back: what came meanwhile makes an edge, as if it had come now.
    ~QuietWhileFast() {
        if (reads_ >= limits::fast_body_reads && connection_.socket_.is_open()) set(false);
    }
    void count_read() noexcept {
        if (++reads_ == limits::fast_body_reads) set(true);
    }

private:
    void set(bool quiet) noexcept {
        connection_.reactor_.loop().poller().set_quiet(connection_.socket_.get(), connection_, quiet);
    }

    Connection& connection_;
    std::size_t reads_ = 0;
};

/// In the reactor: a small upload whose body has come with its head, within the batch of the turn and where nothing of it
/// waits. False: nothing has been done. `rest` is what follows the head.
bool Connection::take_upload_at_once(WorkerState& worker, std::string_view& rest) {
    FS_ASSERT(worker.is_reactor());
    const http::Request& request = worker.request;
    const std::uint64_t length = expected_bytes(request.body).value_or(limits::inline_upload_bytes + 1);
    if (!worker.may_answer() || length > limits::inline_upload_bytes || length > rest.size()) return false;
    const auto bytes = static_cast<std::size_t>(length);
    const auto stored = upload_at_once(worker.server, request, rest.substr(0, bytes), worker.reactor->uploads_folder());
    if (!stored) return false;
    // flush() counts one for all that goes out together.
    worker.answers_left -= std::min(worker.answers_left, limits::answers_per_inline_upload - 1);
    worker.reactor->bytes_came();  // a request behind it in the same bytes was sent to see what it has changed
    rest.remove_prefix(bytes);
    more_came_ = !rest.empty();
    answer(worker, &request, *stored);
    return true;
}

Step Connection::begin_upload(WorkerState& worker) {
    Exchange& task = exchange();
    FS_ASSERT(task.has_request && task.upload == nullptr);
    {
        const BlockingMark mark(worker.worker);
        auto begun = UploadTask::begin(worker.server, task.request, unparsed_ != nullptr ? unparsed_->size() : 0);
        if (!begun) return refuse_upload(worker, begun.error());
        task.upload = std::move(*begun);
    }
    task.upload_began = true;
    task.transfer = {.direction = Direction::upload, .method = task.request.method, .target = std::string(task.head.target_text()),
                     .total = expected_bytes(task.request.body), .began = worker.now,
                     .bytes_before = bytes_in_.read() - (unparsed_ != nullptr ? unparsed_->size() : 0)};
    touch(worker);
    // The client that waits for it gets leave only now that every check has passed (RFC 9110 section 10.1.1).
    if (task.request.expect_continue && unparsed_ == nullptr) {
        worker.output.text().append("HTTP/1.1 100 Continue\r\n\r\n");
        return flush(worker);
    }
    return Step::again;
}

/// A file only: a folder goes with what is in it, and that is more than one request should do.
void Connection::answer_delete(WorkerState& worker, const http::Request& request) {
    const BlockingMark mark(worker.worker);
    if (request.target.folder) return answer(worker, &request, errno_answer(&request, EISDIR, Access::write));
    const auto removed = worker.server.store().remove(request.target.path, guard_of(request));
    if (!removed) return answer(worker, &request, store_failure_answer(worker.server, request, removed.error()));
    answer(worker, &request, {.status = http::Status::no_content});
}

Step Connection::receive_body(WorkerState& worker) {
    UploadTask& task = *exchange_->upload;
    if (unparsed_ != nullptr) {
        const std::unique_ptr<std::string> bytes = std::move(unparsed_);
        if (const auto refusal = take_body_bytes(worker, *bytes)) return refuse_upload(worker, *refusal);
    }
    QuietWhileFast quiet(*this);
    while (!task.is_whole() && input_ != Input::none) {
        const std::span<char> room = worker.body_buffer().first(task.wanted_bytes(limits::body_buffer_bytes));
        const os::IoResult result = os::receive(socket_.get(), room);
        worker.now = os::monotonic_now();
        if (result.would_block()) {
            input_ = Input::none;
            break;
        }
        if (!result.ok() || result.is_end()) return close_now(worker);  // cut off: what came is dropped
        if (result.bytes < room.size() && input_ == Input::short_read) input_ = Input::none;
        count_received(worker, result.bytes);
        quiet.count_read();
        touch(worker);
        if (is_ordered_to_close()) return close_now(worker);
        if (const auto refusal = take_body_bytes(worker, {room.data(), result.bytes})) return refuse_upload(worker, *refusal);
    }
    if (task.is_whole()) return finish_upload(worker);
    show_transfer();
    if (phase_ != Phase::reading_body) enter(PhaseEvent::body_wanted);
    return Step::wait;
}

/// Into the store; what follows the body is kept. The answer, if any, refuses the rest.
std::optional<Answer> Connection::take_body_bytes(WorkerState& worker, std::string_view bytes) {
    auto refusal = exchange_->upload->take(bytes, worker.worker);
    if (!bytes.empty()) keep_bytes(bytes);
    return refusal;
}

Step Connection::finish_upload(WorkerState& worker) {
    Exchange& task = *exchange_;
    Answer result;
    {
        const BlockingMark mark(worker.worker);
        result = task.upload->finish();
        task.upload.reset();
    }
    hide_transfer();
    worker.refresh_time();
    more_came_ = unparsed_ != nullptr;
    answer(worker, &task.request, result);
    task.drop_request();
    return flush(worker);
}

/// Whether the next request can be found: the body was read to its end, or what came with the head is all of it.
bool Connection::body_is_over() {
    const Exchange& task = *exchange_;
    if (task.upload != nullptr) return task.upload->is_whole();
    std::string_view rest = unparsed_ != nullptr ? std::string_view(*unparsed_) : std::string_view();
    if (!skip_body(task.request, rest)) return false;
    const std::unique_ptr<std::string> skipped = std::move(unparsed_);
    if (!rest.empty()) keep_bytes(rest);
    return true;
}

/// Answers before the body is over: unless nothing of it is left, the connection ends with the answer.
Step Connection::refuse_upload(WorkerState& worker, const Answer& refusal) {
    Exchange& task = *exchange_;
    if (!body_is_over()) closing_ = body_unread_ = true;
    task.upload.reset();
    hide_transfer();
    worker.refresh_time();
    more_came_ = unparsed_ != nullptr;
    answer(worker, &task.request, refusal);
    task.drop_request();
    if (closing_) unparsed_.reset();
    return flush(worker);
}

}  // namespace filesrv::serve
