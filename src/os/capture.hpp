// SPDX-License-Identifier: MIT
// Another program, run to its end for what it says; posix_spawnp(3).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace filesrv::os {

/// What of it is wanted.
enum class Captured : bool {
    output,  ///< standard output; standard error is thrown away
    errors,  ///< standard error; standard output is thrown away
};

struct CaptureHow {
    Captured what = Captured::output;
    Duration longest = std::chrono::seconds(10);
    std::size_t bytes_max = 1 << 20;  ///< what it says beyond this is read and forgotten
};

struct Said {
    int status = 0;  ///< its exit status, or 128 and the number of the signal that ended it
    std::string text;
};

/// Runs `words` (the first is looked for in PATH) with an empty input, and waits for its end. ENOENT: there is no such
/// program. ETIMEDOUT: it took too long, and was killed.
[[nodiscard]] Result<Said> capture(const std::vector<std::string>& words, CaptureHow how = {});

}  // namespace filesrv::os
