// SPDX-License-Identifier: MIT
// Another program, run to its end for what it says; posix_spawnp(3).
#include "os/capture.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <span>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/pipe.hpp"
#include "os/wait_readable.hpp"

extern char** environ;  // environ(7): no header is bound to declare it

namespace filesrv::os {
namespace {

/// What posix_spawn(3) does to descriptors between fork and exec.
class Actions {
public:
    explicit Actions(Captured what, Fd writer) noexcept {
        FS_ASSERT(::posix_spawn_file_actions_init(&actions_) == 0);
        const int wanted = what == Captured::output ? STDOUT_FILENO : STDERR_FILENO;
        const int other = what == Captured::output ? STDERR_FILENO : STDOUT_FILENO;
        FS_ASSERT(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0);
        FS_ASSERT(::posix_spawn_file_actions_addopen(&actions_, other, "/dev/null", O_WRONLY, 0) == 0);
        FS_ASSERT(::posix_spawn_file_actions_adddup2(&actions_, writer.number(), wanted) == 0);
    }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    posix_spawn_file_actions_t actions_;
};

/// Reads until the last writer closes. False: the time is up.
bool read_all(Fd reader, const CaptureHow& how, std::string& text) {
    const Instant deadline = monotonic_now() + how.longest;
    std::array<char, 4096> piece;
    while (true) {
        const ssize_t got = ::read(reader.number(), piece.data(), piece.size());
        if (got == 0) return true;
        if (got > 0) {
            text.append(piece.data(), std::min(static_cast<std::size_t>(got), how.bytes_max - text.size()));
        } else if (errno == EAGAIN) {
            const Fd only[] = {reader};
            if (!wait_readable(only, std::max(deadline - monotonic_now(), Duration::zero()))) return false;
        } else if (errno != EINTR) {
            return true;
        }
        if (monotonic_now() >= deadline) return false;
    }
}

/// Waits for the end of our own child, waitpid(2).
int status_of(pid_t child) noexcept {
    FS_ASSERT(child > 0);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<Said> capture(const std::vector<std::string>& words, CaptureHow how) {
    FS_ASSERT(!words.empty());
    auto pipe = open_pipe();
    if (!pipe) return std::unexpected(pipe.error());
    // The other program expects an output that takes all it is given.
    FS_ASSERT(::fcntl(pipe->writer.number(), F_SETFL, 0) == 0);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    const Actions actions(how.what, pipe->writer.get());
    const int error = ::posix_spawnp(&child, arguments[0], actions.get(), nullptr, arguments.data(), environ);
    if (error != 0) return failure(error, "posix_spawnp", words.front());
    pipe->writer.reset();
    Said said;
    const bool ended = read_all(pipe->reader.get(), how, said.text);
    if (!ended) (void)::kill(child, SIGKILL);
    said.status = status_of(child);
    if (!ended) return failure(ETIMEDOUT, "wait", words.front());
    return said;
}

}  // namespace filesrv::os
