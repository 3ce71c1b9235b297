// SPDX-License-Identifier: MIT
// An expected failure as a value: which operation failed, on what, and the system's code.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace filesrv {

/// An expected failure (ENOENT, ECONNRESET, ENOSPC). Bugs are FS_ASSERT's, protocol verdicts are data.
struct Error {
    int code = 0;                ///< an errno value
    const char* operation = "";  ///< the system call or step that failed; a literal
    std::string subject;         ///< what it was done to: a path, an address

    /// One line for a log: `openat2 a/b.txt: No such file or directory`.
    [[nodiscard]] std::string message() const;
};

template <class T>
using Result = std::expected<T, Error>;

/// Makes the failed branch of a Result from an errno value.
[[nodiscard]] inline std::unexpected<Error> failure(int code, const char* operation, std::string_view subject = {}) {
    return std::unexpected<Error>(Error{.code = code, .operation = operation, .subject = std::string(subject)});
}

}  // namespace filesrv
