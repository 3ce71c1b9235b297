// SPDX-License-Identifier: MIT
// The configuration that a unit's daemon would start with, as far as it can be known from outside.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "tools/filesrvctl/units.hpp"

namespace filesrv::ctl {

struct UnitConfig {
    config::Config config;  ///< defaults, the file's values, the command line's, in this order
    std::string file;       ///< the configuration file; empty = none
    bool file_read = false;
    std::string trouble;    ///< why the file is not in it: one clause; empty = it is
};

/// Applies the options among `words` over `config`. What it does not know it leaves out: filesrvd itself judges. Pure.
void apply_words(const std::vector<std::string>& words, config::Config& config);

/// Reads the file that --config names.
[[nodiscard]] UnitConfig read_unit_config(const Instance& instance);

}  // namespace filesrv::ctl
