// SPDX-License-Identifier: MIT
// The end of a shared entry.
#include "store/entry.hpp"

namespace filesrv::store {

void EntryRef::reset() noexcept {
    const Entry* entry = std::exchange(entry_, nullptr);
    if (entry == nullptr) return;
    // Release: our reads of the entry come before the count falls. Acquire: the last one deletes after all of them.
    const auto before = entry->references_.fetch_sub(1, std::memory_order_acq_rel);
    FS_ASSERT(before > 0);
    if (before == 1) delete entry;
}

}  // namespace filesrv::store
