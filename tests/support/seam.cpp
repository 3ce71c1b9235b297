// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: the table of seams, and how it is armed.
//
// FILESRV_TEST_SEAMS=FILE: the table is that file, mapped. FILESRV_TEST_FAIL=CALL:ERRNO:AFTER[,…]: the call succeeds AFTER
// times and then fails for good.
#include "seam.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace filesrv::test {
namespace {

// malloc stands first: it is called before everything else, and by everything.
constexpr std::array<std::string_view, 67> names{
    "malloc",      "accept4",       "recv",       "recvmsg",       "send",       "sendmsg",      "sendto",     "sendfile",
    "socket",      "socketpair",    "bind",       "listen",        "connect",    "shutdown",     "setsockopt", "getsockopt",
    "getsockname", "poll",          "epoll_create1", "epoll_ctl",  "epoll_wait", "epoll_pwait2", "eventfd",    "pipe2",
    "open",        "openat",        "openat2",    "read",          "write",      "pread",        "preadv2",    "pwrite",
    "fstat",       "fstatat",       "statx",      "stat",          "lstat",      "fstatfs",      "fstatvfs",   "fdopendir",
    "readdir",     "readlinkat",    "faccessat",  "close",         "fcntl",      "flock",        "ftruncate",  "fallocate",
    "fsync",       "fdatasync",     "syncfs",     "sync_file_range", "futimens", "fchmod",       "fchown",     "fsetxattr",
    "fgetxattr",   "getxattr",      "mkdirat",    "unlinkat",      "renameat",   "renameat2",    "linkat",     "pthread_create",
    "fork",        "landlock",   "getaddrinfo"};

constexpr int held_pauses_max = 600'000;  // a minute: the test may be gone

struct Table {
    std::array<Seam, names.size()> seams;
};

void name_all(Table& table) noexcept {
    for (std::size_t i = 0; i < names.size(); ++i) std::ranges::copy(names[i], table.seams[i].name.begin());
}

constinit Table own_table{};
constinit Table* table_now = &own_table;  // changes before main() and in a forked child, both with one thread

/// Up to `mark`, which is taken off too.
std::string_view take_until(std::string_view& text, char mark) noexcept {
    const std::string_view taken = text.substr(0, text.find(mark));
    text.remove_prefix(taken.size() < text.size() ? taken.size() + 1 : taken.size());
    return taken;
}

void arm_for_good(std::string_view wishes) {
    while (!wishes.empty()) {
        std::string_view wish = take_until(wishes, ',');
        Seam& seam = seam_at(seam_index(take_until(wish, ':')));
        const auto code = parse_decimal(take_until(wish, ':'));
        const auto after = parse_decimal(wish);
        FS_ASSERT(code && *code > 0 && after);
        seam.code = static_cast<std::int64_t>(*code);
        seam.last = std::numeric_limits<std::uint64_t>::max();
        seam.first = *after + 1;
    }
}

/// By raw calls: those of the C library would be counted.
void map_table(const char* path) {
    const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    FS_ASSERT(fd >= 0);
    void* const memory = ::mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(fd), 0);
    FS_ASSERT(memory != MAP_FAILED);
    ::syscall(SYS_close, fd);
    table_now = static_cast<Table*>(memory);  // zeros, or what the test has armed: both are a table
    name_all(*table_now);
    // The process that starts successors is forked early and lives beside the daemon: its calls are not the daemon's.
    FS_ASSERT(::pthread_atfork(nullptr, nullptr, [] { table_now = &own_table; }) == 0);
}

const bool armed = [] {
    name_all(own_table);
    if (const char* path = std::getenv("FILESRV_TEST_SEAMS")) map_table(path);
    if (const char* wishes = std::getenv("FILESRV_TEST_FAIL")) arm_for_good(wishes);
    return true;
}();

}  // namespace

bool Seam::meets(std::uint64_t call) const noexcept {
    const std::uint64_t from = first.load(std::memory_order_acquire);  // what was stored before it is seen with it
    return from != 0 && call >= from && call <= last.load(std::memory_order_relaxed);
}

int Seam::next() noexcept {
    const std::uint64_t number = calls.fetch_add(1, std::memory_order_relaxed) + 1;
    if (!meets(number)) return instead::success;
    fired.fetch_add(1, std::memory_order_relaxed);
    const int wanted = static_cast<int>(code.load(std::memory_order_relaxed));
    if (wanted != instead::held) return wanted;
    constexpr timespec pause{.tv_sec = 0, .tv_nsec = 100'000};
    for (int left = held_pauses_max; left > 0 && meets(number); --left) (void)::nanosleep(&pause, nullptr);
    return instead::success;
}

std::size_t seam_index(std::string_view name) noexcept {
    const auto found = std::ranges::find(names, name);
    FS_ASSERT(found != names.end());
    return static_cast<std::size_t>(found - names.begin());
}

Seam& seam_at(std::size_t index) noexcept { return table_now->seams[index]; }

}  // namespace filesrv::test
