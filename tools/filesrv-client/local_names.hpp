// SPDX-License-Identifier: MIT
// Names in a folder of this machine, for completion.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/filesrv-client/completion.hpp"

namespace filesrv::client {

/// A folder that cannot be read has no names; of a huge one there are no more than 10,000.
[[nodiscard]] std::vector<NameThere> local_names(const std::filesystem::path& folder);

}  // namespace filesrv::client
