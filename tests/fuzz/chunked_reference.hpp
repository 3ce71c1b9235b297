// SPDX-License-Identifier: MIT
// Chunked bodies (RFC 9112 §7.1) read a line at a time, with all bytes at hand: what the decoder is compared with.
#pragma once

#include "http/body_decoder.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace filesrv::fuzz {

struct ChunkedBody {
    std::string payload;
    std::size_t consumed = 0;
    http::BodyDecoder::State state = http::BodyDecoder::State::more;
};

/// `more` also where a line that is not whole is wrong already: there a decoder may know it.
[[nodiscard]] ChunkedBody read_chunked(std::string_view bytes);

/// What a token is made of (RFC 9110 §5.6.2).
inline constexpr std::string_view token_chars =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// What a field's value is made of (RFC 9110 §5.5), blanks included.
[[nodiscard]] bool is_value_char(char c);

/// How many characters of `set` stand at `at`.
[[nodiscard]] std::size_t run_of(std::string_view text, std::size_t at, std::string_view set);

/// The next line without its end; nothing when it is not whole. `bad` for a bare CR or LF.
[[nodiscard]] std::optional<std::string_view> next_line(std::string_view& rest, bool& bad);

}  // namespace filesrv::fuzz
