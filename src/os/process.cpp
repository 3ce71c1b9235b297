// SPDX-License-Identifier: MIT
// Limits and identity, setrlimit(2), setuid(2), initgroups(3).
#include "os/process.hpp"

#include <cerrno>
#include <vector>

#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

#ifdef __APPLE__
using ListedGroup = int;
#else
using ListedGroup = gid_t;
#endif

constexpr int groups_max = 1024;

}  // namespace

std::uint64_t raise_fd_limit() noexcept {
    rlimit limit{};
    const int asked = ::getrlimit(RLIMIT_NOFILE, &limit);
    FS_ASSERT(asked == 0);
    const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
    return limit.rlim_cur;
}

Result<Account> find_account(const std::string& name) {
    constexpr std::size_t buffer_bytes = 64 * 1024;  // an entry with a group's worth of text, and more
    std::vector<char> buffer(buffer_bytes);
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error != 0) return failure(error, "getpwnam", name);
    if (found == nullptr) return failure(ENOENT, "getpwnam", name);
    return Account{.name = name, .uid = entry.pw_uid, .gid = entry.pw_gid};
}

std::vector<std::uint32_t> groups_of(const Account& account) {
    FS_ASSERT(!account.name.empty());
    std::vector<ListedGroup> listed(groups_max);
    int count = groups_max;
    if (::getgrouplist(account.name.c_str(), static_cast<ListedGroup>(account.gid), listed.data(), &count) < 0) count = groups_max;
    return {listed.begin(), listed.begin() + count};
}

std::uint32_t effective_uid() noexcept {
    return ::geteuid();
}

Result<void> become(const Account& account) {
    FS_ASSERT(!account.name.empty());
    if (::initgroups(account.name.c_str(), account.gid) != 0)
        return failure(errno, "initgroups", account.name);
    if (::setgid(account.gid) != 0) return failure(errno, "setgid", account.name);
    if (::setuid(account.uid) != 0) return failure(errno, "setuid", account.name);
    // A capability or a bug could leave a way back; a file server that can become root again has not left it.
    FS_ASSERT(account.uid == 0 ||
              (::setuid(0) != 0 && ::geteuid() == account.uid && ::getegid() == account.gid));
    return {};
}

}  // namespace filesrv::os
