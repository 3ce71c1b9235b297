// SPDX-License-Identifier: MIT
// The configuration file: TOML with the options' keys, and errors that name file, line and key.
#pragma once

#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/values.hpp"

namespace filesrv::config {

/// Applies the TOML document `text` to `config`. The error is one line `FILE:LINE: KEY: what`, with the
/// nearest known key for one that is unknown; `config` is then unchanged. `file` only names the document.
[[nodiscard]] Parsed<void> apply_toml(std::string_view text, std::string_view file, Config& config);

}  // namespace filesrv::config
