// SPDX-License-Identifier: MIT
// Whether an exploration finds a mutation: by a finding, or because an assertion of the code itself fails.
#pragma once

#include <cstdlib>

#include "../serve/dying.hpp"
#include "explorer.hpp"

namespace filesrv::test {

/// Tried in a process of its own. `explores` returns an Exploration.
template <class Explores>
[[nodiscard]] bool goes_wrong(Explores explores) {
    return aborts([&explores] {
        if (!explores().finding.empty()) std::abort();
    });
}

}  // namespace filesrv::test
