// SPDX-License-Identifier: MIT
// Words of a command line, before and after CLI11.
#include "base/option_words.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/nearest.hpp"

namespace filesrv {
namespace {

std::string_view likely_option(std::string_view bare, std::span<const std::string_view> known) {
    if (bare == "v" || bare == "V") return "version";
    return bare.size() < 2 ? "help" : nearest(bare, known);
}

}  // namespace

std::vector<std::string> reversed_words(std::span<const char* const> words) {
    std::vector<std::string> reversed;
    for (auto at = words.rbegin(); at != words.rend(); ++at) {
        std::string word = *at;
        if (word.starts_with("--") && word.size() > 3 && word.find('=') == word.size() - 1) {
            reversed.emplace_back();
            word.pop_back();
        }
        reversed.push_back(std::move(word));
    }
    FS_ASSERT(reversed.size() >= words.size());
    return reversed;
}

std::string unknown_option(std::string_view word, std::span<const std::string_view> known) {
    FS_ASSERT(word.starts_with('-'));
    const std::string_view name = word.substr(0, word.find('='));
    const std::string_view bare = name.substr(std::min(name.find_first_not_of('-'), name.size()));
    return std::string("unknown option ").append(name).append("; the nearest known one is --").append(likely_option(bare, known));
}

}  // namespace filesrv
