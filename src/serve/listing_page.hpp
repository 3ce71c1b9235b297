// SPDX-License-Identifier: MIT
// A folder's listing, as a page for people or as JSON for programs, in pieces so that a large one can be streamed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "serve/markup.hpp"

namespace filesrv::serve {

struct ListingRow {
    std::string name;           ///< as the file system holds it: any bytes but NUL and slash
    bool folder = false;
    std::uint64_t size = 0;     ///< bytes; of files only
    std::int64_t mtime_ns = 0;  ///< since 1970-01-01 UTC
    std::string etag;           ///< as the ETag field would say it, quotes included; of files only
};

enum class ListingForm : std::uint8_t { html, json };

/// Folders first, then by name, byte by byte: the same order on every machine.
void sort_listing(std::vector<ListingRow>& rows);

/// Writes one listing: header, any number of rows, footer, in that order. Every piece is appended to `out`.
/// Links are relative: the page must be served under a target that ends in a slash.
class ListingPage {
public:
    /// `path` is decoded, without slashes at its ends, "" for the root; it must outlive header().
    /// `uploads`: with a form to send files. A page goes out under page_security_policy.
    ListingPage(ListingForm form, std::string_view path, bool uploads) noexcept
        : form_(form), path_(path), uploads_(uploads) {}

    void header(std::string& out);
    void row(std::string& out, const ListingRow& row);
    void footer(std::string& out);

    [[nodiscard]] std::string_view content_type() const noexcept {
        return form_ == ListingForm::html ? html_content_type : json_content_type;
    }

private:
    enum class Stage : std::uint8_t { header, rows, done };

    void html_row(std::string& out, const ListingRow& row) const;
    void json_row(std::string& out, const ListingRow& row) const;
    void html_summary(std::string& out) const;

    const ListingForm form_;
    const std::string_view path_;
    const bool uploads_;
    Stage stage_ = Stage::header;
    std::size_t folders_ = 0;
    std::size_t files_ = 0;
};

}  // namespace filesrv::serve
