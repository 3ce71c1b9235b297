// SPDX-License-Identifier: MIT
// One mutex for the names of each folder, shared by folders that hash alike.
//
// The kernel lets one name operation at a time into a folder and makes the others spin for it; when many uploads end
// together that costs more than the operations do. Waiting asleep, here, is cheaper. Syncs do not pass here.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

#include "os/stat.hpp"

namespace filesrv::store {

class FolderMutexes {
public:
    [[nodiscard]] std::mutex& of(const os::FileStat& folder) noexcept {
        const std::uint64_t mixed = (folder.inode ^ (folder.device << 32)) * 0x9E3779B97F4A7C15U;
        return mutexes_[mixed >> 58];
    }

private:
    std::array<std::mutex, 64> mutexes_;  ///< as many as 6 bits tell apart
};

/// Holds the names of one folder, or of the two a rename goes between; always taken in one order.
class NamesLock {
public:
    explicit NamesLock(std::mutex& folder) : first_(folder) {}
    NamesLock(std::mutex& one, std::mutex& other)
        : first_(std::less<>()(&one, &other) ? one : other) {
        if (&one != &other) second_ = std::unique_lock(std::less<>()(&one, &other) ? other : one);
    }

private:
    std::unique_lock<std::mutex> first_;
    std::unique_lock<std::mutex> second_;
};

}  // namespace filesrv::store
