// SPDX-License-Identifier: MIT
// The last line of a terminal while a transfer runs.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "os/fd.hpp"
#include "tools/filesrv-client/engine.hpp"
#include "tools/filesrv-client/progress_text.hpp"

namespace filesrv::client {

/// Shows how far one request is, ten times a second at most and not before a moment has passed: what is quick needs no
/// bar. Nothing at all where `screen` is no terminal. Wiped when it goes.
class ProgressLine {
public:
    /// `name` is printable.
    ProgressLine(os::Fd screen, std::string name);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// Called as often as anybody likes.
    void update(const Progress& progress);

private:
    void draw(const Progress& progress, Instant now);

    os::Fd screen_;
    std::string name_;
    bool is_terminal_;
    Instant begin_, drawn_at_;
    std::optional<Speed> speed_;
    bool is_drawn_ = false;
};

}  // namespace filesrv::client
