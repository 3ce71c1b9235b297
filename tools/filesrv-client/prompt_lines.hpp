// SPDX-License-Identifier: MIT
// Lines from whatever is no terminal.
#pragma once

#include <cstdio>
#include <expected>
#include <optional>
#include <string>

namespace filesrv::client {

/// Reads one after the other, of at most `prompt_line_bytes_max`.
class PlainLines {
public:
    explicit PlainLines(std::FILE* from) noexcept : from_(from) {}

    /// Without its end; nothing when there are no more. An error is one clause about the line, and the next is read all
    /// the same.
    [[nodiscard]] std::expected<std::optional<std::string>, std::string> next();
    /// Of the one that was read last, from 1.
    [[nodiscard]] std::size_t number() const noexcept { return number_; }

private:
    std::FILE* from_;
    std::size_t number_ = 0;
};

inline constexpr std::size_t prompt_line_bytes_max = 16 * 1024;

}  // namespace filesrv::client
