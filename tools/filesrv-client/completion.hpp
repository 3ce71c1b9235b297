// SPDX-License-Identifier: MIT
// What TAB does with the beginning of a line: which names may stand there, and what to write for them. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/filesrv-client/line_words.hpp"
#include "tools/filesrv-client/verbs.hpp"

namespace filesrv::client {

/// The word that the cursor stands behind.
struct CompletionPoint {
    Names names = Names::nothing;  ///< what it may name
    std::size_t begin = 0;         ///< where it begins in the line
    Open way = Open::nothing;      ///< the quote that it begins with
    std::string folder;            ///< what it says up to its last slash, that included; of names with folders
    std::string typed;             ///< the rest: the beginning of the name that is sought
};

/// Of the line up to the cursor.
[[nodiscard]] CompletionPoint completion_point(std::string_view line);

/// A name that is there.
struct NameThere {
    std::string name;
    bool folder = false;
};

struct Completion {
    std::string replacement;           ///< for the line from `begin` on; "" = nothing is known, leave the line alone
    std::vector<std::string> choices;  ///< several: printable, folders with a slash, in order
};

/// Those of `there` that begin with what is typed: one is written whole, with a blank behind it or, of a folder, a
/// slash; of several what they have in common. Names with a dot in front only after a typed dot.
[[nodiscard]] Completion complete(const CompletionPoint& point, std::span<const NameThere> there);

/// Verbs that begin with what is typed in any case, and go on in that case; for Names::verb.
[[nodiscard]] std::vector<NameThere> verb_names(std::string_view typed);

/// Choices as columns that fit the terminal, down and then across; of very many the first, and how many more.
[[nodiscard]] std::string choices_text(std::span<const std::string> choices, std::size_t width);

}  // namespace filesrv::client
