// SPDX-License-Identifier: MIT
// Leaving root behind.
#include "daemon/privileges.hpp"

#include <cerrno>
#include <utility>

#include "daemon/startup_error.hpp"

namespace filesrv::daemon {

os::Account find_user(const std::string& user) {
    auto account = os::find_account(user);
    if (!account && account.error().code == ENOENT)
        throw StartupError(exit_usage, "--user: there is no user '" + user + '\'');
    if (!account) throw StartupError(exit_could_not_run, "--user: " + account.error().message());
    return std::move(*account);
}

bool become_user(const std::string& user) {
    const os::Account account = find_user(user);
    if (account.uid == os::effective_uid()) return false;
    if (const auto became = os::become(account); !became)
        throw StartupError(exit_could_not_run, "cannot become user " + became.error().message());
    return true;
}

}  // namespace filesrv::daemon
