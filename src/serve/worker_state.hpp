// SPDX-License-Identifier: MIT
// What a thread that serves keeps from request to request: buffers, a parser, the batch of answers, its counters.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/intrusive_list.hpp"
#include "http/date.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"
#include "http/response_head.hpp"
#include "serve/counters.hpp"
#include "serve/output_batch.hpp"
#include "serve/worker_pool.hpp"

namespace filesrv::serve {

class Reactor;
class Server;

/// One of these a serving thread, the reactor's as well as every worker's. Never shared.
/// A connection uses it only while its lease is in that thread.
class WorkerState final : public WorkerContext {
public:
    /// `reactor` is null in a thread of the pool.
    WorkerState(Server& server, Reactor* reactor);
    ~WorkerState() override;

    [[nodiscard]] bool is_reactor() const noexcept { return reactor != nullptr; }
    /// Whether this thread may answer a request that cannot block: a worker always, the reactor within its batch.
    [[nodiscard]] bool may_answer() const noexcept { return reactor == nullptr || answers_left > 0; }

    /// Reads the clocks: at the start of a turn, of a job, and after something long.
    void refresh_time(Instant now);
    void refresh_time();

    /// Writes the access log of the turn or job.
    void end_of_job();

    /// `HTTP/1.1 200 OK` and the Date line, made once a second.
    [[nodiscard]] std::string_view ok_prefix();
    /// The text of the current second, for Date.
    [[nodiscard]] std::string_view date() noexcept { return dates_.at(wall_now); }
    /// The connection's fields, Server, and the empty line, made when they change.
    [[nodiscard]] std::string_view head_end(http::ConnectionFields fields);

    /// The receive buffer; always there.
    [[nodiscard]] std::span<char> buffer() noexcept { return {buffer_.get(), limits::receive_buffer_bytes}; }
    /// The buffer of upload bodies, made when first asked for.
    [[nodiscard]] std::span<char> body_buffer();

private:
    std::unique_ptr<char[]> buffer_;   ///< first: once the counters are borrowed, nothing may fail

public:
    Server& server;
    Reactor* const reactor;
    Worker* worker = nullptr;          ///< the pool's thread, for BlockingMark; null in a reactor
    Counters& counters;
    Instant now{};
    WallTime wall_now{};
    http::RequestHead head;
    http::Request request;
    OutputBatch output;
    IntrusiveList<Job> handed_over;    ///< reactor: leases for the pool, pushed together at the end of the turn
    std::size_t answers_left = 0;      ///< reactor: how many more requests it may answer in this turn
    std::string log_lines;             ///< access log of this turn or job, written at its end

private:
    http::DateCache dates_;
    std::string ok_prefix_;
    std::int64_t ok_prefix_second_ = -1;
    std::string head_end_;
    http::ConnectionFields head_end_fields_;
    std::unique_ptr<char[]> body_buffer_;
};

}  // namespace filesrv::serve
