// SPDX-License-Identifier: MIT
// Lines out of a stream of bytes, in a room of fixed size.
#include "control/line_splitter.hpp"

#include <cstring>

#include "base/assert.hpp"

namespace filesrv::control {

std::span<char> LineSplitter::free_room() noexcept {
    if (begin_ > 0) {
        std::memmove(room_.data(), room_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    return std::span(room_).subspan(end_);
}

void LineSplitter::received(std::size_t bytes) noexcept {
    FS_ASSERT(bytes <= room_.size() - end_);
    end_ += bytes;
}

std::optional<std::string_view> LineSplitter::take() noexcept {
    FS_ASSERT(begin_ <= end_);
    const std::string_view waiting(room_.data() + begin_, end_ - begin_);
    const std::size_t newline = waiting.find('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    begin_ += newline + 1;
    return waiting.substr(0, newline);
}

}  // namespace filesrv::control
