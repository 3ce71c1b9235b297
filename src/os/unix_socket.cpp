// SPDX-License-Identifier: MIT
// Unix sockets: the file is the address, and outlives whoever forgot to remove it.
#include "os/unix_socket.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

constexpr int stream_flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

/// The path as a Unix address, or nothing if it does not fit (unix(7): 108 bytes with its NUL).
bool fill_unix(const std::string& path, sockaddr_un& out, socklen_t& length) noexcept {
    if (path.empty() || path.size() >= sizeof out.sun_path) return false;
    std::memset(&out, 0, sizeof out);
    out.sun_family = AF_UNIX;
    std::memcpy(out.sun_path, path.data(), path.size());
    length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return true;
}

/// Whether somebody answers. A stale file refuses, connect(2); a full queue (EAGAIN) is somebody, and so is who we could
/// not ask: such a file is left alone.
bool somebody_answers(const std::string& path) {
    const auto connected = connect_unix(path);
    return connected || (connected.error().code != ECONNREFUSED && connected.error().code != ENOENT);
}

}  // namespace

void SocketFile::remove() noexcept {
    if (!is_ours()) return;
    const std::string path = std::exchange(path_, {});
    struct stat now {};
    if (::lstat(path.c_str(), &now) != 0 || now.st_dev != device_ || now.st_ino != inode_) return;
    (void)::unlink(path.c_str());  // best effort: the next start clears what is left
}

Result<UnixListener> listen_unix(const std::string& path, int backlog, std::optional<std::uint32_t> mode) {
    FS_ASSERT(backlog > 0);
    sockaddr_un address;
    socklen_t length = 0;
    if (!fill_unix(path, address, length)) return failure(ENAMETOOLONG, "bind", path);
    UnixListener listener{.fd = UniqueFd::adopt(::socket(AF_UNIX, stream_flags, 0)), .file = {}};
    if (!listener.fd.is_open()) return failure(errno, "socket", path);
    if (::bind(listener.fd.number(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
        return failure(errno, "bind", path);
    struct stat made {};
    if (::lstat(path.c_str(), &made) == 0) listener.file = SocketFile(path, made.st_dev, made.st_ino);
    // Between bind and listen, connect(2) is refused whatever the mode.
    if (mode && ::chmod(path.c_str(), *mode) != 0) return failure(errno, "chmod", path);
    if (::listen(listener.fd.number(), backlog) != 0) return failure(errno, "listen", path);
    return listener;
}

Result<UniqueFd> connect_unix(const std::string& path) {
    sockaddr_un address;
    socklen_t length = 0;
    if (!fill_unix(path, address, length)) return failure(ENAMETOOLONG, "connect", path);
    UniqueFd fd = UniqueFd::adopt(::socket(AF_UNIX, stream_flags, 0));
    if (!fd.is_open()) return failure(errno, "socket", path);
    int connected = -1;
    do { connected = ::connect(fd.number(), reinterpret_cast<const sockaddr*>(&address), length); } while (connected != 0 && errno == EINTR);
    if (connected != 0) return failure(errno, "connect", path);
    return fd;
}

Result<void> clear_stale_socket(const std::string& path) {
    struct stat found {};
    if (path.size() >= sizeof(sockaddr_un::sun_path)) return failure(ENAMETOOLONG, "bind", path);
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};
        return failure(errno, "lstat", path);
    }
    // connect(2) refuses on a regular file just as on a stale socket: look before believing it.
    if (!S_ISSOCK(found.st_mode)) return failure(ENOTSOCK, "bind", path);
    if (somebody_answers(path)) return failure(EADDRINUSE, "bind", path);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure(errno, "unlink", path);
    return {};
}

Result<std::string> local_unix_path(Fd socket) {
    sockaddr_un address{};
    socklen_t length = sizeof address;
    if (::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
        return failure(errno, "getsockname");
    if (address.sun_family != AF_UNIX) return failure(EAFNOSUPPORT, "getsockname");
    const std::size_t start = offsetof(sockaddr_un, sun_path);
    if (length <= start) return std::string();  // never bound
    std::string path(address.sun_path, length - start);
    if (path.front() == '\0') {  // abstract, unix(7): the name is all bytes after the NUL
        path.front() = '@';
        return path;
    }
    path.resize(std::strlen(path.c_str()));  // the kernel counts the NUL, and may count more
    return path;
}

}  // namespace filesrv::os
