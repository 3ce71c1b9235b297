// SPDX-License-Identifier: MIT
// How urgent a message is. Here, because both who configures and who logs must name it.
#pragma once

#include <cstdint>

namespace filesrv {

/// In rising urgency: a level lets through itself and everything after it.
enum class LogLevel : std::uint8_t { trace, debug, info, warning, error };

}  // namespace filesrv
