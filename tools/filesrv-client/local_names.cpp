// SPDX-License-Identifier: MIT
// Names in a folder of this machine.
#include "tools/filesrv-client/local_names.hpp"

namespace filesrv::client {

std::vector<NameThere> local_names(const std::filesystem::path& folder) {
    constexpr std::size_t names_max = 10'000;
    std::error_code code;  // whatever goes wrong, TAB does nothing then
    std::vector<NameThere> names;
    std::filesystem::directory_iterator there(folder, code);
    for (; !code && there != std::filesystem::directory_iterator() && names.size() < names_max; there.increment(code)) {
        std::error_code unknown;
        names.push_back({.name = there->path().filename().string(), .folder = there->is_directory(unknown)});
    }
    return names;
}

}  // namespace filesrv::client
