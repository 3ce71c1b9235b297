// SPDX-License-Identifier: MIT
// The answer for a folder without an index.
#include "serve/folder_listing.hpp"

#include "base/assert.hpp"
#include "http/accept.hpp"
#include "serve/entity.hpp"
#include "serve/limits.hpp"
#include "serve/listing_page.hpp"
#include "serve/markup.hpp"
#include "serve/server.hpp"
#include "store/folder.hpp"

namespace filesrv::serve {
namespace {

ListingForm form_for(const http::Request& request) noexcept {
    const bool asks_json = request.target.query == "json" || http::prefers_json(*request.head);
    return asks_json ? ListingForm::json : ListingForm::html;
}

std::vector<ListingRow> rows_of(const store::Folder& folder) {
    std::vector<ListingRow> rows;
    rows.reserve(folder.items.size());
    for (const store::FolderItem& item : folder.items) {
        const bool is_folder = item.kind == store::Kind::folder;
        rows.push_back({.name = item.name, .folder = is_folder, .size = item.size, .mtime_ns = item.mtime_ns});
        if (!is_folder) rows.back().etag = http::EtagText(http_version_of(item.version)).view();
    }
    sort_listing(rows);
    return rows;
}

}  // namespace

Answer folder_listing(const Server& server, const http::Request& request, const store::Entry& folder) {
    FS_ASSERT(folder.kind == store::Kind::folder);
    if (!server.settings().listing) {
        return error_answer(&request, http::Status::forbidden, "This folder has no index.html, and listings are off.");
    }
    const auto items = store::read_folder(server.store(), folder, limits::listing_items_max);
    if (!items) return errno_answer(&request, items.error().code, Access::read);
    ListingPage page(form_for(request), request.target.path, server.settings().uploads);
    Answer answer{.content_type = page.content_type()};
    answer.fields.append("Cache-Control: no-cache\r\nVary: Accept\r\nContent-Security-Policy: ")
        .append(page_security_policy)
        .append("\r\n");
    page.header(answer.body);
    for (const ListingRow& row : rows_of(*items)) page.row(answer.body, row);
    page.footer(answer.body);
    return answer;
}

}  // namespace filesrv::serve
