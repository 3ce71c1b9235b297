// SPDX-License-Identifier: MIT
// Short bodies: what an error says, and what an upload is answered with, as text, HTML or JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/status.hpp"

namespace filesrv::serve {

enum class BodyForm : std::uint8_t { text, html, json };

/// Value of Content-Type.
[[nodiscard]] std::string_view content_type(BodyForm form) noexcept;

/// Appends the fields that such a body needs, as whole lines: a page may run nothing and load nothing.
void append_body_fields(std::string& out, BodyForm form);

/// A file that an upload stored.
struct StoredFile {
    std::string path;        ///< decoded, from the root, without a leading slash
    std::uint64_t size = 0;  ///< bytes
    std::string etag;        ///< as the ETag field says it, quotes included; empty = unknown
    std::string digests;     ///< as Repr-Digest says them; empty = not told
};

/// How far a form came that was refused in its middle: its sender has to know what is there and what is not.
struct FormProgress {
    std::string_view folder;             ///< that it was posted to: decoded, without slashes around it; "" = the root
    std::string_view failed;             ///< path of the file that was not stored; empty = it was none of them
    std::span<const StoredFile> stored;  ///< these stay
};

/// `404 Not Found` and one sentence below it. An empty sentence is replaced by a general one of the status. With
/// `progress` the files of a form follow, in JSON as "failed" and "stored".
void append_error_body(std::string& out, BodyForm form, http::Status status, std::string_view sentence,
                       const FormProgress* progress = nullptr);

/// A raw body stores one file, a form any number: the shape of the JSON follows the kind, not the count.
enum class UploadKind : std::uint8_t { body, form };

/// JSON is {"path","size","etag"}, for a form an array of these; text is a line a file; HTML is a page with links to them
/// and back to `folder`, which is written as in FormProgress.
void append_upload_body(std::string& out, BodyForm form, UploadKind kind, std::string_view folder,
                        std::span<const StoredFile> files);

}  // namespace filesrv::serve
