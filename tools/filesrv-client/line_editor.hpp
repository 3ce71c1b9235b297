// SPDX-License-Identifier: MIT
// A line typed at a terminal: editing, history and completion, by libedit (editline(3)).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/filesrv-client/completion.hpp"

namespace filesrv::client {

/// Owns the terminal while a line is being typed, and only then: between two lines it is as the shell left it, so that
/// Ctrl-C is a signal again. One in a process.
class LineEditor {
public:
    /// The names that may stand at a place, asked when TAB is pressed. May take a moment; throws nothing.
    using NamesThere = std::function<std::vector<NameThere>(const CompletionPoint&)>;

    /// `prompt` has no escape sequences.
    LineEditor(std::string prompt, NamesThere names);
    ~LineEditor();
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;

    /// The next line, without its end; nothing when the user leaves by Ctrl-D or the terminal is gone.
    /// Ctrl-C throws away what is typed and begins a new line.
    [[nodiscard]] std::optional<std::string> read();

    /// For the arrow keys.
    void remember(std::string_view line);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filesrv::client
