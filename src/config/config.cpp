// SPDX-License-Identifier: MIT
// What options demand of each other. Each one alone was checked when it was parsed.
#include "config/config.hpp"

#include "base/assert.hpp"
#include "config/values.hpp"

namespace filesrv::config {

std::optional<std::string> find_conflict(const Config& config) {
    FS_ASSERT(config.workers.min >= 1 && config.workers.min <= config.workers.max);
    FS_ASSERT(config.reactors >= 1);
    if (config.timeout_min > config.timeout_max)
        return "timeout-min (" + to_text(config.timeout_min) + ") is above timeout-max (" +
               to_text(config.timeout_max) + ")";
    if (config.read_only && config.allow_delete) return "read-only and allow-delete exclude each other";
    if (config.max_connections != 0 && config.per_address > config.max_connections)
        return "per-address (" + std::to_string(config.per_address) + ") is above max-connections (" +
               std::to_string(config.max_connections) + ")";
    for (std::size_t i = 0; i < config.listen.size(); ++i)
        for (std::size_t j = i + 1; j < config.listen.size(); ++j)
            if (config.listen[i] == config.listen[j] &&
                !(config.listen[i].port == 0 && config.listen[i].path.empty()))
                return "listen names " + to_text(config.listen[i]) + " twice";
    return std::nullopt;
}

}  // namespace filesrv::config
