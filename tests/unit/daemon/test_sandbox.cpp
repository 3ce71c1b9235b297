// SPDX-License-Identifier: MIT
// The sandbox, each case in a process of its own: there is no way back out of one.
#include "daemon/sandbox.hpp"

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/startup_error.hpp"
#include "os/syscall_filter.hpp"
#include "os/thread.hpp"
#include "../store/temp_folder.hpp"

using namespace filesrv;
namespace fsd = filesrv::daemon;

namespace {

bool can_confine() { return os::landlock_version() > 0; }
bool can_filter() { return os::can_filter_system_calls(); }

/// Folders `root`, `state`, `logs`, `conf` with `conf/filesrv.toml`, and `outside/secret`.
struct House {
    test::TempFolder folder;
    config::Config config;
    std::optional<std::string> config_file = path("conf/filesrv.toml");

    House() {
        for (const char* name : {"root/in", "logs", "conf", "outside"}) std::filesystem::create_directories(path(name));
        for (const char* name : {"root/a.txt", "conf/filesrv.toml", "outside/secret"}) std::ofstream(path(name)) << "text";
        config.root = path("root");
        config.access_log.path = path("logs/access.log");
    }

    [[nodiscard]] std::string path(const std::string& name) const { return (folder / name).string(); }

    void enter() const {
        const std::optional<fsd::Listener> no_control;
        fsd::enter_sandbox({.config = config, .config_file = config_file, .listeners = {}, .control = no_control,
                            .state_folder = path("state")});
    }

    /// What `doing` returned in a process that has entered: 0 = done, else an errno.
    [[nodiscard]] int inside(const std::function<int(const House&)>& doing) const {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            int verdict = 250;
            try {
                enter();
                verdict = doing(*this);
            } catch (const fsd::StartupError&) {
                verdict = 251;
            }
            ::_exit(verdict);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        return WEXITSTATUS(status);
    }
};

int verdict_of(int result) { return result < 0 ? errno : 0; }

int try_open(const std::string& path, int flags) { return verdict_of(::open(path.c_str(), flags | O_CLOEXEC, 0600)); }

}  // namespace

TEST_CASE("beneath the root a confined daemon does all that serving and uploads need") {
    const House house;
    CHECK(house.inside([](const House& h) { return try_open(h.path("root/a.txt"), O_RDONLY); }) == 0);
    CHECK(house.inside([](const House& h) { return try_open(h.path("root"), O_RDONLY | O_DIRECTORY); }) == 0);
    CHECK(house.inside([](const House& h) { return try_open(h.path("root/new"), O_WRONLY | O_CREAT | O_EXCL); }) == 0);
    CHECK(house.inside([](const House& h) { return verdict_of(::rename(h.path("root/new").c_str(), h.path("root/in/new").c_str())); }) == 0);
    CHECK(house.inside([](const House& h) { return verdict_of(::linkat(AT_FDCWD, h.path("root/in/new").c_str(), AT_FDCWD, h.path("root/link").c_str(), 0)); }) == 0);
    CHECK(house.inside([](const House& h) { return verdict_of(::truncate(h.path("root/link").c_str(), 0)); }) == (can_filter() ? ENOSYS : 0));
    CHECK(house.inside([](const House& h) { return verdict_of(::mkdir(h.path("root/folder").c_str(), 0700)); }) == 0);
    CHECK(house.inside([](const House& h) { return verdict_of(::rmdir(h.path("root/folder").c_str())); }) == 0);
    CHECK(house.inside([](const House& h) { return verdict_of(::unlink(h.path("root/link").c_str())); }) == 0);
}

TEST_CASE("the state is kept, logs are made anew, the configuration is read again") {
    const House house;
    CHECK(house.inside([](const House& h) { return try_open(h.path("state/lifetime.json"), O_RDWR | O_CREAT); }) == 0);
    CHECK(house.inside([](const House& h) { return try_open(h.path("logs/access.log"), O_WRONLY | O_CREAT | O_APPEND); }) == 0);
    CHECK(house.inside([](const House& h) { return try_open(h.path("conf/filesrv.toml"), O_RDONLY); }) == 0);
    CHECK(house.inside([](const House&) { return try_open("/proc/self/statm", O_RDONLY); }) == 0);
    CHECK(house.inside([](const House&) { return try_open("/dev/null", O_RDONLY); }) == 0);
}

