// SPDX-License-Identifier: MIT
// Heads of answers, written straight into the caller's buffer; what depends on the file alone is kept as one
// block.
#pragma once

#include "http/preconditions.hpp"
#include "http/response_plan.hpp"
#include "http/status.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace filesrv::http {

/// Appends a head to a buffer. Never writes past its end: then overflowed() is true and nothing of it may be
/// sent. Names and values are the server's own or encoded by it; a line break in one is a bug.
class HeadWriter {
public:
    explicit HeadWriter(std::span<char> buffer) noexcept : buffer_(buffer) {}

    void status_line(Status status) noexcept;  ///< always HTTP/1.1 (RFC 9110 §2.5)
    void field(std::string_view name, std::string_view value) noexcept;
    void field(std::string_view name, std::uint64_t value) noexcept;
    void content_range(Slice slice, std::uint64_t size) noexcept;  ///< `bytes 0-499/1234`
    void content_range_unsatisfied(std::uint64_t size) noexcept;   ///< `bytes */1234`
    /// Text as it stands: whole lines, or pieces of one.
    void block(std::string_view lines) noexcept;
    void number(std::uint64_t value) noexcept;
    /// The empty line.
    void finish() noexcept { block("\r\n"); }

    [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::string_view view() const noexcept { return {buffer_.data(), size_}; }

private:
    std::span<char> buffer_;
    std::size_t size_ = 0;
    bool overflowed_ = false;
};

/// Policy for the fields of every entity.
struct EntityFieldPolicy {
    std::string_view cache_control = "no-cache";  ///< "" = no such field
    std::string_view vary;                        ///< "" = no such field
    std::string_view content_encoding;            ///< "" = no such field
};

/// The field lines that depend on the entity alone, ready to be copied into any number of heads.
class EntityBlock {
public:
    /// Last-Modified is never later than `now`: a file from the future has been changed at `now` for all we
    /// know.
    void build(const EntityInfo& entity, const EntityFieldPolicy& policy, WallTime now);

    [[nodiscard]] std::string_view full() const noexcept { return text_; }
    /// Without Content-Type, for an answer whose body wraps the entity.
    [[nodiscard]] std::string_view without_type() const noexcept {
        return std::string_view(text_).substr(after_type_);
    }
    /// Those that a 304 must have (RFC 9110 §15.4.5): ETag, Cache-Control, Vary.
    [[nodiscard]] std::string_view not_modified() const noexcept {
        return std::string_view(text_).substr(validators_at_);
    }

private:
    std::string text_;
    std::size_t after_type_ = 0;
    std::size_t validators_at_ = 0;
};

/// What the answer says about the connection.
struct ConnectionFields {
    bool keep_alive = true;
    unsigned timeout_s = 0;  ///< hint for Keep-Alive; 0 = none
};

/// `Connection: close`, or `Connection: keep-alive` and `Keep-Alive: timeout=N`.
void write_connection_fields(HeadWriter& writer, ConnectionFields connection) noexcept;

/// The whole head of a planned answer of status 200, 206 (one slice) or 304: Date, the entity's block, length
/// and Content-Range. 412 and 416 have a body of the server's: it writes their head (416 with
/// content_range_unsatisfied).
void write_planned_head(HeadWriter& writer, const ResponsePlan& plan, const EntityBlock& block,
                        std::string_view date, ConnectionFields connection) noexcept;

}  // namespace filesrv::http
