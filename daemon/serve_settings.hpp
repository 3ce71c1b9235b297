// SPDX-License-Identifier: MIT
// From the configuration's words to those of the floors below: settings of the server, options of the store.
#pragma once

#include <cstdint>
#include <span>

#include "config/config.hpp"
#include "daemon/listeners.hpp"
#include "serve/settings.hpp"
#include "store/store.hpp"

namespace filesrv::daemon {

/// What cannot be read from the configuration alone.
struct Surroundings {
    std::uint64_t fd_limit = 1024;       ///< RLIMIT_NOFILE
    bool stdout_is_terminal = false;
    bool stdout_is_journal = false;      ///< and its socket can be reached
};

/// Pure. The listeners decide which Host rule holds.
[[nodiscard]] serve::Settings serve_settings(const config::Config& config, std::span<const Listener> listeners,
                                             Surroundings surroundings);

[[nodiscard]] store::StoreOptions store_options(const config::Config& config);

}  // namespace filesrv::daemon
