// SPDX-License-Identifier: MIT
// Where the lines of a request's head are. Offsets, so that an edit may change the request.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace filesrv::mutate {

/// One line, without its end.
struct Line {
    std::size_t begin = 0;
    std::size_t end = 0;   ///< where CRLF or LF begins
    std::size_t next = 0;  ///< where the next line begins

    [[nodiscard]] std::string_view in(std::string_view request) const noexcept {
        return request.substr(begin, end - begin);
    }
};

/// All lines up to the first empty one after a line that is not, without it. At most 200.
[[nodiscard]] std::vector<Line> head_lines(std::string_view request);

/// A field line's colon, as an offset into the request.
[[nodiscard]] std::optional<std::size_t> colon_of(std::string_view request, const Line& line) noexcept;

}  // namespace filesrv::mutate
