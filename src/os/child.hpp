// SPDX-License-Identifier: MIT
// Child processes: copies of this one, and other programs in the place of a copy; fork(2), execve(2).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

using ProcessId = int;

/// What to start: the file, and the words from its own name on.
struct Program {
    std::string path;
    std::vector<std::string> words;
};

/// The absolute path by which this program was started, links in it not resolved: what is put there later is what a new
/// start would start. `first_word` is argv[0], for systems that do not tell. Before anybody changes the working folder.
[[nodiscard]] std::string program_path(const char* first_word);

[[nodiscard]] ProcessId own_process_id() noexcept;

/// fork(2): 0 in the copy. Only while the process has one thread.
[[nodiscard]] Result<ProcessId> fork_process() noexcept;

/// Waits for a child to end. Harmless when somebody else has waited for it.
void await_child(ProcessId child) noexcept;

/// A descriptor that is readable once the process has ended, pidfd_open(2). ENOSYS where there is no such thing.
[[nodiscard]] Result<UniqueFd> open_process(ProcessId process);

/// Leaves now: nothing is flushed, no destructor runs. The way out of a copy.
[[noreturn]] void leave_copy() noexcept;

/// kill(2). Whoever calls knows that the process has not been waited for, or its number may be another's.
void send_signal(ProcessId process, int signal) noexcept;

/// Closes every descriptor from `first` on, close_range(2), except `kept`.
void close_descriptors(int first, Fd kept) noexcept;

/// Gives the descriptors the numbers first, first + 1 … and lets them survive an exec. What had these numbers is closed.
[[nodiscard]] Result<void> place_descriptors(int first, std::vector<UniqueFd> fds);

/// Becomes the program, with the environment as it is. Returns only why that was not possible.
[[nodiscard]] Error execute(const Program& program);

}  // namespace filesrv::os
