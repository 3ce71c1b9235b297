// SPDX-License-Identifier: MIT
// The memory of a weak machine: views.
#include "weak_memory.hpp"

#include <algorithm>
#include <utility>

namespace filesrv::test {
namespace {

WeakMemory* present = nullptr;

}  // namespace

void View::join(const View& other) noexcept {
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i] = std::max(seen[i], other.seen[i]);
    for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other.clock[i]);
}

WeakMemory::WeakMemory(ChangeOrder change) noexcept : change_(change) { present = this; }
WeakMemory::~WeakMemory() { present = nullptr; }

WeakMemory& WeakMemory::now() noexcept {
    FS_ASSERT(present != nullptr);
    return *present;
}

std::size_t WeakMemory::new_location() noexcept {
    FS_ASSERT(locations_ < locations_max);
    return locations_++;
}

void WeakMemory::begin(std::function<void()> body) {
    const View known = mine();
    begun_.push_back(spawn([this, known, body = std::move(body)] {
        mine().join(known);
        body();
    }));
}

void WeakMemory::end_all() {
    for (const std::size_t thread : begun_) {
        wait_for(thread);
        mine().join(views_[thread]);
    }
}

}  // namespace filesrv::test
