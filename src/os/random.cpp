// SPDX-License-Identifier: MIT
// Numbers that nobody can guess, from the kernel.
#include "os/random.hpp"

#include "base/assert.hpp"

#include <sys/random.h>
#include <unistd.h>

namespace filesrv::os {

std::array<std::uint64_t, 2> random_numbers() noexcept {
    std::array<std::uint64_t, 2> numbers;
    const int result = ::getentropy(numbers.data(), sizeof(numbers));
    FS_ASSERT(result == 0);  // it fails for a bad address or more than 256 bytes alone
    return numbers;
}

}  // namespace filesrv::os
