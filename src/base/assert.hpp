// SPDX-License-Identifier: MIT
// FS_ASSERT: a bug stops the program, in every build.
#pragma once

namespace filesrv {

/// Prints `file:line: what` on stderr and aborts. Does not return, does not allocate.
[[noreturn]] void assertion_failed(const char* what, const char* file, int line) noexcept;

}  // namespace filesrv

#define FS_ASSERT(condition) \
    (__builtin_expect(static_cast<bool>(condition), 1) ? void() : ::filesrv::assertion_failed(#condition, __FILE__, __LINE__))

/// A place that only a bug can reach; `what` is a literal that says which.
#define FS_UNREACHABLE(what) ::filesrv::assertion_failed(what, __FILE__, __LINE__)
