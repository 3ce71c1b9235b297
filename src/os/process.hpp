// SPDX-License-Identifier: MIT
// What this process may do: how many descriptors, and as whom.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace filesrv::os {

/// Raises the soft limit of open files to the hard one, setrlimit(2); returns the limit then in force.
[[nodiscard]] std::uint64_t raise_fd_limit() noexcept;

/// Who somebody is, getpwnam(3).
struct Account {
    std::string name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

/// ENOENT for a name that nobody has.
[[nodiscard]] Result<Account> find_account(const std::string& name);

/// Every group of somebody, getgrouplist(3); the own one first.
[[nodiscard]] std::vector<std::uint32_t> groups_of(const Account& account);

/// The effective user.
[[nodiscard]] std::uint32_t effective_uid() noexcept;

/// Becomes `account` for good: supplementary groups, then group, then user, since each step needs what the
/// next gives away. Checks that there is no way back. Before any thread.
[[nodiscard]] Result<void> become(const Account& account);

}  // namespace filesrv::os
