// SPDX-License-Identifier: MIT
// When a file's version may be trusted to be unlike any other's: the age rule, and the mark of our own commits.
//
// mtime and size tell two contents apart unless both were written within one tick of the kernel's clock with one size.
// A commit of ours cannot be such a twin, because it sets an mtime strictly later than what it replaced; it says so in
// an extended attribute that holds its mtime and size, which every filesrvd on every node can read. What others wrote
// is trusted once its ctime, which nobody can set, is 2 s old. Where there are no attributes, a commit of ours counts
// as somebody else's, except for whoever made it.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "os/fd.hpp"
#include "os/stat.hpp"
#include "store/entry.hpp"

namespace filesrv::store {

/// How old a change by others must be before its version is strong.
inline constexpr std::int64_t strong_age_ns = 2'000'000'000;

/// Whether the last change is too recent for mtime and size alone; also when it lies in the future.
[[nodiscard]] bool is_weak_by_age(const os::FileStat& stat, WallTime now) noexcept;

/// The version of an open file; reads the mark only while the file is young.
[[nodiscard]] Version version_of(os::Fd fd, const os::FileStat& stat, WallTime now);

/// The version of a name that stat_at() found, opening it if need be.
[[nodiscard]] Version version_at(os::Fd folder, const char* name, const os::FileStat& stat, WallTime now);

/// Marks an open file as a commit of ours. False where there are no attributes.
bool mark_commit(os::Fd fd, const Version& version) noexcept;

/// How long what is read of a file now may be kept though its times stay as they are; Duration::max() for ever. A weak
/// version becomes strong. And a store through a shared mapping, mmap(2), sets the times only where it is the first to
/// its page since the mapping was made or the kernel last wrote the page back, which takes it up to half a minute. So
/// what may still be mapped is read again when it has been left alone for twice as long, and that until it is old.
[[nodiscard]] Duration keeps_for(const os::FileStat& stat, WallTime now) noexcept;

/// Whether the file's content was so long unchanged at `now` that any later change shows in its times. Before Linux
/// 6.13 times advance by ticks of up to 10 ms; where they are whole seconds (FAT, ext3) by up to 2 s.
[[nodiscard]] bool is_settled(const os::FileStat& stat, WallTime now) noexcept;

}  // namespace filesrv::store
