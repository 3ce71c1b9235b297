// SPDX-License-Identifier: MIT
// The file calls: what they promise beyond what the system does.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>

#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"

using namespace filesrv;
using namespace filesrv::os;

namespace {

/// A folder of the test's own, opened as a place.
struct Place {
    std::filesystem::path path;
    UniqueFd fd;

    Place() {
        std::string text = (std::filesystem::temp_directory_path() / "filesrv-unit-XXXXXX").string();
        REQUIRE(::mkdtemp(text.data()) != nullptr);
        path = text;
        auto opened = open_path(text.c_str(), OpenMode::any_folder);
        REQUIRE(opened);
        fd = std::move(*opened);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { std::filesystem::remove_all(path); }

    [[nodiscard]] UniqueFd create(const char* name) const {
        auto made = open_at(fd.get(), name, OpenMode::create_new, 0600);
        REQUIRE(made);
        return std::move(*made);
    }
};

}  // namespace

TEST_CASE("a file is written, read back in part, and read past its end") {
    const Place place;
    const UniqueFd file = place.create("f");
    REQUIRE(write_at(file.get(), std::string("hello world"), 0));
    std::array<char, 8> into{};
    CHECK(*read_at(file.get(), into, 6) == 5);
    CHECK(std::string(into.data(), 5) == "world");
    CHECK(*read_at(file.get(), into, 100) == 0);
    const auto nowait = read_nowait(file.get(), into, 0);
    CHECK((nowait ? *nowait == 8 : nowait.error().code == EOPNOTSUPP));
    CHECK(stat_fd(file.get())->size == 11);
    CHECK(stat_fd(file.get())->type == FileType::regular);
    CHECK(stat_fd(file.get())->mode == 0600);
}

TEST_CASE("times are set to the nanosecond, also before 1970") {
    const Place place;
    const UniqueFd file = place.create("f");
    for (const std::int64_t time : {1'700'000'000'123'456'789LL, 1LL, 0LL, -1LL, -1'500'000'000LL}) {
        CAPTURE(time);
        REQUIRE(set_mtime(file.get(), time) == 0);
        CHECK(stat_fd(file.get())->mtime_ns == time);
    }
}

TEST_CASE("reserving keeps the size") {
    const Place place;
    const UniqueFd file = place.create("f");
    const int code = preallocate(file.get(), {.offset = 0, .length = 1 << 20});
    CHECK((code == 0 || code == EOPNOTSUPP));
    CHECK(stat_fd(file.get())->size == 0);
    CHECK(sync_data(file.get()) == 0);
    CHECK(sync_file(file.get()) == 0);
}

TEST_CASE("a file is cut and extended to a size") {
    const Place place;
    const UniqueFd file = place.create("f");
    REQUIRE(write_at(file.get(), std::string("hello world"), 0));
    for (const std::uint64_t size : {5U, 0U, 4096U}) {
        CAPTURE(size);
        REQUIRE(set_size(file.get(), size) == 0);
        CHECK(stat_fd(file.get())->size == size);
    }
}

TEST_CASE("a last link is followed only where the user named the file") {
    const Place place;
    const UniqueFd file = place.create("f");
    std::filesystem::create_symlink("f", place.path / "link");
    CHECK(open_at(place.fd.get(), "link", OpenMode::read).error().code == ELOOP);
    CHECK(open_at(place.fd.get(), "link", OpenMode::any_read));
}

TEST_CASE("a lock belongs to one open file") {
    const Place place;
    const UniqueFd one = place.create("f");
    auto two = open_at(place.fd.get(), "f", OpenMode::read);
    REQUIRE(two);
    CHECK(lock_file(one.get(), LockWait::try_once) == 0);
    CHECK(lock_file(two->get(), LockWait::try_once) == EWOULDBLOCK);
    unlock_file(one.get());
    CHECK(lock_file(two->get(), LockWait::wait) == 0);
}

TEST_CASE("a nameless file gets a name that is free, and no other") {
    const Place place;
    const Fd folder = place.fd.get();
    const auto file = open_at(folder, ".", OpenMode::nameless, 0600);
    if (!file) return;  // not every file system has them
    CHECK(write_at(file->get(), std::string_view("hello"), 0));
    CHECK(std::filesystem::is_empty(place.path));
    CHECK(link_nameless(file->get(), {folder, "f"}) == 0);
    CHECK(std::filesystem::file_size(place.path / "f") == 5);
    CHECK(link_nameless(file->get(), {folder, "f"}) == EEXIST);
    CHECK(link_nameless(file->get(), {folder, "missing/f"}) == ENOENT);
}

TEST_CASE("names are made, moved and removed by their codes") {
    const Place place;
    const Fd folder = place.fd.get();
    (void)place.create("a");
    (void)place.create("b");
    CHECK(open_at(folder, "a", OpenMode::create_new, 0600).error().code == EEXIST);
    const int renamed = rename_new({folder, "a"}, {folder, "b"});
    CHECK((renamed == EEXIST || renamed == EINVAL));
    CHECK(link_new({folder, "a"}, {folder, "b"}) == EEXIST);
    CHECK(rename_over({folder, "a"}, {folder, "b"}) == 0);
    CHECK(make_folder(folder, "d", 0700) == 0);
    CHECK(make_folder(folder, "d", 0700) == EEXIST);
    CHECK(rename_over({folder, "b"}, {folder, "d"}) == EISDIR);
    CHECK(remove_name(folder, "d") == EISDIR);
    CHECK(remove_folder(folder, "d") == 0);
    CHECK(remove_name(folder, "b") == 0);
    FileStat stat;
    CHECK(stat_at(folder, "b", stat) == ENOENT);
    CHECK(stat_at(folder, "", stat) == 0);
    CHECK(stat.type == FileType::directory);
    CHECK(check_writable(folder, "") == 0);
    CHECK(check_writable(folder, "b") == ENOENT);
}

TEST_CASE("a folder is read without its dots") {
    const Place place;
    (void)place.create("a");
    std::filesystem::create_symlink("a", place.path / "l");
    auto fd = open_at(place.fd.get(), ".", OpenMode::folder);
    REQUIRE(fd);
    auto directory = Directory::adopt(std::move(*fd));
    REQUIRE(directory);
    const auto names = [&] {
        std::string found;
        for (auto item = directory->next(); item && *item; item = directory->next()) {
            const FileType type = (*item)->name == "l" ? FileType::symlink : FileType::regular;
            CHECK((*item)->type.value_or(type) == type);
            found += (*item)->name;
        }
        return found;
    };
    const std::string first = names();
    CHECK((first == "al" || first == "la"));
    CHECK(names().empty());
    directory->rewind();
    CHECK(names().size() == 2);
    CHECK(*read_link(place.fd.get(), "l") == "a");
    CHECK(read_link(place.fd.get(), "a").error().code == EINVAL);
    CHECK(*descriptor_path(place.fd.get()) == std::filesystem::canonical(place.path).string());
    CHECK(Directory::adopt(place.create("f")).error().code == ENOTDIR);
}

TEST_CASE("confined opening stays beneath and follows no link unasked") {
    const Place place;
    (void)place.create("a");
    std::filesystem::create_symlink("a", place.path / "l");
    std::filesystem::create_symlink("..", place.path / "up");
    const auto code = [&](const char* name, BeneathHow how) {
        const auto opened = open_beneath(place.fd.get(), name, how);
        return opened ? 0 : opened.error().code;
    };
    if (code(".", {}) != 0) {
        MESSAGE("skipped: no openat2 here");
        return;
    }
    CHECK(code("a", {.read = true}) == 0);
    CHECK(code("l", {.read = true}) == ELOOP);
    CHECK(code("l", {.read = true, .follow_symlinks = true}) == 0);
    CHECK(code("up", {.follow_symlinks = true}) == EXDEV);
    CHECK(code("../x", {}) == EXDEV);
    CHECK(code("/", {}) == EXDEV);
    const auto located = open_beneath(place.fd.get(), "a", {});
    REQUIRE(located);
    CHECK(reopen_waiting(located->get()));
    CHECK(mount_id(located->get()) == mount_id(place.fd.get()));
    CHECK(free_bytes(place.fd.get()));
    CHECK_FALSE(has_default_acl(place.fd.get()));
}
