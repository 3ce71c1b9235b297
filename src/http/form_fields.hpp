// SPDX-License-Identifier: MIT
// The fields around and inside multipart/form-data (RFC 7578 §4): boundary, part heads, file names.
#pragma once

#include "http/digest_fields.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace filesrv::http {

/// The boundary of a Content-Type field that is multipart/form-data, unquoted. Nothing for another type, or
/// when it is missing, malformed or too long.
[[nodiscard]] std::optional<std::string> form_boundary(std::string_view content_type);

/// What a form says about one part.
struct FormPart {
    std::string name;      ///< of the form's field
    std::string filename;  ///< as sent, %22 read as a quote; may hold folders, in either system's spelling
    bool has_filename = false;  ///< with one it is a file, even if the name is ""
    std::string content_type;   ///< as sent, "" = not sent
    ClaimedDigests digests;     ///< of its data
};

/// Reads the fields of a part, each line ended by CRLF, the empty line left out. False when they are
/// malformed: no Content-Disposition of form-data with a name, a folded line, an encoding that would have to
/// be undone, digests that are none.
[[nodiscard]] bool parse_part_head(std::string_view lines, FormPart& out);

/// The last component of a file name as a browser sends it, folders of either system cut off (RFC 7578 §4.2).
/// Nothing for "", ".", "..", and names with a NUL.
[[nodiscard]] std::optional<std::string_view> base_name_of_form_filename(std::string_view filename) noexcept;

}  // namespace filesrv::http
