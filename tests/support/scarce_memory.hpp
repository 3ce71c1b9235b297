// SPDX-License-Identifier: MIT
// Memory that runs out in a unit test: operator new fails when what was granted is used up.
#pragma once

#include <cstddef>

namespace filesrv::test {

/// For as long as it lives, so many allocations succeed and no more. One thread, one at a time.
class ScarceMemory {
public:
    explicit ScarceMemory(std::size_t allocations) noexcept;
    ScarceMemory(const ScarceMemory&) = delete;
    ScarceMemory& operator=(const ScarceMemory&) = delete;
    ~ScarceMemory();
};

}  // namespace filesrv::test
