// SPDX-License-Identifier: MIT
// Whether somebody else could read and write a folder: judged by owners and modes, path_resolution(7), not by trying.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/stat.hpp"

namespace filesrv::ctl {

enum class RootAccess : std::uint8_t {
    fine,
    unknown,  ///< not ours to see, or nobody can tell who would ask
    missing,
    not_folder,
    unreadable,
    unwritable,
};

/// Who would ask.
struct Identity {
    std::uint32_t uid = 0;
    std::vector<std::uint32_t> groups;  ///< all of them, the first one included
};

/// Permission bits, as in a mode of one class.
inline constexpr std::uint32_t may_read = 4;
inline constexpr std::uint32_t may_write = 2;
inline constexpr std::uint32_t may_search = 1;

/// The class that decides is the first that fits: owner, group, others. Root may everything. Pure.
[[nodiscard]] bool allows(const os::FileStat& file, const Identity& who, std::uint32_t wanted) noexcept;

/// Of a folder by its absolute path. Access lists count as unknown where the mode alone refuses.
[[nodiscard]] RootAccess root_access(const std::string& path, const Identity& who, bool writing);

/// Who a process is; nothing where proc(5) does not tell.
[[nodiscard]] std::optional<Identity> identity_of_process(std::uint64_t pid);

/// Who a name is, with the groups that it is a member of; nothing for a name that nobody has.
[[nodiscard]] std::optional<Identity> identity_of_user(const std::string& name);

}  // namespace filesrv::ctl
