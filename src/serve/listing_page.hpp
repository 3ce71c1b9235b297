// SPDX-License-Identifier: MIT
// A folder's listing, as a page for people or as JSON for programs, in pieces so that a large one can be streamed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "serve/markup.hpp"

namespace filesrv::serve {

/// Views what it shows.
struct ListingRow {
    std::string_view name;      ///< as the file system holds it: any bytes but NUL and slash
    bool folder = false;
    std::uint64_t size = 0;     ///< bytes; of files only
    std::int64_t mtime_ns = 0;  ///< since 1970-01-01 UTC
    std::string_view etag;      ///< as the ETag field would say it, quotes included; of files only
};

enum class ListingForm : std::uint8_t { html, json };

/// Writes one listing: header, any number of rows, footer, in that order. Every piece is appended to `out`; rows come
/// in the order in which they are given. Links are relative: the page must be served under a target that ends in a
/// slash. A page goes out under page_security_policy.
/// JSON is an array of objects: name, type ("folder", "file"), mtime (RFC 3339, UTC, whole seconds), and of files size
/// and etag. A name that is no UTF-8 is shown with U+FFFD, and href has its bytes, percent-encoded.
class ListingPage {
public:
    /// `uploads`: with a form to send files.
    ListingPage(ListingForm form, bool uploads) noexcept : form_(form), uploads_(uploads) {}

    /// `path` is decoded, without slashes at its ends, "" for the root.
    void header(std::string& out, std::string_view path);
    void row(std::string& out, const ListingRow& row);
    void footer(std::string& out);

    [[nodiscard]] std::string_view content_type() const noexcept {
        return form_ == ListingForm::html ? html_content_type : json_content_type;
    }

private:
    enum class Stage : std::uint8_t { header, rows, done };

    void html_header(std::string& out, std::string_view path) const;
    void html_row(std::string& out, const ListingRow& row) const;
    void json_row(std::string& out, const ListingRow& row) const;
    void html_summary(std::string& out) const;

    ListingForm form_;
    bool uploads_;
    Stage stage_ = Stage::header;
    std::size_t folders_ = 0;
    std::size_t files_ = 0;
};

}  // namespace filesrv::serve
