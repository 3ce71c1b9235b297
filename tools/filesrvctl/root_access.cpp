// SPDX-License-Identifier: MIT
// Whether somebody else could read and write a folder.
#include "tools/filesrvctl/root_access.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "os/process.hpp"

namespace filesrv::ctl {
namespace {

bool has_access_list(const std::string& path) {
    const auto folder = os::open_path(path.c_str(), os::OpenMode::folder);
    if (!folder) return true;  // who knows
    const auto bytes = os::get_attribute(folder->get(), "system.posix_acl_access", {});
    return bytes.has_value();
}

/// One step of the way to it, or the end of it.
RootAccess step(const std::string& path, const Identity& who, std::uint32_t wanted) {
    const auto place = os::open_path(path.c_str(), os::OpenMode::any_place);
    if (!place) return place.error().code == ENOENT ? RootAccess::missing : RootAccess::unknown;
    const auto file = os::stat_fd(place->get());
    if (!file) return RootAccess::unknown;
    if (file->type != os::FileType::directory) return RootAccess::not_folder;
    if (allows(*file, who, wanted)) return RootAccess::fine;
    if (has_access_list(path)) return RootAccess::unknown;
    return allows(*file, who, wanted & ~may_write) ? RootAccess::unwritable : RootAccess::unreadable;
}

}  // namespace

bool allows(const os::FileStat& file, const Identity& who, std::uint32_t wanted) noexcept {
    FS_ASSERT(wanted <= (may_read | may_write | may_search));
    if (who.uid == 0) return true;
    std::uint32_t granted = file.mode;
    if (file.uid == who.uid) granted >>= 6;
    else if (std::ranges::find(who.groups, file.gid) != who.groups.end()) granted >>= 3;
    return (granted & wanted) == wanted;
}

RootAccess root_access(const std::string& path, const Identity& who, bool writing) {
    FS_ASSERT(path.starts_with('/'));
    std::error_code failed;
    // The links on the way are somebody's choice; the folders behind them decide.
    const std::filesystem::path real = std::filesystem::canonical(path, failed);
    if (failed) return failed == std::errc::no_such_file_or_directory ? RootAccess::missing : RootAccess::unknown;
    std::filesystem::path at;
    for (const auto& name : real) {
        at /= name;
        const bool end = at == real;
        const std::uint32_t wanted = end ? may_read | may_search | (writing ? may_write : 0) : may_search;
        if (const RootAccess access = step(at.string(), who, wanted); access != RootAccess::fine) return access;
    }
    return RootAccess::fine;
}

std::optional<Identity> identity_of_process(std::uint64_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    std::optional<Identity> identity;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint32_t real = 0;
        std::uint32_t effective = 0;
        words >> name;
        if (name == "Uid:" && words >> real >> effective) identity = Identity{.uid = effective, .groups = {}};
        if (!identity) continue;
        if (name == "Gid:" && words >> real >> effective) identity->groups.push_back(effective);
        if (name == "Groups:")
            for (std::uint32_t group = 0; words >> group;) identity->groups.push_back(group);
    }
    return identity;
}

std::optional<Identity> identity_of_user(const std::string& name) {
    const auto account = os::find_account(name);
    if (!account) return std::nullopt;
    return Identity{.uid = account->uid, .groups = os::groups_of(*account)};
}

}  // namespace filesrv::ctl
