// SPDX-License-Identifier: MIT
// Landlock by its system calls, landlock_create_ruleset(2). Structures and bits are written out here, since they are the
// kernel's for ever and a distribution's headers know only those of their own day.
#include "os/landlock.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "os/fd.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"

namespace filesrv::os {
namespace {

using Rights = std::uint64_t;

// LANDLOCK_ACCESS_FS_*
constexpr Rights write_file = 1U << 1;
constexpr Rights read_file = 1U << 2;
constexpr Rights read_folder = 1U << 3;
constexpr Rights remove_folder = 1U << 4;
constexpr Rights remove_file = 1U << 5;
constexpr Rights make_folder = 1U << 7;
constexpr Rights make_regular = 1U << 8;
constexpr Rights refer = 1U << 13;        // version 2
constexpr Rights truncate_file = 1U << 14;  // version 3
constexpr Rights ioctl_device = 1U << 15;   // version 5
constexpr Rights of_version_2 = (1U << 14) - 1;
/// Those that may be allowed for a single file.
constexpr Rights of_files = write_file | read_file | truncate_file | ioctl_device;

// LANDLOCK_ACCESS_NET_*, LANDLOCK_SCOPE_*
constexpr Rights bind_and_connect_tcp = 3;      // version 4
constexpr Rights abstract_unix_sockets = 1;     // version 6

struct RulesetAttributes {
    Rights files;
    Rights network;
    Rights scopes;
};

struct [[gnu::packed]] BeneathAttributes {
    Rights allowed;
    std::int32_t folder;
};
static_assert(sizeof(BeneathAttributes) == 12);

constexpr int rule_path_beneath = 1;
constexpr unsigned ask_for_version = 1;
constexpr int least_version = 2;

Rights handled_by(int version) noexcept {
    return of_version_2 | (version >= 3 ? truncate_file : 0) | (version >= 5 ? ioctl_device : 0);
}

/// A kernel refuses attributes longer than it knows, unless what it does not know is 0.
std::size_t attributes_size(int version) noexcept {
    if (version >= 6) return sizeof(RulesetAttributes);
    return version >= 4 ? offsetof(RulesetAttributes, scopes) : offsetof(RulesetAttributes, network);
}

Rights rights_of(PathAccess access) noexcept {
    switch (access) {
        case PathAccess::read: return read_file | read_folder;
        case PathAccess::change:
            return read_file | read_folder | write_file | truncate_file | make_regular | make_folder | remove_file |
                   remove_folder | refer;
        case PathAccess::append: return write_file | make_regular;
        case PathAccess::remove: return remove_file;
    }
    FS_UNREACHABLE("unknown access");
}

Result<UniqueFd> make_ruleset(int version, AbstractSockets abstract_sockets) {
    const RulesetAttributes attributes{.files = handled_by(version),
                                       .network = version >= 4 ? bind_and_connect_tcp : 0,
                                       .scopes = version >= 6 && abstract_sockets == AbstractSockets::closed ? abstract_unix_sockets : 0};
    const long fd = ::syscall(SYS_landlock_create_ruleset, &attributes, attributes_size(version), 0U);
    if (fd < 0) return failure(errno, "landlock_create_ruleset");
    return UniqueFd::adopt(static_cast<int>(fd));
}

/// What is not there needs no permission, nor does what permissions close anyway.
bool is_out_of_reach(int error) noexcept { return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP; }

Result<void> allow(Fd ruleset, const AllowedPath& path, int version) {
    FS_ASSERT(!path.path.empty());
    const auto place = open_path(path.path.c_str(), OpenMode::any_place);
    if (!place && !path.needed && is_out_of_reach(place.error().code)) return {};
    if (!place) return failure(place.error().code, "open", path.path);
    const auto stat = stat_fd(place->get());
    if (!stat) return std::unexpected(stat.error());
    const Rights rights = rights_of(path.access) & handled_by(version);
    const BeneathAttributes beneath{.allowed = stat->type == FileType::directory ? rights : rights & of_files,
                                    .folder = place->get().number()};
    if (beneath.allowed == 0) return {};
    if (::syscall(SYS_landlock_add_rule, ruleset.number(), rule_path_beneath, &beneath, 0U) != 0)
        return failure(errno, "landlock_add_rule", path.path);
    return {};
}

}  // namespace

int landlock_version() noexcept {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_for_version);
    return version < least_version ? 0 : static_cast<int>(version);
}

Result<void> confine_files(std::span<const AllowedPath> paths, AbstractSockets abstract_sockets) {
    const int version = landlock_version();
    if (version == 0) return failure(ENOSYS, "landlock_create_ruleset");
    const auto ruleset = make_ruleset(version, abstract_sockets);
    if (!ruleset) return std::unexpected(ruleset.error());
    for (const AllowedPath& path : paths) {
        if (auto allowed = allow(ruleset->get(), path, version); !allowed) return allowed;
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failure(errno, "prctl PR_SET_NO_NEW_PRIVS");
    if (::syscall(SYS_landlock_restrict_self, ruleset->get().number(), 0U) != 0)
        return failure(errno, "landlock_restrict_self");
    return {};
}

}  // namespace filesrv::os
