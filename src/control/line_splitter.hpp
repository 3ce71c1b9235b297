// SPDX-License-Identifier: MIT
// Lines out of a stream of bytes, in a room of fixed size.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "control/protocol.hpp"

namespace filesrv::control {

/// The caller receives into free_room(), says how much came, and takes lines until there is none. A line that does not fit
/// is never taken: is_too_long() says so, for good.
class LineSplitter {
public:
    /// Where the next bytes go. Not empty, unless a line is too long or lines wait. Moves what take() has given out.
    [[nodiscard]] std::span<char> free_room() noexcept;
    void received(std::size_t bytes) noexcept;
    [[nodiscard]] bool has_line() const noexcept;
    /// The next whole line without its newline; lives until free_room().
    [[nodiscard]] std::optional<std::string_view> take() noexcept;
    /// After take() gave nothing.
    [[nodiscard]] bool is_too_long() const noexcept { return end_ - begin_ == room_.size(); }

private:
    [[nodiscard]] std::string_view waiting() const noexcept;

    std::array<char, request_bytes_max> room_;
    std::size_t begin_ = 0;  // of what was not taken yet
    std::size_t end_ = 0;
};

}  // namespace filesrv::control
