// SPDX-License-Identifier: MIT
// Sockets: listeners, accept, options, and transfers that never block and never allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "os/address.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// Binds and listens, non-blocking, SO_REUSEADDR but never SO_REUSEPORT (a second daemon must not take the
/// port unnoticed), IPV6_V6ONLY for v6. EAFNOSUPPORT or EADDRNOTAVAIL when the machine lacks the family.
[[nodiscard]] Result<UniqueFd> listen_tcp(const PeerAddress& address, int backlog);

/// The address a socket is bound to, getsockname(2).
[[nodiscard]] Result<PeerAddress> local_address(Fd socket);

/// Whether a descriptor is a listening stream socket: SO_ACCEPTCONN and SO_TYPE, socket(7).
[[nodiscard]] bool is_stream_listener(Fd fd) noexcept;

/// Sets O_NONBLOCK and FD_CLOEXEC on a descriptor that somebody else made.
[[nodiscard]] Result<void> adopt_flags(Fd fd);

/// What accept gave. Without a descriptor, `error` says why: EAGAIN = queue empty, EMFILE, ECONNABORTED …
struct Accepted {
    UniqueFd fd;
    PeerAddress peer;
    int error = 0;
};

/// accept4(2), non-blocking and close-on-exec. EINTR is repeated here.
[[nodiscard]] Accepted accept_nonblocking(Fd listener) noexcept;

/// What one transfer did: bytes moved, or `error` is an errno value. Both zero from receive() = end of input.
struct IoResult {
    std::size_t bytes = 0;
    int error = 0;

    [[nodiscard]] bool ok() const noexcept { return error == 0; }
    [[nodiscard]] bool would_block() const noexcept;
    [[nodiscard]] bool is_end() const noexcept { return error == 0 && bytes == 0; }
};

/// Whether more follows at once: MSG_MORE keeps the kernel from sending a short segment now.
enum class More : bool { no, yes };

/// recv(2) without waiting. `buffer` is not empty.
[[nodiscard]] IoResult receive(Fd socket, std::span<char> buffer) noexcept;

/// send(2) without waiting and without SIGPIPE.
[[nodiscard]] IoResult send(Fd socket, std::string_view data, More more = More::no) noexcept;

/// Parts that one send_parts() takes.
inline constexpr std::size_t send_parts_max = 16;

/// sendmsg(2): at most send_parts_max parts, in order, in one call, without waiting and without SIGPIPE.
[[nodiscard]] IoResult send_parts(Fd socket, std::span<const std::string_view> parts,
                                  More more = More::no) noexcept;

/// TCP_NODELAY: an answer's last short segment leaves at once. Harmless on a Unix socket.
void set_no_delay(Fd socket) noexcept;

/// TCP_NOTSENT_LOWAT: of what a send takes, so much may wait in the kernel beside what is on its way to the peer; without
/// it the whole send buffer, which grows to megabytes. Where there is no such option nothing happens.
void bound_unsent(Fd socket, std::size_t bytes) noexcept;

/// shutdown(2) for writing: the peer sees our FIN, we may still read.
void shut_down_sending(Fd socket) noexcept;

/// SO_LINGER of no time: close(2), or the end of the process, then sends RST, so that a body delimited by the close does
/// not look complete when it is not. Not on Unix sockets.
void reset_on_close(Fd socket, bool on) noexcept;

/// The error waiting on a socket (SO_ERROR), 0 if none.
[[nodiscard]] int pending_error(Fd socket) noexcept;

}  // namespace filesrv::os
