// SPDX-License-Identifier: MIT
// The client half of the control socket: connects, sends lines, reads lines. Knows nothing of what they mean.
//
// A request is one line of words, an answer is one line of JSON. Every wait has an end, and every failure is one clause
// for people that names the path and what is the matter with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "os/fd.hpp"

namespace filesrv::control {

/// Why there is no answer.
enum class Trouble : std::uint8_t {
    absent,     ///< there is no such socket
    stale,      ///< the socket's file is there, and nobody listens on it
    forbidden,  ///< its mode, or that of a folder above it, keeps us out
    silent,     ///< somebody listens, and did not answer in time
    ended,      ///< somebody listened, and the connection ended before any answer
    broken,     ///< all else: no socket, the connection ended later, an answer without an end
};

struct ClientError {
    Trouble trouble = Trouble::broken;
    std::string text;  ///< `/run/filesrv/control.sock: nobody listens there (the file was left behind)`
};

template <class T>
using Asked = std::expected<T, ClientError>;

/// One connection. Move-only; one thread at a time; waits with poll(2).
class Client {
public:
    /// The longest answer that is taken, its newline included.
    static constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;

    /// Connects. A full queue is tried again until the patience is over.
    [[nodiscard]] static Asked<Client> connect(const std::string& path, Duration patience);

    /// Sends a line (without its newline, of which it has none inside).
    [[nodiscard]] Asked<void> send(std::string_view line);
    /// The next line, without its newline. `ended` when the connection ends before the first, `broken` before any other.
    [[nodiscard]] Asked<std::string> receive(Duration patience);
    /// send() and receive(). An answer that comes though the sending failed (the peer refuses and closes) is the answer.
    [[nodiscard]] Asked<std::string> ask(std::string_view line, Duration patience);

    /// Readable when receive() may have something to do, for those who wait for more than one thing.
    [[nodiscard]] os::Fd fd() const noexcept { return fd_.get(); }

private:
    Client(std::string path, os::UniqueFd fd) noexcept : path_(std::move(path)), fd_(std::move(fd)) {}
    [[nodiscard]] std::unexpected<ClientError> failed(Trouble trouble, const std::string& what) const;

    std::string path_;
    os::UniqueFd fd_;
    std::string received_;        ///< bytes of lines that nobody has asked for yet
    std::size_t looked_at_ = 0;   ///< of them, without a newline
    Trouble at_end_ = Trouble::ended;
};

}  // namespace filesrv::control
