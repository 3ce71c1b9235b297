// SPDX-License-Identifier: MIT
// The filter of system calls as a program for the kernel's packet filter, bpf(4), seccomp(2).
//
// The program looks at one call: the processor's architecture, then the number, then for a few calls an argument. Serving
// does not run it: the kernel does once for each number when it is loaded, and keeps those that are allowed whatever their
// arguments in a bitmap (Linux 5.11). Hence the search by halves: compared one after the other, the numbers took 0.17 ms
// of every start.
#include "os/syscall_filter.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t own_architecture = 0;
#endif

constexpr std::uint32_t refused = SECCOMP_RET_ERRNO | ENOSYS;

/// Whatever their arguments.
constexpr std::uint32_t allowed[] = {
    // Bytes: files and sockets that are open.
    SYS_read, SYS_readv, SYS_pread64, SYS_preadv, SYS_preadv2, SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev,
    SYS_sendfile, SYS_recvfrom, SYS_recvmsg, SYS_sendto, SYS_sendmsg, SYS_lseek, SYS_ftruncate, SYS_fallocate,
    SYS_fadvise64, SYS_fsync, SYS_fdatasync, SYS_sync_file_range, SYS_syncfs, SYS_flock, SYS_fcntl, SYS_ioctl,
    SYS_close, SYS_close_range, SYS_dup, SYS_dup3,
    // Names, which Landlock confines.
    SYS_openat, SYS_openat2, SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_getcwd, SYS_getdents64, SYS_mkdirat,
    SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_inotify_add_watch, SYS_inotify_rm_watch,
    // What files are, and what we may make of ours.
    SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_utimensat, SYS_fchmod, SYS_fchmodat, SYS_fchown,
    SYS_fgetxattr, SYS_getxattr, SYS_fsetxattr, SYS_fremovexattr, SYS_flistxattr,
    // Connections.
    SYS_accept4, SYS_connect, SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
    // Waiting.
    SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_ppoll, SYS_eventfd2, SYS_pipe2,
    SYS_inotify_init1, SYS_clock_nanosleep, SYS_nanosleep, SYS_restart_syscall, SYS_wait4, SYS_pidfd_open,
    // Memory.
    SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_membarrier,
    // Threads, signals, time, luck.
    SYS_futex, SYS_set_robust_list, SYS_rseq, SYS_sched_yield, SYS_sched_getaffinity, SYS_exit, SYS_exit_group,
    SYS_gettid, SYS_getpid, SYS_getppid, SYS_tgkill, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_sigaltstack, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_getrandom, SYS_getrusage,
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_uname, SYS_sysinfo, SYS_umask,
#if defined(__x86_64__)
    // What other processors never had: the C library still uses the old forms here.
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_rename, SYS_renameat,
    SYS_link, SYS_chmod, SYS_poll, SYS_epoll_wait, SYS_dup2,
#endif
};

enum class Test : std::uint8_t { equals, all_bits, no_bit };

/// A call that is allowed only with such an argument.
struct Condition {
    std::uint32_t call;
    unsigned argument;
    Test test;
    std::uint32_t value;
};

constexpr Condition conditions[] = {
    {SYS_clone, 0, Test::all_bits, CLONE_THREAD | CLONE_VM},  // threads, no processes; clone3's arguments cannot be seen
    {SYS_socket, 0, Test::equals, AF_UNIX},
    {SYS_socketpair, 0, Test::equals, AF_UNIX},
    {SYS_mmap, 2, Test::no_bit, PROT_EXEC},
    {SYS_mprotect, 2, Test::no_bit, PROT_EXEC},
    {SYS_prctl, 0, Test::equals, PR_SET_NAME},
    {SYS_prlimit64, 2, Test::equals, 0},  // no new limit: a question. The lower half of a pointer, see low_half()
};

constexpr sock_filter load(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

constexpr sock_filter result(std::uint32_t value) { return BPF_STMT(BPF_RET | BPF_K, value); }

/// Skips `then` instructions when it holds, else `otherwise`.
constexpr sock_filter jump(std::uint16_t test, std::uint32_t value, std::uint8_t then, std::uint8_t otherwise) {
    return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), value, then, otherwise);
}

/// The kernel lays arguments out as 64-bit numbers in the processor's order: little-endian on all that we know.
constexpr std::size_t low_half(unsigned argument) { return offsetof(seccomp_data, args) + 8 * argument; }

void add_condition(std::vector<sock_filter>& program, const Condition& condition) {
    const sock_filter good = result(SECCOMP_RET_ALLOW);
    const sock_filter bad = result(refused);
    program.insert(program.end(), {jump(BPF_JEQ, condition.call, 0, 5), load(low_half(condition.argument))});
    switch (condition.test) {
        case Test::equals:
            return void(program.insert(program.end(), {jump(BPF_JEQ, condition.value, 0, 1), good, bad, bad}));
        case Test::no_bit:
            return void(program.insert(program.end(), {jump(BPF_JSET, condition.value, 1, 0), good, bad, bad}));
        case Test::all_bits:
            return void(program.insert(program.end(), {BPF_STMT(BPF_ALU | BPF_AND | BPF_K, condition.value),
                                                       jump(BPF_JEQ, condition.value, 0, 1), good, bad}));
    }
    FS_UNREACHABLE("unknown test");
}

/// Numbers without a gap, both ends included.
struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

std::vector<Range> ranges_of(std::span<const std::uint32_t> numbers) {
    std::vector<std::uint32_t> sorted(numbers.begin(), numbers.end());
    std::ranges::sort(sorted);
    std::vector<Range> ranges;
    for (const std::uint32_t number : sorted) {
        if (!ranges.empty() && number <= ranges.back().last + 1) ranges.back().last = number;
        else ranges.push_back({number, number});
    }
    return ranges;
}

/// Ends in one of the two results for every number.
void add_search(std::vector<sock_filter>& program, std::span<const Range> ranges) {
    FS_ASSERT(!ranges.empty());
    if (ranges.size() == 1) {
        program.insert(program.end(), {jump(BPF_JGE, ranges[0].first, 0, 2), jump(BPF_JGT, ranges[0].last, 1, 0),
                                       result(SECCOMP_RET_ALLOW), result(refused)});
        return;
    }
    const auto lower = ranges.first(ranges.size() / 2);
    const auto upper = ranges.subspan(lower.size());
    std::vector<sock_filter> below;
    add_search(below, lower);
    FS_ASSERT(below.size() <= UINT8_MAX);  // a jump's reach
    program.push_back(jump(BPF_JGE, upper.front().first, static_cast<std::uint8_t>(below.size()), 0));
    program.insert(program.end(), below.begin(), below.end());
    add_search(program, upper);
}

std::vector<sock_filter> make_program() {
    std::vector<sock_filter> program{load(offsetof(seccomp_data, arch)), jump(BPF_JEQ, own_architecture, 1, 0),
                                     result(refused), load(offsetof(seccomp_data, nr))};
    for (const Condition& condition : conditions) add_condition(program, condition);
    add_search(program, ranges_of(allowed));
    FS_ASSERT(program.size() <= BPF_MAXINSNS);
    return program;
}

}  // namespace

bool can_filter_system_calls() noexcept { return own_architecture != 0; }

Result<void> filter_system_calls() {
    if (!can_filter_system_calls()) return failure(ENOSYS, "seccomp");
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failure(errno, "prctl PR_SET_NO_NEW_PRIVS");
    std::vector<sock_filter> program = make_program();
    const sock_fprog loaded{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &loaded) != 0) return failure(errno, "prctl PR_SET_SECCOMP");
    return {};
}

}  // namespace filesrv::os
