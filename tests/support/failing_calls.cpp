// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: system calls on files that fail on demand, as a disk or a quota makes them.
//
// FILESRV_TEST_FAIL=CALL:ERRNO:AFTER[,…]: the call succeeds AFTER times and then fails with that number for good. The
// functions below stand in front of the C library's, because a symbol of the program wins over one of a library.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace {

struct FailingCall {
    std::string_view name;
    std::atomic<int> code{0};              ///< 0 = never fails
    std::atomic<std::uint64_t> left{0};    ///< calls that still succeed

    /// Whether this call is to fail; errno is set then.
    bool fails() noexcept {
        if (code.load() == 0) return false;
        for (std::uint64_t now = left.load(); now > 0;) {
            if (left.compare_exchange_weak(now, now - 1)) return false;
        }
        errno = code.load();
        return true;
    }
};

FailingCall pwrite_call{"pwrite"};
FailingCall fallocate_call{"fallocate"};
FailingCall fsync_call{"fsync"};
FailingCall mkdirat_call{"mkdirat"};
FailingCall renameat_call{"renameat"};
FailingCall renameat2_call{"renameat2"};
FailingCall linkat_call{"linkat"};
const std::array calls{&pwrite_call,   &fallocate_call, &fsync_call, &mkdirat_call,
                       &renameat_call, &renameat2_call, &linkat_call};

/// Up to `mark`, which is taken off too.
std::string_view take_until(std::string_view& text, char mark) noexcept {
    const std::string_view taken = text.substr(0, text.find(mark));
    text.remove_prefix(taken.size() < text.size() ? taken.size() + 1 : taken.size());
    return taken;
}

const bool armed = [] {
    const char* text = std::getenv("FILESRV_TEST_FAIL");
    std::string_view rest = text == nullptr ? "" : text;
    while (!rest.empty()) {
        std::string_view wish = take_until(rest, ',');
        const std::string_view name = take_until(wish, ':');
        const auto code = filesrv::parse_decimal(take_until(wish, ':'));
        const auto after = filesrv::parse_decimal(wish);
        FS_ASSERT(code && *code > 0 && after);
        bool is_known = false;
        for (FailingCall* call : calls) {
            if (call->name != name) continue;
            is_known = true;
            call->left = *after;
            call->code = static_cast<int>(*code);
        }
        FS_ASSERT(is_known);
    }
    return text != nullptr;
}();

int result(long returned) noexcept { return static_cast<int>(returned); }

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, std::size_t count, off_t offset) {
    return pwrite_call.fails() ? -1 : ::syscall(SYS_pwrite64, fd, bytes, count, offset);
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
    return fallocate_call.fails() ? -1 : result(::syscall(SYS_fallocate, fd, mode, offset, length));
}
int fsync(int fd) { return fsync_call.fails() ? -1 : result(::syscall(SYS_fsync, fd)); }
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
    return mkdirat_call.fails() ? -1 : result(::syscall(SYS_mkdirat, folder, name, mode));
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    return renameat_call.fails() ? -1 : result(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
    return renameat2_call.fails() ? -1 : result(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
    return linkat_call.fails() ? -1 : result(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

}  // extern "C"
