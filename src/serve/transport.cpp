// SPDX-License-Identifier: MIT
// Moving a file's bytes to a socket.
#include "serve/transport.hpp"

#include <algorithm>
#include <cerrno>

#include "base/assert.hpp"
#include "os/file.hpp"
#include "os/send_file.hpp"

namespace filesrv::serve {
namespace {

os::IoResult copy_to_socket(os::Fd socket, os::Fd file, FileSlice slice, std::span<char> scratch) noexcept {
    FS_ASSERT(!scratch.empty());
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(slice.length, scratch.size()));
    const auto got = os::read_at(file, scratch.first(want), slice.offset);
    if (!got) return {.bytes = 0, .error = got.error().code};
    return *got == 0 ? os::IoResult() : os::send(socket, std::string_view(scratch.data(), *got));
}

}  // namespace

os::IoResult send_file(os::Fd socket, os::Fd file, FileSlice slice, std::span<char> scratch) noexcept {
    FS_ASSERT(slice.length > 0);
    const os::IoResult sent = os::send_file(socket, file, slice.offset, static_cast<std::size_t>(slice.length));
    if (sent.error != EINVAL && sent.error != ENOSYS && sent.error != EOPNOTSUPP) return sent;
    return copy_to_socket(socket, file, slice, scratch);
}

}  // namespace filesrv::serve
