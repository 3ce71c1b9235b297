// SPDX-License-Identifier: MIT
// Child processes: copies of this one, and other programs in the place of a copy.
#include "os/child.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace filesrv::os {

std::string program_path(const char* first_word) {
    // What was given to execve(2), after the shell's search: getauxval(3).
    const auto* executed = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    if (executed == nullptr) executed = first_word;
    FS_ASSERT(executed != nullptr);
    std::error_code failed;
    const std::filesystem::path path = std::filesystem::absolute(executed, failed);
    return failed ? std::string(executed) : path.string();
}

ProcessId own_process_id() noexcept { return ::getpid(); }

Result<ProcessId> fork_process() noexcept {
    const pid_t child = ::fork();
    if (child < 0) return failure(errno, "fork");
    return child;
}

void await_child(ProcessId child) noexcept {
    FS_ASSERT(child > 0);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {}
}

void leave_copy() noexcept { ::_exit(0); }

Result<UniqueFd> open_process(ProcessId process) {
    FS_ASSERT(process > 0);
#ifdef SYS_pidfd_open
    const long fd = ::syscall(SYS_pidfd_open, process, 0U);
    if (fd >= 0) return UniqueFd::adopt(static_cast<int>(fd));
    return failure(errno, "pidfd_open");
#else
    return failure(ENOSYS, "pidfd_open");
#endif
}

void send_signal(ProcessId process, int signal) noexcept {
    FS_ASSERT(process > 1);  // 0, -1 and init are never meant
    (void)::kill(process, signal);
}

void close_descriptors(int first, Fd kept) noexcept {
    FS_ASSERT(first >= 0 && kept.is_open());
    if (kept.number() > first) (void)::close_range(static_cast<unsigned>(first), static_cast<unsigned>(kept.number() - 1), 0);
    (void)::close_range(static_cast<unsigned>(std::max(first, kept.number() + 1)), UINT_MAX, 0);
}

Result<void> place_descriptors(int first, std::vector<UniqueFd> fds) {
    // All out of the way first: one may stand where another belongs.
    const int beyond = first + static_cast<int>(fds.size());
    for (UniqueFd& fd : fds) {
        if (fd.number() >= beyond) continue;
        UniqueFd moved = UniqueFd::adopt(::fcntl(fd.number(), F_DUPFD_CLOEXEC, beyond));
        if (!moved.is_open()) return failure(errno, "fcntl F_DUPFD_CLOEXEC");
        fd = std::move(moved);
    }
    for (std::size_t i = 0; i < fds.size(); ++i) {
        // The copy lacks the close-on-exec flag, dup(2).
        if (::dup2(fds[i].number(), first + static_cast<int>(i)) < 0) return failure(errno, "dup2");
    }
    return {};
}

Error execute(const Program& program) {
    std::vector<char*> words;
    for (const std::string& word : program.words) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execv(program.path.c_str(), words.data());
    return Error{.code = errno, .operation = "execve", .subject = program.path};
}

}  // namespace filesrv::os
