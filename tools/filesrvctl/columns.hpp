// SPDX-License-Identifier: MIT
// How wide text is on a terminal, and how to make it fit. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace filesrv::ctl {

/// Columns that the text takes: a character each, but combining marks none and East Asian wide ones two. Without escape
/// sequences in it.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// At most so many columns; an ellipsis stands for what is cut off. Characters stay whole.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns);

/// cut() of a line that Style has painted: its sequences take no columns, and none stays open.
[[nodiscard]] std::string cut_painted(std::string_view text, std::size_t columns);

/// cut(), keeping the end: of a path that is the telling part.
[[nodiscard]] std::string cut_front(std::string_view text, std::size_t columns);

}  // namespace filesrv::ctl
