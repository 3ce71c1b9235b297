// SPDX-License-Identifier: MIT
// The body of an answer with several ranges of a file that is not in memory: part heads and slices in turn.
#pragma once

#include <cstddef>
#include <vector>

#include "http/byte_ranges.hpp"
#include "serve/body_source.hpp"

namespace filesrv::serve {

/// Keeps the entry, and with it the version of the file whose length the head has promised.
class RangesSource final : public BodySource {
public:
    /// `layout` was laid out for exactly these slices of `entry`, which has a descriptor.
    RangesSource(store::EntryRef entry, http::ByteRanges layout, std::vector<http::Slice> slices);

    [[nodiscard]] Result<Next> next(std::string& text, FileTransfer& slice) override;

private:
    const store::EntryRef entry_;
    const http::ByteRanges layout_;
    const std::vector<http::Slice> slices_;
    std::size_t next_ = 0;  ///< the part that is due; slices_.size() is the tail, and one more the end
};

}  // namespace filesrv::serve
