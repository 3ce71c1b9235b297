// SPDX-License-Identifier: MIT
// Which version this is; the number is the build's.
#pragma once

namespace filesrv::ctl {

inline constexpr const char* version_text = FS_VERSION;

}  // namespace filesrv::ctl
