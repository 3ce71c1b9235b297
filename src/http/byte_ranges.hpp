// SPDX-License-Identifier: MIT
// The body of an answer with several ranges: multipart/byteranges (RFC 9110 §14.6), all but the file's own
// bytes.
#pragma once

#include "http/response_head.hpp"
#include "http/response_plan.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace filesrv::http {

/// What goes around the slices of one answer. Sent as: for each part its head and its slice, then the tail.
/// Reused: its text keeps capacity. Does not know where the file's bytes come from.
class ByteRanges {
public:
    /// Lays out the parts of a plan that is_multipart(). The boundary is made of `nonce`: random numbers that
    /// no client can know beforehand, so that no file can hold it on purpose.
    void lay_out(const ResponsePlan& plan, std::string_view content_type, std::array<std::uint64_t, 2> nonce);

    [[nodiscard]] std::size_t parts() const noexcept { return parts_; }
    /// The bytes before a part's slice.
    [[nodiscard]] std::string_view head_of(std::size_t part) const noexcept;
    /// The bytes after the last slice.
    [[nodiscard]] std::string_view tail() const noexcept;
    /// Of the whole body, slices included.
    [[nodiscard]] std::uint64_t content_length() const noexcept { return content_length_; }
    /// `multipart/byteranges; boundary=…`
    [[nodiscard]] std::string content_type() const;

private:
    std::string boundary_;
    std::string text_;  // heads in order, then the tail
    std::array<std::uint32_t, limits::ranges_max + 1> ends_{};
    std::size_t parts_ = 0;
    std::uint64_t content_length_ = 0;
};

/// The head of such an answer, as write_planned_head does for the others.
void write_multipart_head(HeadWriter& writer, const ByteRanges& ranges, const EntityBlock& block,
                          std::string_view date, ConnectionFields connection);

}  // namespace filesrv::http
