// SPDX-License-Identifier: MIT
// The head of a request as it arrives: a strict, incremental parser of RFC 9112 §2–5 over bytes that it does
// not own.
#pragma once

#include "base/assert.hpp"
#include "http/known_field.hpp"
#include "http/limits.hpp"
#include "http/method.hpp"
#include "http/reject.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace filesrv::http {

enum class ParseState : std::uint8_t { incomplete, complete, rejected };

/// Versions that are served. Minor versions above 1 count as 1.1 (RFC 9110 §2.5).
enum class HttpVersion : std::uint8_t { http_1_0, http_1_1 };

/// Parses one head from a contiguous buffer that grows between calls.
/// Keeps offsets only, so that the bytes may move: see rebase(). Allocates nothing, ~1.2 KiB, meant to be
/// reused. The verdict depends on the bytes alone, not on how they were split over calls. Any one thread.
class RequestHead {
public:
    struct Field {
        std::string_view name;   ///< as sent
        std::string_view value;  ///< without surrounding blanks
        KnownField known = KnownField::other;
    };

    /// Looks at what has come since the last call. `bytes` begins where it began then and holds all so far;
    /// what follows the head (a body, the next request) is not looked at. Cheap to call for every byte.
    [[nodiscard]] ParseState parse(std::string_view bytes) noexcept;
    /// Ready for the next head.
    void reset() noexcept;
    /// The bytes were moved: every view obtained before is void, offsets hold.
    void rebase(const char* new_base) noexcept { base_ = new_base; }

    [[nodiscard]] ParseState state() const noexcept { return state_; }
    /// Bytes of a complete head, the empty lines before it included.
    [[nodiscard]] std::size_t size() const noexcept {
        FS_ASSERT(state_ == ParseState::complete);
        return line_begin_;
    }
    [[nodiscard]] const Reject& reject() const noexcept {
        FS_ASSERT(state_ == ParseState::rejected);
        return reject_;
    }

    /// The request line was read. Then the next four are set, even if the head was rejected later (a log line
    /// wants them).
    [[nodiscard]] bool has_request_line() const noexcept { return phase_ == Phase::fields; }
    /// Known even where the rest of the line is wrong, or too long: no answer to HEAD may have a body.
    [[nodiscard]] Method method() const noexcept { return method_; }
    [[nodiscard]] std::string_view method_text() const noexcept { return view(method_text_); }
    [[nodiscard]] std::string_view target_text() const noexcept { return view(target_text_); }
    [[nodiscard]] HttpVersion version() const noexcept { return version_; }

    [[nodiscard]] std::size_t field_count() const noexcept { return field_count_; }
    [[nodiscard]] Field field(std::size_t index) const noexcept {
        FS_ASSERT(index < field_count_);
        const Line& line = lines_[index];
        return {.name = view(line.name), .value = view(line.value), .known = line.known};
    }

    [[nodiscard]] bool has(KnownField which) const noexcept { return (present_ >> index_of(which) & 1) != 0; }
    /// Value of the first line of that field; "" when there is none (tell the two apart with has()).
    [[nodiscard]] std::string_view first(KnownField which) const noexcept {
        return has(which) ? view(lines_[first_line_[index_of(which)]].value) : std::string_view();
    }
    [[nodiscard]] std::size_t count(KnownField which) const noexcept;

    /// Calls fn(value) for each line of that field in order; lines of one field are one list (RFC 9110 §5.3).
    template <class Fn>
    void for_each(KnownField which, Fn&& fn) const {
        if (!has(which)) return;
        for (std::size_t i = first_line_[index_of(which)]; i < field_count_; ++i) {
            if (lines_[i].known == which) fn(view(lines_[i].value));
        }
    }

private:
    enum class Phase : std::uint8_t { start, request_line, fields };
    struct Piece {
        std::uint16_t offset = 0;
        std::uint16_t size = 0;
    };
    struct Line {
        Piece name;
        Piece value;
        KnownField known;
    };

    static constexpr std::size_t index_of(KnownField which) noexcept {
        return static_cast<std::size_t>(which);
    }
    [[nodiscard]] std::string_view view(Piece piece) const noexcept {
        return {base_ + piece.offset, piece.size};
    }
    [[nodiscard]] Piece piece(std::string_view part) const noexcept;

    bool skip_leading_lines(std::string_view bytes) noexcept;
    bool take_line(std::string_view bytes, std::string_view& line) noexcept;
    bool read_request_line(std::string_view line) noexcept;
    bool read_version(std::string_view text) noexcept;
    bool read_field_line(std::string_view line) noexcept;
    bool fail(Status status, std::string_view detail) noexcept;

    const char* base_ = "";
    std::uint32_t present_ = 0;     // a bit for each KnownField
    std::uint32_t begin_ = 0;       // of the request line
    std::uint32_t line_begin_ = 0;  // of the line that is not complete yet
    std::uint32_t scanned_ = 0;     // no line feed between line_begin_ and here
    Piece method_text_;
    Piece target_text_;
    ParseState state_ = ParseState::incomplete;
    Phase phase_ = Phase::start;
    Method method_ = Method::unknown;
    HttpVersion version_ = HttpVersion::http_1_1;
    std::uint8_t field_count_ = 0;
    std::uint8_t empty_lines_ = 0;
    Reject reject_;
    std::array<std::uint8_t, known_field_count> first_line_{};
    std::array<Line, limits::fields_max> lines_;

    static_assert(known_field_count <= 32, "present_ has 32 bits");
    static_assert(limits::fields_max < 256, "line numbers are bytes");
    static_assert(limits::head_bytes_max + 2 * limits::leading_empty_lines_max <= 65535,
                  "offsets are 16 bits");
};

}  // namespace filesrv::http
