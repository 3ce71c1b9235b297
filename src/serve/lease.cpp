// SPDX-License-Identifier: MIT
// The right to touch a connection, as a value.
#include "serve/lease.hpp"

#include "serve/connection.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {

Lease::Lease(Connection& connection, WorkerState& worker) noexcept : connection_(&connection), worker_(&worker) {
    FS_ASSERT(connection.lease_word().state() != LeaseState::idle);
    // What one connection left in the thread's batch would go out on the next: somebody else's answer.
    FS_ASSERT(worker.output.empty());
    worker.counters.leases_taken.add();
}

Lease::~Lease() {
    if (connection_ == nullptr) return;
    connection_->settle(*worker_);
    worker_->counters.leases_returned.add();
}

void Lease::pass_on() noexcept {
    FS_ASSERT(connection_ != nullptr);
    connection_ = nullptr;
    worker_->counters.leases_returned.add();
}

}  // namespace filesrv::serve
