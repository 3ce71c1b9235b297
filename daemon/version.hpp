// SPDX-License-Identifier: MIT
// Which version this is; the number is the build's.
#pragma once

namespace filesrv::daemon {

inline constexpr const char* version_number = FS_VERSION;
inline constexpr const char* version_text = "filesrvd " FS_VERSION;

}  // namespace filesrv::daemon
