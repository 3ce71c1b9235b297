// SPDX-License-Identifier: MIT
// Streaming multipart/form-data (RFC 7578, RFC 2046 §5.1): the parts of a form as they arrive, never held in memory.
#pragma once

#include "http/limits.hpp"
#include "http/reject.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace filesrv::http {

/// The boundary of a Content-Type field that is multipart/form-data, unquoted. Nothing for another type, or when it is missing,
/// malformed or too long.
[[nodiscard]] std::optional<std::string> form_boundary(std::string_view content_type);

/// What a form says about one part.
struct FormPart {
    std::string name;          ///< of the form's field
    std::string filename;      ///< as sent; may hold folders, in either system's spelling
    bool has_filename = false; ///< with one it is a file, even if the name is ""
    std::string content_type;  ///< as sent, "" = not sent
};

class MultipartParser {
public:
    enum class Event : std::uint8_t {
        need_more,   ///< the input is used up
        part_begin,  ///< part() is valid until the next part_begin
        data,        ///< data() is a run of the part's bytes, valid until the next call
        part_end,
        done,        ///< the closing boundary was seen; what follows is ignored
        rejected,
    };

    explicit MultipartParser(std::string_view boundary);

    /// Consumes from the front of `in` up to and including the next event. Call until need_more, done or rejected.
    /// The body ended before `done`: the form is cut, store nothing of the open part.
    [[nodiscard]] Event next(std::span<const char>& in);

    [[nodiscard]] const FormPart& part() const noexcept { return part_; }
    [[nodiscard]] std::span<const char> data() const noexcept { return data_; }
    [[nodiscard]] bool done() const noexcept { return phase_ == Phase::done; }
    [[nodiscard]] const Reject& reject() const noexcept;

private:
    enum class Phase : std::uint8_t { preamble, body, after_delimiter, close_dash, padding, delimiter_lf, head, pending_end, done, rejected };

    Event scan_for_delimiter(std::span<const char>& in);
    Event read_delimiter_end(std::span<const char>& in);
    Event read_head(std::span<const char>& in);
    bool parse_head();
    Event fail(std::string_view detail) noexcept;

    std::string delimiter_;      // CR LF -- boundary
    std::size_t matched_ = 0;    // bytes of the delimiter seen at the end of the last input
    std::size_t parts_ = 0;
    std::size_t preamble_bytes_ = 0;
    std::string head_;
    FormPart part_;
    std::span<const char> data_;
    Phase phase_ = Phase::preamble;
    Reject reject_;
};

/// The last component of a file name as a browser sends it, folders of either system cut off (RFC 7578 §4.2).
/// Nothing for "", ".", "..", and names with a NUL.
[[nodiscard]] std::optional<std::string_view> base_name_of_form_filename(std::string_view filename) noexcept;

}  // namespace filesrv::http
