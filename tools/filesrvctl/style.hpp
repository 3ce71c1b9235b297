// SPDX-License-Identifier: MIT
// Colour: on a terminal, where the person has not said NO_COLOR.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace filesrv::ctl {

enum class Colour : std::uint8_t { plain, bold, dim, good, warning, bad, accent };

/// Paints, or leaves as it is. Copies freely.
class Style {
public:
    constexpr explicit Style(bool coloured) noexcept : coloured_(coloured) {}

    /// The text between the escape sequences of ECMA-48 section 8.3.117; an empty one stays empty.
    [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;

    [[nodiscard]] bool coloured() const noexcept { return coloured_; }

private:
    bool coloured_;
};

/// What standard output wants: no-color.org says that any value but none of NO_COLOR switches colour off.
[[nodiscard]] Style style_for(bool terminal, const char* no_color, const char* term) noexcept;

}  // namespace filesrv::ctl
