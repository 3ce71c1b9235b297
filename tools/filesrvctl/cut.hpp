// SPDX-License-Identifier: MIT
// Lines made to fit a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace filesrv::ctl {

/// At most so many columns; an ellipsis stands for what is cut off. Characters stay whole.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns);

/// cut() of a line that Style has painted: its sequences take no columns, and none stays open.
[[nodiscard]] std::string cut_painted(std::string_view text, std::size_t columns);

/// cut(), keeping the end: of a path that is the telling part.
[[nodiscard]] std::string cut_front(std::string_view text, std::size_t columns);

/// cut(), keeping the last `kept_end` bytes, which are whole characters, where there is room for them.
[[nodiscard]] std::string cut_within(std::string_view text, std::size_t columns, std::size_t kept_end);

}  // namespace filesrv::ctl
