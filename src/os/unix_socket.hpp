// SPDX-License-Identifier: MIT
// Unix sockets and the files they live in: made, connected to, found stale, removed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// A socket file of ours; removes it when it goes, unless another is in its place by then. Move-only.
class SocketFile {
public:
    SocketFile() noexcept = default;
    SocketFile(std::string path, std::uint64_t device, std::uint64_t inode) noexcept
        : path_(std::move(path)), device_(device), inode_(inode) {}
    SocketFile(SocketFile&& other) noexcept
        : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_), owned_(other.owned_) {}
    SocketFile& operator=(SocketFile&& other) noexcept {
        if (this != &other) {
            remove();
            path_ = std::exchange(other.path_, {});
            device_ = other.device_;
            inode_ = other.inode_;
            owned_ = other.owned_;
        }
        return *this;
    }
    ~SocketFile() { remove(); }

    /// One that is somebody else's until own(): it stays when this goes.
    [[nodiscard]] static SocketFile of_another(std::string path, std::uint64_t device, std::uint64_t inode) noexcept {
        SocketFile file(std::move(path), device, inode);
        file.owned_ = false;
        return file;
    }
    /// It has been left to us. Takes no memory; harmless when it is ours or there is none.
    void own() noexcept { owned_ = true; }
    /// Removes it now; harmless when done twice.
    void remove() noexcept;
    /// Leaves the file to somebody else.
    void release() noexcept { path_.clear(); }

    [[nodiscard]] bool is_ours() const noexcept { return owned_ && !path_.empty(); }
    /// Ours or another's; empty = there is none.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t device() const noexcept { return device_; }
    [[nodiscard]] std::uint64_t inode() const noexcept { return inode_; }

private:
    std::string path_;  // empty = none
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    bool owned_ = true;
};

/// A bound and listening Unix socket. The file's mode is 0777 less the umask, unless one was asked for.
struct UnixListener {
    UniqueFd fd;
    SocketFile file;
};

/// Binds and listens, non-blocking. EADDRINUSE when the path exists; ENAMETOOLONG above 107 bytes. With a mode the file
/// has it before anybody can connect.
[[nodiscard]] Result<UnixListener> listen_unix(const std::string& path, int backlog, std::optional<std::uint32_t> mode = std::nullopt);

/// The process at the other end of a connection, as it was when it connected or began to listen.
struct PeerProcess {
    std::uint32_t uid = 0;               ///< the effective user
    std::optional<std::int64_t> process; ///< its id, where the system tells
};
/// SO_PEERCRED, unix(7), or getpeereid(3).
[[nodiscard]] Result<PeerProcess> peer_process(Fd socket);

/// Connects, non-blocking from the start: a Unix socket is connected at once or not at all. ENOENT: no such file,
/// ECONNREFUSED: nobody listens any more, EACCES: the file's mode forbids it, EAGAIN: its queue is full for now, connect(2).
[[nodiscard]] Result<UniqueFd> connect_unix(const std::string& path);

/// Removes a socket file that nobody answers on any more, so that listen_unix() can bind; fine when there is
/// none. EADDRINUSE when somebody answers or we could not ask, ENOTSOCK when the file is something else.
[[nodiscard]] Result<void> clear_stale_socket(const std::string& path);

/// The path a Unix socket is bound to; empty for an unnamed one, `@name` for an abstract one.
[[nodiscard]] Result<std::string> local_unix_path(Fd socket);

}  // namespace filesrv::os
