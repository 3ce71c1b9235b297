// SPDX-License-Identifier: MIT
// A block of memory given up when there is none left.
#include "base/memory_reserve.hpp"

#include <atomic>
#include <cstddef>
#include <new>

#include "base/assert.hpp"

namespace filesrv {
namespace {

/// Enough for what a request has in hand, and small enough that the allocator keeps it among its own.
constexpr std::size_t reserve_bytes = 32 << 10;

constinit std::atomic<char*> reserve{nullptr};

/// Called by operator new: returns when it shall try again.
void give_up_reserve() {
    char* const block = reserve.exchange(nullptr, std::memory_order_acq_rel);
    if (block == nullptr) throw std::bad_alloc();
    delete[] block;
}

}  // namespace

void hold_memory_reserve() {
    FS_ASSERT(reserve.load(std::memory_order_relaxed) == nullptr);
    reserve.store(new char[reserve_bytes], std::memory_order_release);
    std::set_new_handler(give_up_reserve);
}

void renew_memory_reserve() noexcept {
    if (reserve.load(std::memory_order_relaxed) != nullptr || std::get_new_handler() != give_up_reserve) return;
    char* const fresh = new (std::nothrow) char[reserve_bytes];
    char* none = nullptr;
    // Two threads may have seen that it was gone.
    if (fresh != nullptr && !reserve.compare_exchange_strong(none, fresh, std::memory_order_acq_rel)) delete[] fresh;
}

}  // namespace filesrv
