// SPDX-License-Identifier: MIT
// A reader of its own, not the server's: two readings of the RFC are better than one. Only the character
// classes are shared.
#include "answer_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "http/grammar.hpp"

namespace filesrv::mutate {
namespace {

namespace grammar = http::grammar;

constexpr std::string_view line_end = "\r\n";

struct Field {
    std::string_view name, value;
};

struct Head {
    unsigned status = 0;
    std::vector<Field> fields;
    std::size_t bytes = 0;

    /// How often a field is there, and its last value.
    std::size_t count(std::string_view name, std::string_view& value) const {
        std::size_t found = 0;
        for (const Field& field : fields) {
            if (!grammar::equals_ignoring_case(field.name, name)) continue;
            value = field.value;
            ++found;
        }
        return found;
    }
    bool has(std::string_view name) const {
        std::string_view value;
        return count(name, value) > 0;
    }
};

// Everything that this server may say to a stranger. Of 5xx only what a request can bring about.
constexpr std::array known_statuses{100u, 200u, 201u, 204u, 206u, 301u, 303u, 304u, 307u, 308u,
                                    400u, 403u, 404u, 405u, 406u, 408u, 409u, 411u, 412u, 413u,
                                    414u, 415u, 416u, 417u, 421u, 431u, 501u, 505u};

// Fields that are no lists, and so may come once (RFC 9110 §5.3).
constexpr std::array<std::string_view, 12> single_fields{
    "Content-Length", "Transfer-Encoding", "Date",        "Content-Type", "ETag",          "Last-Modified",
    "Location",       "Content-Range",     "Retry-After", "Connection",   "Cache-Control", "Keep-Alive"};

std::string quoted(std::string_view text) {
    return std::string("'").append(text.substr(0, 80)).append("'");
}

std::string read_status_line(std::string_view line, Head& head) {
    constexpr std::string_view version = "HTTP/1.1 ";
    if (!line.starts_with(version) || line.size() < 13 || line[12] != ' ')
        return "no status line: " + quoted(line);
    const auto status = parse_decimal(line.substr(version.size(), 3));
    if (!status || !grammar::is_field_value(line.substr(13))) return "no status line: " + quoted(line);
    head.status = static_cast<unsigned>(*status);
    return {};
}

std::string read_field(std::string_view line, Head& head) {
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !grammar::is_token(line.substr(0, colon))) return "no field: " + quoted(line);
    const std::string_view value = grammar::trim(line.substr(colon + 1));
    if (!grammar::is_field_value(value)) return "not a field's value: " + quoted(line);
    head.fields.push_back({line.substr(0, colon), value});
    return {};
}

std::string read_head(std::string_view bytes, Head& head) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == bytes.npos) return "no end of a head: " + quoted(bytes);
    head.bytes = end + 4;
    std::string_view rest = bytes.substr(0, end + 2);
    for (bool first = true; !rest.empty(); first = false) {
        const std::string_view line = rest.substr(0, rest.find(line_end));
        FS_ASSERT(line.size() + 2 <= rest.size());
        rest.remove_prefix(line.size() + 2);
        if (std::string wrong = first ? read_status_line(line, head) : read_field(line, head); !wrong.empty())
            return wrong;
    }
    return {};
}

/// What a status promises (RFC 9110 §15), and that nothing is said twice.
std::string check_fields(const Head& head) {
    std::string_view value;
    for (const std::string_view name : single_fields) {
        if (head.count(name, value) > 1) return std::string(name) + " twice";
    }
    if (head.status < 200) return {};
    if (!head.has("Date")) return "no Date";
    if (head.status == 405 && !head.has("Allow")) return "405 without Allow";
    if (head.status == 416 && !head.has("Content-Range")) return "416 without Content-Range";
    if (head.status == 206 && !head.has("Content-Range")) {
        if (head.count("Content-Type", value) == 0 || !value.starts_with("multipart/byteranges"))
            return "206 without a range";
    }
    return {};
}

/// Skips a chunked body without extensions or trailers; nothing if it is malformed or not whole.
std::optional<std::size_t> chunked_size(std::string_view bytes) {
    for (std::size_t at = 0;;) {
        const std::size_t end = bytes.find(line_end, at);
        if (end == bytes.npos) return std::nullopt;
        const auto size = parse_hex(bytes.substr(at, end - at));
        at = end + 2;
        if (!size || *size > bytes.size() - at || bytes.substr(at + *size, 2) != line_end)
            return std::nullopt;
        at += *size + 2;
        if (*size == 0) return at;
    }
}

std::string read_body(std::string_view bytes, const Head& head, std::size_t& size) {
    std::string_view length, coding;
    const bool sized = head.count("Content-Length", length) > 0;
    const bool coded = head.count("Transfer-Encoding", coding) > 0;
    if (sized == coded) return sized ? "both a length and a coding" : "neither a length nor a coding";
    if (coded && coding != "chunked") return "unknown coding " + quoted(coding);
    const auto whole = coded ? chunked_size(bytes) : parse_decimal(length);
    if (!whole) return coded ? "chunks malformed or cut short" : "bad length " + quoted(length);
    if (*whole > bytes.size())
        return "body cut short: " + std::to_string(bytes.size()) + " of " + std::string(length);
    size = static_cast<std::size_t>(*whole);
    return {};
}

}  // namespace

std::string read_answer(std::string_view bytes, Body body, Answer& out) {
    Head head;
    if (std::string wrong = read_head(bytes, head); !wrong.empty()) return wrong;
    out = {.status = head.status, .bytes = head.bytes};
    if (std::find(known_statuses.begin(), known_statuses.end(), head.status) == known_statuses.end())
        return "status " + std::to_string(head.status);
    if (std::string wrong = check_fields(head); !wrong.empty())
        return wrong + " in a " + std::to_string(head.status);
    std::string_view connection;
    out.closing =
        head.count("Connection", connection) > 0 && grammar::equals_ignoring_case(connection, "close");

    const bool never = head.status < 200 || head.status == 204 || head.status == 304;  // RFC 9112 §6.3
    if (never) return head.has("Transfer-Encoding") ? "a coding without a body" : "";
    if (body == Body::announced_only) return {};
    std::size_t size = 0;
    if (std::string wrong = read_body(bytes.substr(head.bytes), head, size); !wrong.empty()) return wrong;
    out.bytes += size;
    return {};
}

}  // namespace filesrv::mutate
