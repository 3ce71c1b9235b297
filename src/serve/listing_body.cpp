// SPDX-License-Identifier: MIT
// A folder's listing as a body that is made while it is sent: of any length, in constant memory.
#include "serve/listing_body.hpp"

#include <utility>

#include "base/assert.hpp"
#include "http/etag.hpp"
#include "serve/entity.hpp"
#include "serve/limits.hpp"

namespace filesrv::serve {
namespace {

void append_row(std::string& out, ListingPage& page, const store::FolderItem& item) {
    ListingRow row{.name = item.name, .size = item.size, .mtime_ns = item.mtime_ns};
    row.folder = item.kind == store::Kind::folder;
    const http::EtagText tag(http_version_of(item.version));
    if (!row.folder) row.etag = tag.view();
    page.row(out, row);
}

}  // namespace

ListingBody::ListingBody(store::FolderReader folder, ListingForm form, std::string_view path, bool uploads)
    : folder_(std::move(folder)), page_(form, uploads) {
    page_.header(begin_, path);
}

void ListingBody::settle(Seats::Seat seat) noexcept {
    seat_ = std::move(seat);
    if (!seat_) folder_.stop_growing();
}

Result<BodySource::Next> ListingBody::next(std::string& text, FileTransfer& slice) {
    FS_ASSERT(!slice.is_active());
    if (is_over_) return Next::end;
    const std::size_t enough = text.size() + limits::listing_piece_bytes;
    text += begin_;
    std::string().swap(begin_);
    while (text.size() < enough) {
        const auto item = folder_.next();
        if (!item) return std::unexpected(item.error());
        is_over_ = !*item;
        if (is_over_) {
            page_.footer(text);
            break;
        }
        append_row(text, page_, **item);
    }
    return Next::piece;
}

}  // namespace filesrv::serve
