// SPDX-License-Identifier: MIT
// How a request ended, after all its attempts.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "tools/filesrv-client/exit_status.hpp"

namespace filesrv::client {

enum class Failure : std::uint8_t {
    none,
    answer,       ///< the server answered, and not with success
    connection,   ///< no connection, or it broke, or the peer fell silent
    local,        ///< a file here: missing, not writable, disk full
    digest,       ///< the bytes are not those that the server's digest names
    interrupted,  ///< the cancel flag
};

struct Outcome {
    Failure failure = Failure::none;
    std::string error;        ///< one clause for people, printable; "" = success
    unsigned status = 0;      ///< of the last answer; 0 = there was none
    std::string status_line;  ///< `HTTP/1.1 200 OK`, printable; "" = there was none
    std::uint64_t bytes = 0;  ///< of the body, fetched or sent, in all attempts
    std::uint64_t resumed_at = 0;  ///< bytes that an earlier download had left, and that were not fetched again
    Duration took{};
    unsigned retries = 0;
    bool verified = false;    ///< a digest of the server's was compared, and held
    bool unverified = false;  ///< it was asked for one, and gave none
    std::string body;         ///< of a listing
    std::string fields;       ///< of HEAD: those of the answer, a printable line each

    [[nodiscard]] bool ok() const noexcept { return failure == Failure::none; }
};

[[nodiscard]] constexpr ExitStatus exit_status_of(Failure failure) noexcept {
    switch (failure) {
        case Failure::none: return ExitStatus::success;
        case Failure::answer:
        case Failure::local:
        case Failure::digest: return ExitStatus::answer;
        case Failure::connection: return ExitStatus::connection;
        case Failure::interrupted: return ExitStatus::interrupted;
    }
    return ExitStatus::answer;
}

}  // namespace filesrv::client
