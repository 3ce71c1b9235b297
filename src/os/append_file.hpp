// SPDX-License-Identifier: MIT
// Files that only grow: logs.
#pragma once

#include <string>
#include <string_view>

#include "os/fd.hpp"

namespace filesrv::os {

/// open(2) with O_APPEND, made with mode 0640 less the umask if it is not there. ENXIO for a FIFO without a reader.
[[nodiscard]] Result<UniqueFd> open_for_append(const std::string& path);

/// write(2) until all is out. Never waits: a descriptor that is not ready (a full pipe) loses the rest, EAGAIN.
[[nodiscard]] Result<void> append_all(Fd file, std::string_view bytes);

/// fcntl(2) F_DUPFD_CLOEXEC: the same open file under a second number.
[[nodiscard]] Result<UniqueFd> duplicate(Fd file);

/// dup3(2): the number of `kept` means what `fresh` means from now on, for every thread at once.
[[nodiscard]] Result<void> replace_descriptor(Fd kept, Fd fresh);

}  // namespace filesrv::os
