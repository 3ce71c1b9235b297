// SPDX-License-Identifier: MIT
// What is wrong, and the command that mends it: judged from facts alone. Pure.
#pragma once

#include <string>
#include <vector>

#include "tools/filesrvctl/doctor_facts.hpp"

namespace filesrv::ctl {

struct Finding {
    std::string code;   ///< for programs; one word that stays
    std::string about;  ///< a unit, a process, or a path
    std::string what;   ///< one clause
    std::string mend;   ///< a command; where a person has to choose, with what to choose before it

    bool operator==(const Finding&) const = default;
};

/// Below this much free space people should know, whatever min_free says.
inline constexpr std::uint64_t free_bytes_low = 64ULL << 20;

/// All of them, those that keep a daemon from running first.
[[nodiscard]] std::vector<Finding> find(const Facts& facts);

}  // namespace filesrv::ctl
