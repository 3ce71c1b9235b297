// SPDX-License-Identifier: MIT
// What a thread that serves keeps from request to request.
#include "serve/worker_state.hpp"

#include <array>

#include "base/assert.hpp"
#include "http/response_head.hpp"
#include "os/clock.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {

WorkerState::WorkerState(Server& owner, Reactor* of_reactor)
    : buffer_(std::make_unique_for_overwrite<char[]>(limits::receive_buffer_bytes)),
      server(owner),
      reactor(of_reactor),
      counters(owner.counters().lend()) {}

WorkerState::~WorkerState() { server.counters().give_back(counters); }

void WorkerState::refresh_time(Instant instant) {
    now = instant;
    wall_now = os::wall_now();
}

void WorkerState::refresh_time() { refresh_time(os::monotonic_now()); }

void WorkerState::end_of_job() {
    if (log_lines.empty()) return;
    server.write_access_log(log_lines);
    log_lines.clear();
}

std::string_view WorkerState::ok_prefix() {
    const std::int64_t second = http::unix_seconds(wall_now);
    if (second != ok_prefix_second_) {
        ok_prefix_second_ = second;
        ok_prefix_.assign("HTTP/1.1 200 OK\r\nDate: ").append(date()).append("\r\n");
    }
    return ok_prefix_;
}

std::string_view WorkerState::head_end(http::ConnectionFields fields) {
    const bool same = fields.keep_alive == head_end_fields_.keep_alive && fields.timeout_s == head_end_fields_.timeout_s;
    if (!same || head_end_.empty()) {
        head_end_fields_ = fields;
        std::array<char, 128> text;
        http::HeadWriter writer(text);
        http::write_connection_fields(writer, fields);
        FS_ASSERT(!writer.overflowed());
        head_end_.assign(writer.view()).append(server.server_field()).append("\r\n");
    }
    return head_end_;
}

std::span<char> WorkerState::body_buffer() {
    if (!body_buffer_) body_buffer_ = std::make_unique_for_overwrite<char[]>(limits::body_buffer_bytes);
    return {body_buffer_.get(), limits::body_buffer_bytes};
}

}  // namespace filesrv::serve
