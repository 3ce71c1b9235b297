// SPDX-License-Identifier: MIT
// The phases of a connection, and the one function that says which may follow which.
#pragma once

#include <cstdint>
#include <string_view>

namespace filesrv::serve {

enum class Phase : std::uint8_t {
    idle,          ///< open, no byte of a request read: since accept, or between requests
    reading_head,  ///< some bytes of a head are there; it must be complete within T(n) of its first byte
    answering,     ///< a parsed request is with a worker, or on its way to one
    reading_body,  ///< the peer owes bytes of an upload
    writing,       ///< the peer owes room for bytes of an answer
    lingering,     ///< our FIN is out; whatever still comes is read and dropped
    closed,        ///< the descriptor is gone; the slot waits to be recycled
};

enum class PhaseEvent : std::uint8_t {
    bytes_came,      ///< an incomplete head is kept
    head_complete,   ///< a request was parsed, and is not answered on the spot
    body_wanted,     ///< the answer depends on body bytes that are not here yet
    body_complete,   ///< the last byte of the body was read
    output_blocked,  ///< the socket took no more
    output_drained,  ///< what was blocked went out, more of the same answer may follow
    answered,        ///< the last byte of the answer went out; the connection is kept
    fin_sent,        ///< we are done writing
    gone,            ///< closed, by whomever
};

/// The phase that follows. Total over what can happen; anything else is a bug and stops the program.
[[nodiscard]] Phase next_phase(Phase from, PhaseEvent event);

[[nodiscard]] std::string_view name(Phase phase) noexcept;

}  // namespace filesrv::serve
