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

bool LineSplitter::has_line() const noexcept { return waiting().contains('\n'); }

std::string_view LineSplitter::waiting() const noexcept {
    FS_ASSERT(begin_ <= end_ && end_ <= room_.size());
    return {room_.data() + begin_, end_ - begin_};
}

std::optional<std::string_view> LineSplitter::take() noexcept {
    const std::string_view waiting = this->waiting();
    const std::size_t newline = waiting.find('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    begin_ += newline + 1;
    return waiting.substr(0, newline);
}

}  // namespace filesrv::control
