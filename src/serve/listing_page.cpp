// SPDX-License-Identifier: MIT
// A folder's listing, as a page for people or as JSON for programs.
#include "serve/listing_page.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/readable.hpp"
#include "base/utf8.hpp"
#include "http/target.hpp"

namespace filesrv::serve {
namespace {

/// Whole seconds, rounded towards the past.
std::int64_t seconds_of(std::int64_t nanoseconds) noexcept {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds(nanoseconds)).count();
}

/// `2026-11-23 03:09`: shorter than what machines like, and there may be many rows.
void append_minute(std::string& out, std::int64_t mtime_ns) {
    const std::size_t begin = out.size();
    append_timestamp(out, seconds_of(mtime_ns));
    FS_ASSERT(out.size() - begin == 20);
    out[begin + 10] = ' ';
    out.resize(begin + 16);
}

void append_size_cell(std::string& out, std::uint64_t size) {
    if (size >= 1024) {  // below, what is shown is exact
        out += "<td title=\"";
        append_padded(out, size, 1);
        out += " bytes\">";
    } else {
        out += "<td>";
    }
    append_size(out, size);
}

/// How many folders up a title links to; each level costs three bytes a level, and paths can be a thousand deep.
constexpr std::size_t linked_levels = 16;

/// One step of the way down, which leads `up` levels up.
void append_step(std::string& out, std::string_view text, std::size_t up) {
    const bool is_linked = up > 0 && up <= linked_levels;
    if (is_linked) {
        out += "<a href=\"";
        for (std::size_t i = 0; i < up; ++i) out += "../";
        out += "\">";
    }
    out += "<bdi>";
    append_html(out, text);
    out += "</bdi>/";
    if (is_linked) out += "</a>";
}

/// The way from the root: every folder above is a link.
void append_way(std::string& out, std::string_view path) {
    std::size_t up = path.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(path, '/')) + 1;
    out += "<h1>";
    append_step(out, "", up);
    while (up > 0) {
        append_step(out, path.substr(0, path.find('/')), --up);
        if (up > 0) path.remove_prefix(path.find('/') + 1);
    }
    out += "</h1>\n";
}

// One form, no script: the browser sends multipart/form-data (RFC 7578) to the folder itself.
constexpr std::string_view upload_form =
    "<form action=\"./\" method=\"post\" enctype=\"multipart/form-data\">\n"
    "<input type=\"file\" name=\"file\" multiple required aria-label=\"Files to upload\">\n"
    "<button type=\"submit\">Upload</button>\n<small>A file of the same name is replaced.</small>\n</form>\n";

void append_counted(std::string& out, std::size_t count, std::string_view thing) {
    append_padded(out, count, 1);
    out.append(" ").append(thing);
    if (count != 1) out += 's';
}

}  // namespace

void ListingPage::header(std::string& out, std::string_view path) {
    FS_ASSERT(stage_ == Stage::header);
    FS_ASSERT(!path.starts_with('/') && !path.ends_with('/'));
    stage_ = Stage::rows;
    if (form_ == ListingForm::json) {
        out += '[';
    } else {
        html_header(out, path);
    }
}

void ListingPage::html_header(std::string& out, std::string_view path) const {
    std::string title = "/";
    if (!path.empty()) title.append(path).append("/");
    append_page_head(out, title);
    append_way(out, path);
    if (uploads_) out += upload_form;
    out += "<table>\n<tr><th scope=\"col\">Name<th scope=\"col\">Size<th scope=\"col\">Modified (UTC)\n";
    if (!path.empty()) out += "<tr><td><a href=\"../\">../</a><td><td>\n";
}

void ListingPage::row(std::string& out, const ListingRow& row) {
    FS_ASSERT(stage_ == Stage::rows);
    FS_ASSERT(!row.name.empty() && row.name.find('/') == std::string_view::npos);
    if (form_ == ListingForm::json) {
        json_row(out, row);
    } else {
        html_row(out, row);
    }
    ++(row.folder ? folders_ : files_);
}

// End tags that HTML lets us leave out are left out: there may be a million rows.
void ListingPage::html_row(std::string& out, const ListingRow& row) const {
    out += "<tr><td><a href=\"";
    http::append_encoded_segment(out, row.name);
    if (row.folder) out += '/';
    out += "\"><bdi>";  // a name that turns the writing direction must not turn what is behind it
    append_html(out, row.name);
    out += row.folder ? "</bdi>/</a><td>" : "</bdi></a>";
    if (!row.folder) append_size_cell(out, row.size);
    out += "<td>";
    append_minute(out, row.mtime_ns);
    out += '\n';
}

void ListingPage::json_row(std::string& out, const ListingRow& row) const {
    out += folders_ + files_ > 0 ? ",\n{\"name\":" : "\n{\"name\":";
    append_json_string(out, row.name);
    if (!is_utf8(row.name)) {
        out += ",\"href\":\"";
        http::append_encoded_segment(out, row.name);
        out += '"';
    }
    out += row.folder ? ",\"type\":\"folder\"" : ",\"type\":\"file\",\"size\":";
    if (!row.folder) append_padded(out, row.size, 1);
    out += ",\"mtime\":\"";
    append_timestamp(out, seconds_of(row.mtime_ns));
    out += '"';
    if (!row.folder && !row.etag.empty()) {
        out += ",\"etag\":";
        append_json_string(out, row.etag);
    }
    out += '}';
}

void ListingPage::html_summary(std::string& out) const {
    out += "</table>\n<footer>";
    append_counted(out, folders_, "folder");
    out += ", ";
    append_counted(out, files_, "file");
    out += "</footer>\n";
}

void ListingPage::footer(std::string& out) {
    FS_ASSERT(stage_ == Stage::rows);
    stage_ = Stage::done;
    if (form_ == ListingForm::json) {
        out += "\n]\n";
        return;
    }
    html_summary(out);
    append_page_end(out);
}

}  // namespace filesrv::serve
