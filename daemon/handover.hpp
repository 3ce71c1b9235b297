// SPDX-License-Identifier: MIT
// What a successor finds in its environment besides the variables of socket activation: FILESRV_SUCCESSION.
//
// The listeners are descriptors 3, 4 … as sd_listen_fds(3) has them. The two that follow are the successor's alone: one
// on which it says that it is ready or why it cannot be, and one that joins it to its predecessor for as long as both live.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filesrv::daemon {

inline constexpr const char* succession_variable = "FILESRV_SUCCESSION";

struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    bool operator==(const FileIdentity&) const = default;
};

/// Where a listener comes from.
struct Origin {
    bool ours = false;                 ///< opened by the daemon, not by a service manager
    std::optional<FileIdentity> file;  ///< the socket file to remove by the last of the line

    bool operator==(const Origin&) const = default;
};

/// `manager,ours,ours.2049.77`: an item for each listener, in their order. Pure.
[[nodiscard]] std::string to_text(std::span<const Origin> origins);

/// Pure: the origins from the variable, `PID:` and the text above; nothing when it is null or for another process; an
/// error, one clause, when it is malformed.
[[nodiscard]] std::expected<std::optional<std::vector<Origin>>, std::string> parse_succession(const char* variable,
                                                                                              long own_pid);

}  // namespace filesrv::daemon
