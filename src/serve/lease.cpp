// SPDX-License-Identifier: MIT
// The right to touch a connection, as a value.
#include "serve/lease.hpp"

#include "serve/connection.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {

Lease::Lease(Connection& connection, WorkerState& worker) noexcept : connection_(&connection), worker_(&worker) {
    FS_ASSERT(connection.lease_word().state() != LeaseState::idle);
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
