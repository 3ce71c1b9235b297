// SPDX-License-Identifier: MIT
// Colour: on a terminal, where the person has not said NO_COLOR.
#include "tools/filesrvctl/style.hpp"

#include "base/assert.hpp"

namespace filesrv::ctl {
namespace {

/// The sixteen colours that every terminal has, and that follow the person's own palette.
std::string_view code_of(Colour colour) {
    switch (colour) {
        case Colour::plain: return "";
        case Colour::bold: return "1";
        case Colour::dim: return "2";
        case Colour::good: return "32";
        case Colour::warning: return "33";
        case Colour::bad: return "1;31";
        case Colour::accent: return "36";
    }
    FS_UNREACHABLE("a colour of no kind");
}

}  // namespace

std::string Style::paint(Colour colour, std::string_view text) const {
    const std::string_view code = code_of(colour);
    if (!coloured_ || code.empty() || text.empty()) return std::string(text);
    return "\033[" + std::string(code) + 'm' + std::string(text) + "\033[0m";
}

Style style_for(bool terminal, const char* no_color, const char* term) noexcept {
    const bool unwanted = no_color != nullptr && *no_color != '\0';
    const bool dumb = term == nullptr || std::string_view(term) == "dumb";
    return Style(terminal && !unwanted && !dumb);
}

}  // namespace filesrv::ctl
