// SPDX-License-Identifier: MIT
// Lines typed at the prompt, kept from one start to the next in a file of the user's alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace filesrv::client {

/// `$XDG_STATE_HOME/filesrv/client_history`, else below `~/.local/state` (XDG Base Directory Specification, which wants
/// absolute paths); nothing where there is neither. An unset variable is null.
[[nodiscard]] std::optional<std::string> history_path(const char* state_home, const char* home);

/// Several prompts may share a file: each adds its lines at the end. What they type may name what others need not know,
/// so the file is 0600 and folders made for it are 0700.
class HistoryFile {
public:
    explicit HistoryFile(std::string path) : path_(std::move(path)) {}

    /// The newest `history_lines`, oldest first. A file that has grown to twice as many is cut to them. No file: none.
    [[nodiscard]] Result<std::vector<std::string>> load();

    /// Adds a line; one that is empty, longer than `history_line_bytes` or the same as the last one added is left out.
    [[nodiscard]] Result<void> add(std::string_view line);

private:
    std::string path_;
    std::string last_;
};

inline constexpr std::size_t history_lines = 1000;
inline constexpr std::size_t history_line_bytes = 4096;

}  // namespace filesrv::client