TEST_CASE("outside the root a confined daemon opens, makes, moves and removes nothing" * doctest::skip(!can_confine())) {
    const House house;
    CHECK(house.inside([](const House& h) { return try_open(h.path("outside/secret"), O_RDONLY); }) == EACCES);
    CHECK(house.inside([](const House& h) { return try_open(h.path("outside/secret"), O_WRONLY); }) == EACCES);
    CHECK(house.inside([](const House& h) { return try_open(h.path("outside/new"), O_WRONLY | O_CREAT); }) == EACCES);
    CHECK(house.inside([](const House& h) { return try_open(h.path("outside"), O_RDONLY | O_DIRECTORY); }) == EACCES);
    CHECK(house.inside([](const House& h) { return verdict_of(::mkdir(h.path("outside/folder").c_str(), 0700)); }) == EACCES);
    CHECK(house.inside([](const House& h) { return verdict_of(::unlink(h.path("outside/secret").c_str())); }) == EACCES);
    CHECK(house.inside([](const House& h) { return verdict_of(::rename(h.path("root/a.txt").c_str(), h.path("outside/a.txt").c_str())); }) == EACCES);
    CHECK(house.inside([](const House& h) { return verdict_of(::rename(h.path("outside/secret").c_str(), h.path("root/secret").c_str())); }) == EACCES);
    CHECK(house.inside([](const House&) { return try_open("/etc/passwd", O_RDONLY); }) == EACCES);
    // What may be read may not be written, what may be written to not read.
    CHECK(house.inside([](const House& h) { return try_open(h.path("conf/filesrv.toml"), O_WRONLY); }) == EACCES);
    CHECK(house.inside([](const House& h) { return try_open(h.path("logs/other"), O_RDWR | O_CREAT); }) == EACCES);
}

TEST_CASE("a way out of the root by a link is closed, too" * doctest::skip(!can_confine())) {
    const House house;
    std::filesystem::create_symlink(house.path("outside/secret"), house.path("root/way-out"));
    CHECK(house.inside([](const House& h) { return try_open(h.path("root/way-out"), O_RDONLY); }) == EACCES);
}

TEST_CASE("a filtered daemon starts no program and no process, and opens no network socket" * doctest::skip(!can_filter())) {
    const House house;
    CHECK(house.inside([](const House&) { return verdict_of(::execl("/bin/true", "true", nullptr)); }) == ENOSYS);
    CHECK(house.inside([](const House&) {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(0);
        return verdict_of(child);
    }) == ENOSYS);
    CHECK(house.inside([](const House&) { return verdict_of(::socket(AF_INET, SOCK_STREAM, 0)); }) == ENOSYS);
    CHECK(house.inside([](const House&) { return verdict_of(::socket(AF_NETLINK, SOCK_RAW, 0)); }) == ENOSYS);
    CHECK(house.inside([](const House&) { return verdict_of(::setuid(0)); }) == ENOSYS);
    CHECK(house.inside([](const House&) { return verdict_of(::chroot("/")); }) == ENOSYS);
    CHECK(house.inside([](const House&) { return verdict_of(::kill(::getppid(), 0)); }) == ENOSYS);
    CHECK(house.inside([](const House&) {
        return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
    }) == ENOSYS);
}

TEST_CASE("a filtered daemon has what a C++ program lives on") {
    const House house;
    CHECK(house.inside([](const House&) { return verdict_of(::socket(AF_UNIX, SOCK_STREAM, 0)); }) == 0);
    CHECK(house.inside([](const House&) {
        const auto thread = os::start_thread([](void*) -> void* { os::name_this_thread("inside"); return nullptr; }, nullptr);
        if (!thread) return thread.error().code;
        os::join(*thread);
        return 0;
    }) == 0);
    CHECK(house.inside([](const House&) {
        try {
            throw std::runtime_error("thrown");
        } catch (const std::runtime_error&) {
            return 0;
        }
    }) == 0);
    CHECK(house.inside([](const House&) {
        const std::string much(64 << 20, 'x');  // from mmap, and back
        return much.back() == 'x' ? 0 : 1;
    }) == 0);
    CHECK(house.inside([](const House&) {
        const std::time_t now = ::time(nullptr);
        std::tm local{};
        return ::localtime_r(&now, &local) == nullptr ? 1 : 0;
    }) == 0);
}

TEST_CASE("a root that is gone keeps a daemon from starting, anything else that is missing does not") {
    House house;
    house.config.access_log.path = house.path("nowhere/access.log");
    house.config_file = house.path("nowhere/filesrv.toml");
    CHECK(house.inside([](const House&) { return 0; }) == 0);
    house.config.root = house.path("nowhere");
    CHECK(house.inside([](const House&) { return 0; }) == (can_confine() ? 251 : 0));
}
