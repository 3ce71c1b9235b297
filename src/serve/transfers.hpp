// SPDX-License-Identifier: MIT
// Transfers under way that take longer than a turn: what they are, for who asks. Short ones never come here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "http/method.hpp"

namespace filesrv::serve {

enum class Direction : std::uint8_t { download, upload };

struct Transfer {
    Direction direction = Direction::download;
    http::Method method = http::Method::get;
    std::string target;
    std::optional<std::uint64_t> total;  ///< bytes of the body; nothing: nobody knows yet
    Instant began{};
    std::uint64_t bytes_before = 0;      ///< what the connection had counted, in its direction, before the body's first byte
};

/// Any thread. A connection has one transfer at most.
class Transfers {
public:
    void begin(std::uint64_t connection, const Transfer& transfer) {
        const MutexLock lock(mutex_);
        const bool fresh = under_way_.emplace(connection, transfer).second;
        FS_ASSERT(fresh);
        ++count_of(transfer.direction);
    }

    void end(std::uint64_t connection) noexcept {
        const MutexLock lock(mutex_);
        const auto found = under_way_.find(connection);
        FS_ASSERT(found != under_way_.end());
        --count_of(found->second.direction);
        under_way_.erase(found);
    }

    [[nodiscard]] std::optional<Transfer> find(std::uint64_t connection) const {
        const MutexLock lock(mutex_);
        const auto found = under_way_.find(connection);
        return found == under_way_.end() ? std::nullopt : std::optional(found->second);
    }

    struct Counts {
        std::uint64_t downloads = 0;
        std::uint64_t uploads = 0;
    };
    [[nodiscard]] Counts counts() const {
        const MutexLock lock(mutex_);
        return counts_;
    }

private:
    [[nodiscard]] std::uint64_t& count_of(Direction direction) noexcept FS_REQUIRES(mutex_) {
        return direction == Direction::download ? counts_.downloads : counts_.uploads;
    }

    mutable Mutex mutex_;
    std::unordered_map<std::uint64_t, Transfer> under_way_ FS_GUARDED_BY(mutex_);
    Counts counts_ FS_GUARDED_BY(mutex_);
};

}  // namespace filesrv::serve
