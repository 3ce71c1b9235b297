// SPDX-License-Identifier: MIT
// The framing of chunked bodies: two small automata. Strict, because peers that disagree on a chunk's end
// smuggle requests.
#include "http/chunk_framing.hpp"

#include "base/numbers.hpp"
#include "http/grammar.hpp"
#include "http/limits.hpp"

namespace filesrv::http {

using grammar::is_blank;
using grammar::is_field_char;
using grammar::is_token_char;

namespace {

constexpr unsigned size_digits_max = 16;

static_assert(limits::chunk_line_bytes_max < UINT16_MAX && limits::trailer_bytes_max < UINT16_MAX,
              "counted in 16 bits");

}  // namespace

FramingResult ChunkSizeLine::take(char c) noexcept {
    FS_ASSERT(state_ != State::malformed);
    if (state_ == State::line_feed) {
        if (c == '\n') return FramingResult::end;
        state_ = State::malformed;
        return FramingResult::malformed;
    }
    state_ = next(c);
    if (state_ != State::line_feed && ++bytes_ > limits::chunk_line_bytes_max) state_ = State::malformed;
    return state_ == State::malformed ? FramingResult::malformed : FramingResult::more;
}

/// One byte further. Every state names what it takes; all else is malformed.
ChunkSizeLine::State ChunkSizeLine::next(char c) noexcept {
    switch (state_) {
        case State::first_digit: return take_digit(c);
        case State::digits: return hex_digit(c) >= 0 ? take_digit(c) : after_element(c);
        case State::before_semicolon:
            return is_blank(c) ? State::before_semicolon : c == ';' ? State::name_first : State::malformed;
        case State::name_first:
            return is_blank(c) ? State::name_first : is_token_char(c) ? State::name : State::malformed;
        case State::name:
            if (is_token_char(c)) return State::name;
            if (is_blank(c)) return State::after_name;
            return c == '=' ? State::value_first : after_element(c);
        case State::after_name:
            if (is_blank(c)) return State::after_name;
            if (c == '=') return State::value_first;
            return c == ';' ? State::name_first : State::malformed;
        case State::value_first:
            if (is_blank(c)) return State::value_first;
            if (c == '"') return State::quoted;
            return is_token_char(c) ? State::value : State::malformed;
        case State::value: return is_token_char(c) ? State::value : after_element(c);
        case State::quoted:
            if (c == '"') return State::after_quoted;
            if (c == '\\') return State::escaped;
            return is_field_char(c) ? State::quoted : State::malformed;
        case State::escaped: return is_field_char(c) ? State::quoted : State::malformed;
        case State::after_quoted: return after_element(c);
        case State::line_feed:
        case State::malformed: break;
    }
    FS_UNREACHABLE("a line that has ended takes no more");
}

/// Leading zeros count as digits: seventeen of anything are refused.
ChunkSizeLine::State ChunkSizeLine::take_digit(char c) noexcept {
    const int digit = hex_digit(c);
    if (digit < 0 || digits_ == size_digits_max) return State::malformed;
    size_ = size_ << 4 | static_cast<std::uint64_t>(digit);
    ++digits_;
    return State::digits;
}

/// What may follow the size, a name or a value.
ChunkSizeLine::State ChunkSizeLine::after_element(char c) noexcept {
    if (c == ';') return State::name_first;
    if (c == '\r') return State::line_feed;
    return is_blank(c) ? State::before_semicolon : State::malformed;
}

FramingResult TrailerSection::take(char c) noexcept {
    FS_ASSERT(state_ != State::malformed);
    if (state_ == State::last_line_feed && c == '\n') return FramingResult::end;
    state_ = next(c);
    if (state_ != State::last_line_feed && ++bytes_ > limits::trailer_bytes_max) state_ = State::malformed;
    return state_ == State::malformed ? FramingResult::malformed : FramingResult::more;
}

/// Folded lines are refused here as in a head: a line's first byte must be a name's.
TrailerSection::State TrailerSection::next(char c) const noexcept {
    switch (state_) {
        case State::line_first:
            if (c == '\r') return State::last_line_feed;
            return is_token_char(c) ? State::name : State::malformed;
        case State::name:
            if (is_token_char(c)) return State::name;
            return c == ':' ? State::value : State::malformed;
        case State::value:
            if (c == '\r') return State::line_feed;
            return is_field_char(c) ? State::value : State::malformed;
        case State::line_feed: return c == '\n' ? State::line_first : State::malformed;
        case State::last_line_feed: return State::malformed;
        case State::malformed: break;
    }
    FS_UNREACHABLE("a malformed section takes no more");
}

}  // namespace filesrv::http
