// SPDX-License-Identifier: MIT
// When a file's version may be trusted to be unlike any other's: the age rule, and the mark of our own commits.
#include "store/version.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "base/assert.hpp"
#include "os/file.hpp"
#include "os/open.hpp"

namespace filesrv::store {
namespace {

constexpr const char* mark_name = "user.filesrv.version";
using Mark = std::array<char, 48>;  // two numbers of at most 20 digits, a sign and a blank

std::int64_t as_nanoseconds(WallTime time) noexcept { return time.time_since_epoch().count(); }

std::string_view format_mark(Mark& into, std::int64_t mtime_ns, std::uint64_t size) noexcept {
    const int length = std::snprintf(into.data(), into.size(), "%lld %llu", static_cast<long long>(mtime_ns),
                                     static_cast<unsigned long long>(size));
    FS_ASSERT(length > 0 && static_cast<std::size_t>(length) < into.size());
    return {into.data(), static_cast<std::size_t>(length)};
}

bool has_mark(os::Fd fd, const os::FileStat& stat) {
    Mark expected;
    Mark found;
    const auto length = os::get_attribute(fd, mark_name, found);
    if (!length) return false;
    return std::string_view(found.data(), *length) == format_mark(expected, stat.mtime_ns, stat.size);
}

}  // namespace

bool is_weak_by_age(const os::FileStat& stat, WallTime now) noexcept {
    return stat.ctime_ns > as_nanoseconds(now) - strong_age_ns;
}

Version version_of(os::Fd fd, const os::FileStat& stat, WallTime now) {
    const bool weak = is_weak_by_age(stat, now) && !has_mark(fd, stat);
    return Version{.mtime_ns = stat.mtime_ns, .size = stat.size, .weak = weak};
}

Version version_at(os::Fd folder, const char* name, const os::FileStat& stat, WallTime now) {
    Version version{.mtime_ns = stat.mtime_ns, .size = stat.size, .weak = is_weak_by_age(stat, now)};
    if (!version.weak) return version;
    const auto fd = os::open_at(folder, name, os::OpenMode::read);
    if (!fd) return version;  // a file that we may write but not read: nobody is told its content either
    const auto opened = os::stat_fd(fd->get());
    if (opened && opened->is_same_content(stat)) version.weak = !has_mark(fd->get(), stat);
    return version;
}

bool mark_commit(os::Fd fd, const Version& version) noexcept {
    FS_ASSERT(!version.weak);
    Mark mark;
    return os::set_attribute(fd, mark_name, format_mark(mark, version.mtime_ns, version.size)) == 0;
}

Duration keeps_for(const os::FileStat& stat, WallTime now) noexcept {
    constexpr Duration longest = std::chrono::seconds(30);  // what the kernel takes to write back, and a little
    const Duration age = std::max(now.time_since_epoch() - Duration(stat.ctime_ns), Duration::zero());
    if (age >= 3 * longest) return Duration::max();
    const Duration until_strong = Duration(strong_age_ns) - age;
    return until_strong > Duration::zero() ? until_strong : std::min(age, longest);
}

bool is_settled(const os::FileStat& stat, WallTime now) noexcept {
    constexpr std::int64_t tick_ns = 20'000'000;
    constexpr std::int64_t second_ns = 1'000'000'000;
    const bool is_coarse = stat.ctime_ns % second_ns == 0 && stat.mtime_ns % second_ns == 0;
    const std::int64_t limit = as_nanoseconds(now) - tick_ns - (is_coarse ? 2 * second_ns : 0);
    if (stat.ctime_ns > limit) return false;
    // An mtime ahead of the clock was set by hand and tells nothing; its ctime, which was not, has just been looked at.
    return stat.mtime_ns <= limit || stat.mtime_ns > as_nanoseconds(now) + tick_ns;
}

}  // namespace filesrv::store
