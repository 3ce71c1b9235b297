// SPDX-License-Identifier: MIT
// Whether what came back is what any request, however broken, must get.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace filesrv::mutate {

/// How a conversation ended.
enum class End : std::uint8_t {
    closed,  ///< the server's FIN
    reset,   ///< an error on the way
    hung,    ///< nothing for longer than the patience allows
};

struct Conversation {
    std::string_view request;  ///< all that was sent, before our FIN
    std::string_view answers;  ///< all that came
    End end = End::closed;
};

struct Verdict {
    std::string wrong;                       ///< empty = all right
    std::array<std::uint32_t, 6> classes{};  ///< answers by the first digit of their status
};

/// Every answer well-formed and of a known status; nothing after one that says it closes; an answer to
/// whatever is surely whole; no reset of a client that did not ask for the close; and `secret`, unless empty,
/// nowhere.
[[nodiscard]] Verdict judge(const Conversation& conversation, std::string_view secret);

/// Whether the first request must be answered: its head is whole, and so is its body, as far as that can be
/// said without parsing it as a server does. False = may be.
[[nodiscard]] bool answer_is_due(std::string_view request);

}  // namespace filesrv::mutate
