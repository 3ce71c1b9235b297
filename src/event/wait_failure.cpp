// SPDX-License-Identifier: MIT
// A failed wait, in one line on stderr.
#include "event/wait_failure.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/assert.hpp"

namespace filesrv::event {

void wait_failed(const char* call) noexcept {
    const int code = errno;
    std::array<char, 160> what;
    std::snprintf(what.data(), what.size(), "%s works (it says %d, %s)", call, code, std::strerror(code));
    assertion_failed(what.data(), __FILE__, __LINE__);
}

}  // namespace filesrv::event
