// SPDX-License-Identifier: MIT
// The right to touch a connection, as a value: whoever holds the lease is the connection's one worker.
#pragma once

#include <utility>

namespace filesrv::serve {

class Connection;
class WorkerState;

/// Move-only. Its destructor gives the connection back; when an edge came meanwhile, it looks at the socket again
/// first, so an edge is never lost. See lease_word.hpp for the protocol.
class Lease {
public:
    /// The caller has just won the lease word of `connection`, or receives the lease from another thread.
    Lease(Connection& connection, WorkerState& worker) noexcept;
    Lease(Lease&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)), worker_(other.worker_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    [[nodiscard]] WorkerState& worker() const noexcept { return *worker_; }

    /// The lease goes on to another thread, or ends with the connection: nothing to give back here.
    void pass_on() noexcept;

private:
    Connection* connection_;
    WorkerState* worker_;
};

}  // namespace filesrv::serve
