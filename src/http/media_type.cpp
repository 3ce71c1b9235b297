// SPDX-License-Identifier: MIT
// Content types by the end of a file's name: a binary search over a table that the build makes
// (generate_media_types.py).
#include "http/media_type.hpp"

#include "base/assert.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace filesrv::http {
namespace {

/// Offsets instead of pointers: nothing to relocate when the program starts.
struct MediaTypeRow {
    std::uint16_t extension_at;
    std::uint8_t extension_size;
    std::uint8_t type_size;
    std::uint16_t type_at;
};

#include "media_type_table.inc"

constexpr std::string_view unknown = "application/octet-stream";
constexpr std::size_t extension_bytes_max = 20;

/// Files that people open in a browser to read them, and that have no extension.
constexpr std::array<std::string_view, 10> text_names = {"readme",    "license",   "copying", "authors",
                                                         "changelog", "news",      "todo",    "install",
                                                         "makefile",  "dockerfile"};

constexpr std::string_view extension_of(const MediaTypeRow& row) noexcept {
    return {extension_text + row.extension_at, row.extension_size};
}

consteval bool rows_are_sorted() noexcept {
    for (std::size_t i = 1; i < std::size(rows); ++i) {
        if (extension_of(rows[i - 1]) >= extension_of(rows[i])) return false;
    }
    return true;
}
static_assert(rows_are_sorted(), "the binary search needs order");
static_assert(sizeof(extension_text) < 65536 && sizeof(type_text) < 65536, "offsets are 16 bits");

std::string_view find(std::string_view extension) noexcept {
    const auto* row =
        std::lower_bound(std::begin(rows), std::end(rows), extension,
                         [](const MediaTypeRow& r, std::string_view e) { return extension_of(r) < e; });
    if (row == std::end(rows) || extension_of(*row) != extension) return {};
    FS_ASSERT(row->type_at + row->type_size < sizeof(type_text));
    return {type_text + row->type_at, row->type_size};
}

}  // namespace

std::string_view media_type(std::string_view file_name) noexcept {
    // Only so much of the name can be an extension, which also bounds the number of dots looked at.
    std::array<char, extension_bytes_max + 1> tail;
    const std::string_view end = file_name.substr(file_name.size() - std::min(file_name.size(), tail.size()));
    std::transform(end.begin(), end.end(), tail.begin(), grammar::lower);
    std::string_view rest(tail.data(), end.size());
    if (std::find(text_names.begin(), text_names.end(), rest) != text_names.end())
        return "text/plain; charset=utf-8";
    // From the left, so that `tar.gz` is found before `gz`.
    for (std::size_t dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
        rest.remove_prefix(dot + 1);
        if (const auto found = find(rest); !found.empty()) return found;
    }
    return unknown;
}

}  // namespace filesrv::http
