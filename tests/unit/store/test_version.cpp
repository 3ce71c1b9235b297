// SPDX-License-Identifier: MIT
#include "store/version.hpp"

#include <doctest/doctest.h>

#include "os/file.hpp"
#include "os/open.hpp"
#include "temp_folder.hpp"

using namespace filesrv;
using namespace filesrv::store;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t base = 1'700'000'000 * second + 123'456'789;

WallTime at(std::int64_t time_ns) { return WallTime(std::chrono::nanoseconds(time_ns)); }

}  // namespace

TEST_CASE("what is read of a file is read again as it becomes strong, then twice as old, until it is old") {
    const os::FileStat stat{.mtime_ns = base - 100 * second, .ctime_ns = base};
    struct { std::int64_t age_s, keeps_s; } const rows[] = {
        {-3600, 2}, {0, 2}, {1, 1}, {2, 2}, {4, 4}, {20, 20}, {30, 30}, {45, 30}, {89, 30},
    };
    for (const auto& row : rows) {
        CAPTURE(row.age_s);
        CHECK(keeps_for(stat, at(base + row.age_s * second)) == std::chrono::seconds(row.keeps_s));
    }
    CHECK(keeps_for(stat, at(base + 90 * second)) == Duration::max());
}

TEST_CASE("a foreign change is weak until it is two seconds old by its change time") {
    const os::FileStat stat{.mtime_ns = base - 100 * second, .ctime_ns = base};
    CHECK(is_weak_by_age(stat, at(base)));
    CHECK(is_weak_by_age(stat, at(base + 2 * second - 1)));
    CHECK_FALSE(is_weak_by_age(stat, at(base + 2 * second)));
    CHECK(is_weak_by_age(stat, at(base - 3600 * second)));  // a clock that was set back
}

TEST_CASE("a content is settled when its last change is more than a tick of the clock ago") {
    const std::int64_t tick = 20'000'000;
    CHECK(is_settled({.mtime_ns = base, .ctime_ns = base}, at(base + tick)));
    CHECK_FALSE(is_settled({.mtime_ns = base, .ctime_ns = base}, at(base + tick - 1)));
    CHECK_FALSE(is_settled({.mtime_ns = 0, .ctime_ns = base}, at(base)));
    CHECK_FALSE(is_settled({.mtime_ns = base, .ctime_ns = 0}, at(base)));
    SUBCASE("an mtime far in the future was set by hand") {
        CHECK(is_settled({.mtime_ns = base + 3600 * second, .ctime_ns = base - second}, at(base)));
    }
    SUBCASE("whole seconds mean a coarse clock") {
        const std::int64_t whole = base / second * second;
        CHECK_FALSE(is_settled({.mtime_ns = whole, .ctime_ns = whole}, at(whole + 2 * second)));
        CHECK(is_settled({.mtime_ns = whole, .ctime_ns = whole}, at(whole + 2 * second + tick)));
    }
}

TEST_CASE("the mark of a commit makes a young file's version strong, until anybody changes it") {
    const test::TempFolder folder;
    test::write_file(folder / "f", "abc");
    const auto fd = os::open_path((folder / "f").c_str(), os::OpenMode::create);
    REQUIRE(fd);
    const auto version_now = [&] { return version_of(fd->get(), *os::stat_fd(fd->get()), os::wall_now()); };
    const auto strong_version = [&] {
        Version version = version_now();
        version.weak = false;
        return version;
    };
    CHECK(version_now().weak);
    mark_commit(fd->get(), strong_version());
    if (version_now().weak) {
        MESSAGE("skipped: this file system keeps no user attributes");
        return;
    }
    const auto place = os::open_path(folder.path().c_str(), os::OpenMode::any_folder);
    REQUIRE(place);
    CHECK_FALSE(version_at(place->get(), "f", *os::stat_fd(fd->get()), os::wall_now()).weak);
    REQUIRE(os::set_mtime(fd->get(), base) == 0);
    CHECK(version_now().weak);
    mark_commit(fd->get(), strong_version());
    CHECK_FALSE(version_now().weak);
    REQUIRE(os::write_at(fd->get(), std::string("abcd"), 0));
    CHECK(version_now().weak);
}
