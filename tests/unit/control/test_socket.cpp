// SPDX-License-Identifier: MIT
// Making the control socket, in folders good and bad.
#include "control/socket.hpp"

#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../store/temp_folder.hpp"
#include "os/file.hpp"
#include "os/open.hpp"

using namespace filesrv;
using namespace filesrv::control;

namespace {

struct Places {
    test::TempFolder home;
    SocketPlace ours() const { return {.path = (home / "filesrv/1.sock").string(), .folder = (home / "filesrv").string(), .owner = FolderOwner::us}; }
    SocketPlace others() const { return {.path = (home / "1.sock").string(), .folder = home.path().string()}; }
};

unsigned mode_of(const std::string& path) {
    struct stat found;
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777;
}

}  // namespace

TEST_CASE("the socket is its user's alone, and so is a folder of ours") {
    const Places places;
    const mode_t before = ::umask(0);
    {
        const auto made = make_socket(places.ours());
        REQUIRE(made.has_value());
        CHECK(mode_of(places.ours().path) == 0600);
        CHECK(mode_of(places.ours().folder) == 0700);
        CHECK(os::connect_unix(places.ours().path).has_value());
    }
    ::umask(before);
    CHECK_FALSE(std::filesystem::exists(places.ours().path));
    CHECK(make_socket(places.ours()).has_value());  // the folder is there now
}

TEST_CASE("a file that was left behind is replaced, one that somebody listens on is not") {
    const Places places;
    {
        auto left = make_socket(places.others());
        REQUIRE(left.has_value());
        left->file.release();
    }
    REQUIRE(std::filesystem::exists(places.others().path));
    const auto made = make_socket(places.others());
    REQUIRE(made.has_value());
    const auto second = make_socket(places.others());
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error() == places.others().path + ": another process listens there, " + std::to_string(::getpid()));
    CHECK(os::connect_unix(places.others().path).has_value());
}

TEST_CASE("what is no socket is left alone") {
    const Places places;
    test::write_file(places.others().path, "precious");
    CHECK(make_socket(places.others()).error() == places.others().path + ": is there, and no socket");
    CHECK(test::read_file(places.others().path) == "precious");
}

TEST_CASE("a folder of ours that is a link, no folder, or open to others is refused") {
    const Places places;
    const std::string folder = places.ours().folder;
    std::filesystem::create_directory(places.home / "elsewhere");
    std::filesystem::create_directory_symlink(places.home / "elsewhere", folder);
    CHECK(make_socket(places.ours()).error() == folder + ": is no folder, or a link to one");
    std::filesystem::remove(folder);
    test::write_file(folder, "");
    CHECK(make_socket(places.ours()).error() == folder + ": is no folder, or a link to one");
    std::filesystem::remove(folder);
    for (const unsigned mode : {0701U, 0770U, 0777U, 0710U}) {
        std::filesystem::create_directory(folder);
        REQUIRE(::chmod(folder.c_str(), mode) == 0);
        CHECK(make_socket(places.ours()).error() == folder + ": is open to others (chmod 700 mends it)");
        std::filesystem::remove(folder);
    }
    if (::geteuid() != 0) return;
    std::filesystem::create_directory(folder);
    REQUIRE(::chown(folder.c_str(), 65534, 65534) == 0);
    REQUIRE(::chmod(folder.c_str(), 0700) == 0);
    CHECK(make_socket(places.ours()).error() == folder + ": belongs to user 65534");
}

TEST_CASE("a folder of somebody's choice may be a link, and has to be there") {
    const Places places;
    std::filesystem::create_directory(places.home / "real");
    std::filesystem::create_directory_symlink(places.home / "real", places.home / "link");
    const SocketPlace linked{.path = (places.home / "link/1.sock").string(), .folder = (places.home / "link").string()};
    CHECK(make_socket(linked).has_value());
    const SocketPlace missing{.path = (places.home / "no/1.sock").string(), .folder = (places.home / "no").string()};
    CHECK(make_socket(missing).error() == missing.folder + ": No such file or directory");
    const std::string long_name(150, 'x');
    const SocketPlace too_long{.path = (places.home / long_name).string(), .folder = places.home.path().string()};
    CHECK(make_socket(too_long).error() == too_long.path + ": File name too long");
}

TEST_CASE("a folder that somebody keeps locked is given up, not waited for") {
    const Places places;
    const auto folder = os::open_path(places.home.path().c_str(), os::OpenMode::folder);
    REQUIRE(os::lock_file(folder->get(), os::LockWait::try_once) == 0);
    CHECK(make_socket(places.others()).error() == places.others().folder + ": somebody holds a lock on this folder");
    os::unlock_file(folder->get());
    CHECK(make_socket(places.others()).has_value());
}
