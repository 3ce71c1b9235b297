// SPDX-License-Identifier: MIT
// A folder's listing as a body that is made while it is sent: of any length, in constant memory.
#pragma once

#include <string>
#include <string_view>

#include "serve/body_source.hpp"
#include "serve/listing_page.hpp"
#include "serve/seats.hpp"
#include "store/folder.hpp"

namespace filesrv::serve {

/// Header, a row for each item that the folder gives, footer.
class ListingBody final : public BodySource {
public:
    /// `path` as ListingPage has it; not kept.
    ListingBody(store::FolderReader folder, ListingForm form, std::string_view path, bool uploads);

    [[nodiscard]] Result<Next> next(std::string& text, FileTransfer& slice) override;

    /// It will be read to its end, maybe slowly. With a seat it may hold many names at a time, without it takes more time.
    void settle(Seats::Seat seat) noexcept;

    [[nodiscard]] std::string_view content_type() const noexcept { return page_.content_type(); }

private:
    store::FolderReader folder_;
    Seats::Seat seat_;
    ListingPage page_;
    std::string begin_;  ///< until the first piece
    bool is_over_ = false;
};

}  // namespace filesrv::serve
