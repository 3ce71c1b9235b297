// SPDX-License-Identifier: MIT
// An access-log record that outlives its request: of an answer whose file is still being sent.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace filesrv::serve {

/// Owns the text; `body_bytes` less what was not sent is what the line will say.
struct KeptRecord {
    std::string method;
    std::string target;
    std::string version;
    std::string referer;
    std::string user_agent;
    unsigned status = 0;
    std::uint64_t body_bytes = 0;  ///< of the body, as far as it has been made
    WallTime time{};
    Instant began{};
};

}  // namespace filesrv::serve
