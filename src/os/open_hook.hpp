// SPDX-License-Identifier: MIT
// A seam for tests: something to ask before a name beneath the root is opened, which may refuse or delay it.
#pragma once

#include <string_view>

namespace filesrv::os {

struct OpenAttempt {
    std::string_view path;  ///< relative to the root
    bool cached = false;    ///< with RESOLVE_CACHED: must not block
    bool worker = false;    ///< by a thread that may block
};

/// 0 = go on, else the errno to fail with. May sleep.
using OpenHook = int (*)(const OpenAttempt& attempt) noexcept;

/// Null unless a test build sets it, before any thread is started.
inline constinit OpenHook open_hook = nullptr;

}  // namespace filesrv::os
