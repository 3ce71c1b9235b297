// SPDX-License-Identifier: MIT
// Tidying: some time after the last upload a worker removes the staging folder.
#pragma once

#include <atomic>

#include "event/inbox.hpp"
#include "event/loop.hpp"
#include "serve/worker_pool.hpp"

namespace filesrv::serve {

class Server;

/// From an upload's end in any worker, to a timer of the first reactor, to a job of the pool. Costs nothing between.
class Tidying {
public:
    explicit Tidying(Server& server) noexcept : server_(server), step_(*this) {}

    /// An upload has ended. Any thread.
    void upload_ended() noexcept;

private:
    /// One thing at a time: posted, then scheduled, then queued.
    class Step final : public event::Message, public event::Loop::TimerTask, public Job {
    public:
        explicit Step(Tidying& tidying) noexcept : tidying_(tidying) {}
        void deliver() noexcept override;
        void on_time() noexcept override;
        void run(Worker& worker) noexcept override;

    private:
        Tidying& tidying_;
    };

    Server& server_;
    Step step_;
    std::atomic<bool> under_way_{false};
};

}  // namespace filesrv::serve
