// SPDX-License-Identifier: MIT
// Memory that runs out in a unit test: stand-ins for operator new and delete. Not with sanitizers, which have their own.
#include "scarce_memory.hpp"

#include <cstdlib>
#include <limits>
#include <new>

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
thread_local std::size_t allocations_left = unlimited;

}  // namespace

void* operator new(std::size_t bytes) {
    if (allocations_left == 0) throw std::bad_alloc();
    if (allocations_left != unlimited) --allocations_left;
    void* const memory = std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace filesrv::test {

ScarceMemory::ScarceMemory(std::size_t allocations) noexcept { allocations_left = allocations; }
ScarceMemory::~ScarceMemory() { allocations_left = unlimited; }

}  // namespace filesrv::test
