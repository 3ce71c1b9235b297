// SPDX-License-Identifier: MIT
// What a failed system call means to a client: errno to status and sentence. The one table of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/status.hpp"

namespace filesrv::serve {

/// What the request wanted of the name: some codes differ.
enum class Access : std::uint8_t { read, write };

struct ErrnoVerdict {
    http::Status status = http::Status::internal_server_error;
    std::string_view sentence;  ///< for the client; static text, tells nothing about the machine
    bool worth_logging = false; ///< the server's trouble, not the client's: disk, descriptors, the unknown
};

[[nodiscard]] ErrnoVerdict verdict_of_errno(int code, Access access) noexcept;

}  // namespace filesrv::serve
