// SPDX-License-Identifier: MIT
// All that a connection sends, read with all bytes at hand: how many requests it holds and where each ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filesrv::fuzz {

/// Where the bytes leave a connection.
enum class Ending : std::uint8_t {
    between,      ///< after a whole request, or before any byte
    within_head,  ///< the rest could become a request
    within_body,
    last,         ///< after a request that wants no other
    refused,      ///< by the framing or the head: nothing behind it is read
};

struct HeldRequest {
    std::string target;
    std::string body;
    std::size_t end = 0;  ///< offset behind its last byte; 0 = it is not whole, or its body is refused

    bool operator==(const HeldRequest&) const = default;
};

struct Conversation {
    std::vector<HeldRequest> requests;  ///< those whose heads are whole and not refused
    Ending ending = Ending::between;

    bool operator==(const Conversation&) const = default;
};

/// RFC 9112, as strictly as this server reads it. Grammars of authorities and targets are the program's own.
[[nodiscard]] Conversation read_conversation(std::string_view bytes);

/// The same, or refused where the reference waits for the end of a line that is wrong already.
[[nodiscard]] bool agree(const Conversation& told, const Conversation& wanted);

}  // namespace filesrv::fuzz
