// SPDX-License-Identifier: MIT
// Reads one answer strictly (RFC 9112 §4, §5, §6.3, §7.1): what is not well-formed is said in one sentence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace filesrv::mutate {

struct Answer {
    unsigned status = 0;
    bool closing = false;   ///< Connection: close
    std::size_t bytes = 0;  ///< head and body
};

/// Whether a body follows the head: an answer to HEAD only announces it, and which request an answer belongs
/// to is not always known.
enum class Body : bool { announced_only, present };

/// Reads the first answer of `bytes`. Empty = it is well-formed and whole, else what is wrong with it.
[[nodiscard]] std::string read_answer(std::string_view bytes, Body body, Answer& out);

}  // namespace filesrv::mutate
