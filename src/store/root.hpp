// SPDX-License-Identifier: MIT
// The confined root: opens names beneath one folder and never anything else, whatever links and renames do.
//
// openat2(2) with RESOLVE_BENEATH lets the kernel enforce it; where that is missing (an old kernel, a seccomp filter)
// a walk by components does, which follows links inside the root by hand. Absolute links are refused by both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::store {

struct RootOptions {
    bool follow_symlinks = true;   ///< links that stay inside; links that leave never are
    bool component_walk = false;   ///< do without openat2(2), as on a system that lacks it
};

/// Others may make, move and remove the folders on the way at every step; an upload that is whole is worth a second of
/// trying.
inline constexpr int race_tries_max = 20'000;

/// Whether an open may wait for a disk.
enum class Patience : std::uint8_t {
    cached_only,  ///< the polling thread: RESOLVE_CACHED, EAGAIN where the kernel would have to look on disk
    may_block,    ///< a worker
};

/// What an open is for.
enum class Purpose : std::uint8_t {
    read,    ///< O_RDONLY | O_NONBLOCK: never blocks on a FIFO
    locate,  ///< O_PATH: only a place in the tree
};

struct Opened {
    os::UniqueFd fd;
    bool via_symlink = false;
};

/// Move-only; its const functions may be called by any thread.
class Root {
public:
    /// Fails with the system's error when `dir` is no folder that can be searched.
    [[nodiscard]] static Result<Root> open(std::string_view dir, RootOptions options);

    /// Opens what `path` names, beneath the root. A link that leaves, loops, or is not to be followed is ENOENT.
    /// EAGAIN only with Patience::cached_only.
    [[nodiscard]] Result<Opened> open_beneath(std::string_view path, Purpose purpose, Patience patience) const;

    [[nodiscard]] os::Fd fd() const noexcept { return fd_.get(); }
    [[nodiscard]] bool follows_symlinks() const noexcept { return options_.follow_symlinks; }
    /// Whether cached_only can ever succeed here.
    [[nodiscard]] bool has_cached_open() const noexcept { return cached_open_; }
    [[nodiscard]] bool walks_components() const noexcept { return options_.component_walk; }

private:
    Root(os::UniqueFd fd, RootOptions options) noexcept;

    [[nodiscard]] Result<Opened> try_open(const std::string& path, Purpose purpose, Patience patience) const;
    [[nodiscard]] Result<Opened> open_leased(const std::string& path) const;

    os::UniqueFd fd_;
    RootOptions options_;
    bool cached_open_ = false;
};

}  // namespace filesrv::store
