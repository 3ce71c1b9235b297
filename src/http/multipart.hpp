// SPDX-License-Identifier: MIT
// Streaming multipart/form-data (RFC 7578, RFC 2046 §5.1): the parts of a form as they arrive, never held in
// memory.
#pragma once

#include "http/form_fields.hpp"
#include "http/reject.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace filesrv::http {

/// Pull parser for one form; copies part heads, never data. Any one thread.
/// The empty line after a part's fields is wanted in full, also before an empty part; a boundary that is
/// followed by anything but
/// `--` or the line's end is refused, as is a form that ends before its closing boundary.
class MultipartParser {
public:
    enum class Event : std::uint8_t {
        need_more,   ///< the input is used up
        part_begin,  ///< part() is valid until the next part_begin
        data,        ///< data() is a run of the part's bytes, valid until the next call
        part_end,
        done,  ///< the closing boundary was seen; what follows is ignored and need not be fed
        rejected,
    };

    /// A boundary from form_boundary().
    explicit MultipartParser(std::string_view boundary);

    /// Consumes from the front of `in` up to and including the next event. Call until need_more, done or
    /// rejected. A body that ends without `done` was cut: store nothing of the open part.
    [[nodiscard]] Event next(std::span<const char>& in);

    [[nodiscard]] const FormPart& part() const noexcept { return part_; }
    [[nodiscard]] std::span<const char> data() const noexcept { return data_; }
    [[nodiscard]] bool done() const noexcept { return phase_ == Phase::done; }
    [[nodiscard]] const Reject& reject() const noexcept;

private:
    enum class Phase : std::uint8_t {
        preamble,
        content,
        after_delimiter,
        closing_dash,
        padding,
        delimiter_line_feed,
        part_head,
        done,
        rejected,
    };

    Event scan(std::span<const char>& in);
    Event resume_match(std::span<const char>& in);
    Event hand_out(std::span<const char> run) noexcept;
    Event delimiter_found() noexcept;
    Event take_delimiter_end(char c) noexcept;
    Event take_head(char c);
    Event fail(std::string_view detail) noexcept;

    std::string delimiter_;  // CR LF - - boundary
    std::size_t matched_ =
        2;  // bytes of it seen at the end of the last input; a form may begin without CR LF
    std::size_t parts_ = 0;
    std::size_t skipped_bytes_ = 0;  // of the preamble, or of the padding after a boundary
    std::string head_;
    FormPart part_;
    std::span<const char> data_;
    Phase phase_ = Phase::preamble;
    Reject reject_;
};

}  // namespace filesrv::http
