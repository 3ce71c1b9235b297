// SPDX-License-Identifier: MIT
// The framing of chunked bodies (RFC 9112 §7.1) a byte at a time: size lines with their extensions, and the
// trailers.
#pragma once

#include "base/assert.hpp"

#include <cstddef>
#include <cstdint>

namespace filesrv::http {

enum class FramingResult : std::uint8_t { more, end, malformed };

/// `1a;name=value;name="quoted"` and its CRLF. Blanks stand only where the grammar has BWS, never before the
/// line's end.
class ChunkSizeLine {
public:
    void start() noexcept { *this = ChunkSizeLine(); }
    [[nodiscard]] FramingResult take(char c) noexcept;
    /// Of a line that has ended.
    [[nodiscard]] std::uint64_t size() const noexcept {
        FS_ASSERT(digits_ > 0);
        return size_;
    }
    [[nodiscard]] std::size_t extension_bytes() const noexcept { return bytes_ - digits_; }

private:
    enum class State : std::uint8_t {
        first_digit,
        digits,
        before_semicolon,
        name_first,
        name,
        after_name,
        value_first,
        value,
        quoted,
        escaped,
        after_quoted,
        line_feed,
        malformed,
    };

    [[nodiscard]] State next(char c) noexcept;
    [[nodiscard]] State take_digit(char c) noexcept;
    [[nodiscard]] static State after_element(char c) noexcept;

    std::uint64_t size_ = 0;
    std::uint16_t bytes_ = 0;  // without the line's end
    std::uint8_t digits_ = 0;
    State state_ = State::first_digit;
};

/// Field lines up to the empty line. Their content is checked like a head's and forgotten: nothing here heeds
/// a trailer.
class TrailerSection {
public:
    void start() noexcept { *this = TrailerSection(); }
    [[nodiscard]] FramingResult take(char c) noexcept;

private:
    enum class State : std::uint8_t { line_first, name, value, line_feed, last_line_feed, malformed };

    [[nodiscard]] State next(char c) const noexcept;

    std::uint16_t bytes_ = 0;  // of all lines with their ends, without the empty one
    State state_ = State::line_first;
};

}  // namespace filesrv::http
