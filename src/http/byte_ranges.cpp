// SPDX-License-Identifier: MIT
// The body of an answer with several ranges: heads are laid out once, so that the length is known before the
// first byte.
#include "http/byte_ranges.hpp"

#include "base/assert.hpp"

#include <charconv>

namespace filesrv::http {
namespace {

void append_number(std::string& out, std::uint64_t value, int base) {
    char digits[20];  // 2^64 − 1 in decimal
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), value, base).ptr);
}

void append_range(std::string& out, Slice slice, std::uint64_t size) {
    FS_ASSERT(slice.length > 0 && slice.length <= size && slice.offset <= size - slice.length);
    out.append("bytes ");
    append_number(out, slice.offset, 10);
    out.append("-");
    append_number(out, slice.offset + slice.length - 1, 10);
    out.append("/");
    append_number(out, size, 10);
}

}  // namespace

void ByteRanges::lay_out(const ResponsePlan& plan, std::string_view content_type,
                         std::array<std::uint64_t, 2> nonce) {
    FS_ASSERT(plan.is_multipart());
    const auto slices = plan.ranges.slices();
    FS_ASSERT(slices.size() <= limits::ranges_max);
    boundary_.assign("filesrv-");
    for (const std::uint64_t number : nonce) append_number(boundary_, number, 16);
    text_.clear();
    content_length_ = 0;
    parts_ = 0;
    for (const Slice& slice : slices) {
        // Also before the first: the CRLF that ends an empty preamble. RFC 9110 §14.6 note 1 allows for it, and there
        // are clients that pass over it unseen, zsync for one.
        text_.append("\r\n--").append(boundary_).append("\r\n");
        if (!content_type.empty()) text_.append("Content-Type: ").append(content_type).append("\r\n");
        text_.append("Content-Range: ");
        append_range(text_, slice, plan.size);
        text_.append("\r\n\r\n");
        ends_[parts_++] = static_cast<std::uint32_t>(text_.size());
        content_length_ += slice.length;
    }
    text_.append("\r\n--").append(boundary_).append("--\r\n");
    content_length_ += text_.size();
}

std::string_view ByteRanges::head_of(std::size_t part) const noexcept {
    FS_ASSERT(part < parts_);
    const std::size_t begin = part == 0 ? 0 : ends_[part - 1];
    return std::string_view(text_).substr(begin, ends_[part] - begin);
}

std::string_view ByteRanges::tail() const noexcept {
    FS_ASSERT(parts_ > 0);
    return std::string_view(text_).substr(ends_[parts_ - 1]);
}

std::string ByteRanges::content_type() const {
    FS_ASSERT(parts_ > 0);
    return "multipart/byteranges; boundary=" + boundary_;
}

void write_multipart_head(HeadWriter& writer, const ByteRanges& ranges, const EntityBlock& block,
                          std::string_view date, ConnectionFields connection) {
    writer.status_line(Status::partial_content);
    writer.field("Date", date);
    writer.field("Content-Type", ranges.content_type());
    writer.block(block.without_type());
    writer.field("Content-Length", ranges.content_length());
    write_connection_fields(writer, connection);
    writer.finish();
}

}  // namespace filesrv::http
