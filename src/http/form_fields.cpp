// SPDX-License-Identifier: MIT
// The fields around and inside multipart/form-data.
#include "http/form_fields.hpp"

#include "base/assert.hpp"
#include "http/grammar.hpp"
#include "http/limits.hpp"

#include <algorithm>

namespace filesrv::http {
namespace {

using grammar::equals_ignoring_case;

/// RFC 2046 §5.1.1: 1 to 70 of these, the last not a space.
bool is_boundary(std::string_view text) noexcept {
    constexpr std::string_view marks = "'()+_,-./:=? ";
    if (text.empty() || text.size() > limits::boundary_bytes_max || text.ends_with(' ')) return false;
    return std::all_of(text.begin(), text.end(), [marks](char c) {
        return grammar::is_alpha(c) || grammar::is_digit(c) || marks.find(c) != marks.npos;
    });
}

/// Of a parameter by HTTP's rules, without its quotes.
std::string value_of(const grammar::Parameter& parameter) {
    return parameter.quoted ? grammar::unquote(parameter.raw_value) : std::string(parameter.raw_value);
}

/// Quoted strings of forms are not HTTP's: browsers write a quote as %22 and leave backslashes as they are,
/// older curls escape both. A backslash therefore hides only a quote.
std::string form_text(std::string_view quoted) {
    std::string text;
    for (std::size_t i = 0; i < quoted.size(); ++i) {
        const std::string_view rest = quoted.substr(i);
        if (rest.starts_with("%22")) {
            text.push_back('"');
            i += 2;
        } else if (rest.starts_with("\\\"")) {
            text.push_back('"');
            ++i;
        } else {
            text.push_back(quoted[i]);
        }
    }
    return text;
}

/// Takes `; name="value"` or `; name=value` off the front. The value has no quotes left. False at the end or
/// when malformed, then `rest` is empty or not.
bool next_form_parameter(std::string_view& rest, std::string_view& name, std::string& value) {
    rest = grammar::trim(rest);
    if (!rest.starts_with(';')) return false;
    const std::string_view pair = grammar::trim(rest.substr(1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !grammar::is_token(pair.substr(0, equals))) return false;
    name = pair.substr(0, equals);
    std::string_view text = pair.substr(equals + 1);
    if (!text.starts_with('"')) {
        const std::size_t end = std::min(text.find(';'), text.size());
        value = grammar::trim(text.substr(0, end));
        rest = text.substr(end);
        return !value.empty();
    }
    std::size_t end = 1;
    while (end < text.size() && text[end] != '"') end += text.substr(end).starts_with("\\\"") ? 2 : 1;
    if (end >= text.size()) return false;
    value = form_text(text.substr(1, end - 1));
    rest = text.substr(end + 1);
    return true;
}

/// `form-data; name="…"; filename="…"`: the name is wanted, neither may come twice, nothing may be left over.
bool read_disposition(std::string_view value, FormPart& out) {
    FS_ASSERT(!out.has_filename && out.name.empty());
    constexpr std::string_view type = "form-data";
    if (!equals_ignoring_case(value.substr(0, type.size()), type)) return false;
    std::string_view rest = value.substr(type.size());
    bool has_name = false;
    std::string_view name;
    std::string text;
    while (next_form_parameter(rest, name, text)) {
        if (equals_ignoring_case(name, "name")) {
            if (has_name) return false;
            has_name = true;
            out.name = text;
        } else if (equals_ignoring_case(name, "filename")) {
            if (out.has_filename) return false;
            out.has_filename = true;
            out.filename = text;
        }
        // filename* must not be used in forms (RFC 7578 §4.2) and is passed over.
    }
    return rest.empty() && has_name;
}

/// RFC 7578 §4.7 deprecates the field; an encoding that changes bytes would be stored as it came, so it is
/// refused.
bool is_plain_encoding(std::string_view value) noexcept {
    return equals_ignoring_case(value, "binary") || equals_ignoring_case(value, "8bit") ||
           equals_ignoring_case(value, "7bit");
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
    constexpr std::string_view type = "multipart/form-data";
    if (!equals_ignoring_case(content_type.substr(0, type.size()), type)) return std::nullopt;
    std::string_view rest = content_type.substr(type.size());
    std::optional<std::string> boundary;
    grammar::Parameter parameter;
    for (;;) {
        switch (grammar::next_parameter(rest, parameter)) {
            case grammar::ParameterResult::malformed: return std::nullopt;
            case grammar::ParameterResult::end:
                return boundary && is_boundary(*boundary) ? boundary : std::nullopt;
            case grammar::ParameterResult::parameter: break;
        }
        if (!equals_ignoring_case(parameter.name, "boundary")) continue;
        if (boundary) return std::nullopt;
        boundary = value_of(parameter);
    }
}

bool parse_part_head(std::string_view lines, FormPart& out) {
    // Fields of other names are passed over; a line that begins with a blank has no token for a name and is
    // refused.
    out = FormPart{};
    bool has_disposition = false;
    DigestLines repr;
    DigestLines content;
    while (!lines.empty()) {
        const std::size_t end = lines.find("\r\n");
        if (end == std::string_view::npos) return false;
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        const std::size_t colon = std::min(line.find(':'), line.size());
        const std::string_view name = line.substr(0, colon);
        if (colon == line.size() || !grammar::is_token(name)) return false;
        const std::string_view value = grammar::trim(line.substr(colon + 1));
        if (!grammar::is_field_value(value)) return false;
        if (equals_ignoring_case(name, "content-disposition")) {
            if (has_disposition || !read_disposition(value, out)) return false;
            has_disposition = true;
        } else if (equals_ignoring_case(name, "content-type")) {
            out.content_type = value;
        } else if (equals_ignoring_case(name, "content-transfer-encoding") && !is_plain_encoding(value)) {
            return false;
        } else if (equals_ignoring_case(name, "repr-digest")) {
            if (!repr.add(value)) return false;
        } else if (equals_ignoring_case(name, "content-digest")) {
            if (!content.add(value)) return false;
        }
    }
    return has_disposition && repr.take(out.digests.repr) && content.take(out.digests.content);
}

std::optional<std::string_view> base_name_of_form_filename(std::string_view filename) noexcept {
    // Some browsers have sent whole paths, with their own system's separator: both are cut, whatever ours is.
    // A name with a backslash in it is lost to that; one that climbs out of its folder is not possible.
    const std::size_t slash = filename.find_last_of("/\\");
    const std::string_view name = filename.substr(slash == std::string_view::npos ? 0 : slash + 1);
    if (name.empty() || name == "." || name == ".." || name.find('\0') != std::string_view::npos)
        return std::nullopt;
    FS_ASSERT(name.find_first_of("/\\") == name.npos);
    return name;
}

}  // namespace filesrv::http
