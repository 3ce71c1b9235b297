// SPDX-License-Identifier: MIT
// Looking at connections one by one, and closing one of them, without stopping anything they do: messages that go from
// reactor to reactor and do a little in a turn of each.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "event/inbox.hpp"
#include "observe/snapshot.hpp"

namespace filesrv::serve {

class Server;

struct ConnectionList {
    std::vector<observe::ConnectionFacts> connections;
    bool truncated = false;  ///< there were more

    bool operator==(const ConnectionList&) const = default;
};

/// Owns what is on its way through the reactors, so that nothing is lost when they leave before it is done.
class Errands {
public:
    explicit Errands(Server& server) noexcept : server_(server) {}

    // Any thread, while the reactors are there. `then` is called once, in a reactor's thread, and is to be quick; not at
    // all when the server leaves first.
    void list(std::size_t most, std::function<void(ConnectionList)> then);
    void kick(std::uint64_t id, std::function<void(bool found)> then);

    /// The reactors have ended: what they may still deliver does nothing.
    void abandon() noexcept { abandoned_.store(true, std::memory_order_relaxed); }

private:
    class Errand;
    class List;
    class Kick;

    void begin(std::unique_ptr<Errand> errand);
    void end(Errand& errand) noexcept;

    Server& server_;
    Mutex mutex_;
    std::vector<std::unique_ptr<event::Message>> under_way_ FS_GUARDED_BY(mutex_);
    std::atomic<bool> abandoned_{false};
};

}  // namespace filesrv::serve
