// SPDX-License-Identifier: MIT
// FS_ASSERT: a bug stops the program, in every build.
#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace filesrv {

void assertion_failed(const char* what, const char* file, int line) noexcept {
    std::fprintf(stderr, "filesrv: bug: %s:%d: %s\n", file, line, what);
    std::abort();
}

}  // namespace filesrv
