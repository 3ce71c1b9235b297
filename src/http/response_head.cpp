// SPDX-License-Identifier: MIT
// Heads of answers: plain copying, one bounds check a piece.
#include "http/response_head.hpp"

#include "base/assert.hpp"
#include "http/date.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace filesrv::http {
namespace {

constexpr std::size_t number_chars_max = 20;  // 2^64 − 1

/// Fields without a value are left out: that is how a policy says "no such field".
void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    FS_ASSERT(grammar::is_field_value(value));
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

// Once something did not fit nothing more is written, so that no later, shorter piece lands behind a hole.
void HeadWriter::block(std::string_view lines) noexcept {
    FS_ASSERT(size_ <= buffer_.size());
    overflowed_ = overflowed_ || lines.size() > buffer_.size() - size_;
    if (overflowed_ || lines.empty()) return;
    std::memcpy(buffer_.data() + size_, lines.data(), lines.size());
    size_ += lines.size();
}

void HeadWriter::number(std::uint64_t value) noexcept {
    char digits[number_chars_max];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    block({digits, static_cast<std::size_t>(end - digits)});
}

void HeadWriter::status_line(Status status) noexcept {
    block("HTTP/1.1 ");
    number(code(status));
    block(" ");
    block(reason(status));
    block("\r\n");
}

void HeadWriter::field(std::string_view name, std::string_view value) noexcept {
    FS_ASSERT(!name.empty() && grammar::is_field_value(name) && grammar::is_field_value(value));
    block(name);
    block(": ");
    block(value);
    block("\r\n");
}

void HeadWriter::field(std::string_view name, std::uint64_t value) noexcept {
    FS_ASSERT(!name.empty() && grammar::is_field_value(name));
    block(name);
    block(": ");
    number(value);
    block("\r\n");
}

void HeadWriter::content_range(Slice slice, std::uint64_t size) noexcept {
    FS_ASSERT(slice.length > 0 && slice.length <= size && slice.offset <= size - slice.length);
    block("Content-Range: bytes ");
    number(slice.offset);
    block("-");
    number(slice.offset + slice.length - 1);
    block("/");
    number(size);
    block("\r\n");
}

void HeadWriter::content_range_unsatisfied(std::uint64_t size) noexcept {
    block("Content-Range: bytes */");
    number(size);
    block("\r\n");
}

void EntityBlock::build(const EntityInfo& entity, const EntityFieldPolicy& policy, WallTime now) {
    const DateText modified = format_date(unix_seconds(std::min(entity.modified, now)));
    text_.clear();
    append_field(text_, "Content-Type", entity.content_type);
    after_type_ = text_.size();
    append_field(text_, "X-Content-Type-Options", "nosniff");
    append_field(text_, "Content-Encoding", policy.content_encoding);
    append_field(text_, "Accept-Ranges", "bytes");
    append_field(text_, "Last-Modified", modified.view());
    validators_at_ = text_.size();
    append_field(text_, "ETag", entity.etag);
    append_field(text_, "Cache-Control", policy.cache_control);
    append_field(text_, "Vary", policy.vary);
}

void write_connection_fields(HeadWriter& writer, ConnectionFields connection) noexcept {
    if (!connection.keep_alive) {
        writer.block("Connection: close\r\n");
        return;
    }
    writer.block("Connection: keep-alive\r\n");
    if (connection.timeout_s == 0) return;
    writer.block("Keep-Alive: timeout=");
    writer.number(connection.timeout_s);
    writer.block("\r\n");
}

void write_planned_head(HeadWriter& writer, const ResponsePlan& plan, const EntityBlock& block,
                        std::string_view date, ConnectionFields connection) noexcept {
    FS_ASSERT(plan.status == Status::ok || plan.status == Status::partial_content ||
              plan.status == Status::not_modified);
    FS_ASSERT(!plan.is_multipart());
    writer.status_line(plan.status);
    writer.field("Date", date);
    if (plan.status == Status::not_modified) {
        writer.block(block.not_modified());
    } else {
        writer.block(block.full());
        writer.field("Content-Length", plan.slice.length);
    }
    if (plan.status == Status::partial_content) writer.content_range(plan.slice, plan.size);
    write_connection_fields(writer, connection);
    writer.finish();
}

}  // namespace filesrv::http
