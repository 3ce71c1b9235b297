// SPDX-License-Identifier: MIT
// The words of HTTP that a mutation may put somewhere: the tokens on which a server decides.
#pragma once

#include <span>
#include <string_view>

namespace filesrv::mutate::words {

/// Known, unknown, and nearly known methods.
[[nodiscard]] std::span<const std::string_view> methods() noexcept;
/// Targets in all four forms, those that try to leave the root among them.
[[nodiscard]] std::span<const std::string_view> targets() noexcept;
/// The end of a request line, right and wrong.
[[nodiscard]] std::span<const std::string_view> versions() noexcept;
/// Every field that a file server looks at, and a few that it should not.
[[nodiscard]] std::span<const std::string_view> field_names() noexcept;
/// Values that are right for some field; any field may get them.
[[nodiscard]] std::span<const std::string_view> values() noexcept;
/// Numbers at which types, limits and files of the corpus end, and texts that only look like numbers.
[[nodiscard]] std::span<const std::string_view> numbers() noexcept;
/// Bytes and pairs that separate: where parsers disagree.
[[nodiscard]] std::span<const std::string_view> separators() noexcept;

}  // namespace filesrv::mutate::words
