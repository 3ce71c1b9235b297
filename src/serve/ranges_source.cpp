// SPDX-License-Identifier: MIT
// The body of an answer with several ranges of a file that is not in memory.
#include "serve/ranges_source.hpp"

#include <utility>

#include "base/assert.hpp"

namespace filesrv::serve {

RangesSource::RangesSource(store::EntryRef entry, http::ByteRanges layout, std::vector<http::Slice> slices)
    : entry_(std::move(entry)), layout_(std::move(layout)), slices_(std::move(slices)) {
    FS_ASSERT(entry_->fd.is_open() && slices_.size() == layout_.parts());
}

Result<BodySource::Next> RangesSource::next(std::string& text, FileTransfer& slice) {
    FS_ASSERT(!slice.is_active());
    if (next_ > slices_.size()) return Next::end;
    const std::size_t part = next_++;
    if (part == slices_.size()) {
        text.append(layout_.tail());
        return Next::piece;
    }
    text.append(layout_.head_of(part));
    slice = {.entry = entry_, .offset = slices_[part].offset, .remaining = slices_[part].length};
    return Next::piece;
}

}  // namespace filesrv::serve
