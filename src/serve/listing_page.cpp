// SPDX-License-Identifier: MIT
// A folder's listing, as a page for people or as JSON for programs.
#include "serve/listing_page.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "http/target.hpp"
#include "serve/readable.hpp"

namespace filesrv::serve {
namespace {

/// Whole seconds, rounded towards the past.
std::int64_t seconds_of(std::int64_t nanoseconds) noexcept {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds(nanoseconds)).count();
}

/// `2026-11-23 03:09`, and the exact form for machines.
void append_time_element(std::string& out, std::int64_t mtime_ns) {
    std::string exact;
    append_timestamp(exact, seconds_of(mtime_ns));
    FS_ASSERT(exact.size() == 20);
    out.append("<time datetime=\"").append(exact).append("\">");
    out.append(exact, 0, 10).append(" ").append(exact, 11, 5).append("</time>");
}

void append_size_element(std::string& out, std::uint64_t size) {
    const std::string exact = std::to_string(size);
    out.append("<data value=\"").append(exact).append("\" title=\"").append(exact).append(" bytes\">");
    append_size(out, size);
    out += "</data>";
}

// One form, no script: the browser sends multipart/form-data (RFC 7578) to the folder itself.
constexpr std::string_view upload_form =
    "<form action=\"./\" method=\"post\" enctype=\"multipart/form-data\">\n"
    "<input type=\"file\" name=\"file\" multiple required aria-label=\"Files to upload\">\n"
    "<button type=\"submit\">Upload</button>\n</form>\n";

void append_counted(std::string& out, std::size_t count, std::string_view thing) {
    append_padded(out, count, 1);
    out.append(" ").append(thing);
    if (count != 1) out += 's';
}

}  // namespace

void sort_listing(std::vector<ListingRow>& rows) {
    std::sort(rows.begin(), rows.end(), [](const ListingRow& a, const ListingRow& b) {
        return a.folder != b.folder ? a.folder : a.name < b.name;
    });
}

void ListingPage::header(std::string& out) {
    FS_ASSERT(stage_ == Stage::header);
    FS_ASSERT(!path_.starts_with('/') && !path_.ends_with('/'));
    stage_ = Stage::rows;
    if (form_ == ListingForm::json) {
        out += '[';
        return;
    }
    std::string title = "/";
    if (!path_.empty()) title.append(path_).append("/");
    append_page_begin(out, title);
    if (uploads_) out += upload_form;
    out += "<ul>\n";
    if (!path_.empty()) out += "<li><a href=\"../\">../</a></li>\n";
}

void ListingPage::row(std::string& out, const ListingRow& row) {
    FS_ASSERT(stage_ == Stage::rows);
    FS_ASSERT(!row.name.empty() && row.name.find('/') == std::string::npos);
    if (form_ == ListingForm::json) {
        json_row(out, row);
    } else {
        html_row(out, row);
    }
    ++(row.folder ? folders_ : files_);
}

void ListingPage::html_row(std::string& out, const ListingRow& row) const {
    out += "<li><a href=\"";
    http::append_encoded_segment(out, row.name);
    if (row.folder) out += '/';
    out += "\"><bdi>";  // a name that turns the writing direction must not turn the size behind it
    append_html(out, row.name);
    out += row.folder ? "</bdi>/</a> " : "</bdi></a> ";
    if (!row.folder) append_size_element(out, row.size);
    out += ' ';
    append_time_element(out, row.mtime_ns);
    out += "</li>\n";
}

void ListingPage::json_row(std::string& out, const ListingRow& row) const {
    out += folders_ + files_ > 0 ? ",\n{\"name\":" : "\n{\"name\":";
    append_json_string(out, row.name);
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
    out += "</ul>\n<footer>";
    append_counted(out, folders_, "folder");
    out += ", ";
    append_counted(out, files_, "file");
    out += "; times are UTC</footer>\n";
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
