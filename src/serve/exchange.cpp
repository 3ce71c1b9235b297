// SPDX-License-Identifier: MIT
// What a connection holds while one request takes longer than a turn.
#include "serve/exchange.hpp"

#include "base/assert.hpp"
#include "observe/log.hpp"
#include "os/clock.hpp"
#include "serve/connection.hpp"
#include "serve/lease.hpp"
#include "serve/server.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {

void Exchange::run(Worker& worker) noexcept {
    auto& state = static_cast<WorkerState&>(worker.context());
    state.worker = &worker;
    state.refresh_time();
    if (has_request && observe::log_enabled(LogLevel::debug)) log_holder(worker);
    connection_.set_holder(worker.number());
    connection_.work(Lease(connection_, state));  // may end this exchange: nothing of it is touched below
    state.end_of_job();
    if (!state.handed_over.empty()) state.server.pool().push(state.handed_over, state.now);  // it let others go first
}

void Exchange::log_holder(const Worker& worker) const noexcept {
    observe::log_made(LogLevel::debug, [&] {
        return "worker-" + std::to_string(worker.number()) + " holds connection " + std::to_string(connection_.id()) + ": " +
               std::string(head.method_text()) + " " + std::string(head.target_text());
    });
}

void Exchange::keep_request(const http::RequestHead& parsed, std::string_view head_bytes) {
    FS_ASSERT(!has_request);
    head_bytes_.assign(head_bytes);
    head = parsed;
    head.rebase(head_bytes_.data());
    const auto reject = http::interpret(head, request);
    FS_ASSERT(!reject);  // it was understood where it was parsed
    has_request = true;
    began = os::monotonic_now();
}

void Exchange::drop_request() noexcept {
    FS_ASSERT(has_request);
    has_request = upload_began = false;
    entry.reset();
}

}  // namespace filesrv::serve
