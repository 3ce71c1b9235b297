// SPDX-License-Identifier: MIT
// The client half of the control socket.
#include "control/client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/socket.hpp"
#include "os/unix_socket.hpp"
#include "os/wait_readable.hpp"

namespace filesrv::control {
namespace {

/// How often a full queue is tried again: nothing tells when there is room.
constexpr auto retry_interval = std::chrono::milliseconds(10);

ClientError connect_error(const std::string& path, int code) {
    switch (code) {
        case ENOENT:
        case ENOTDIR: return {Trouble::absent, path + ": there is no control socket"};
        case ECONNREFUSED:
            // Of any other file, too, and nobody should be told to remove that.
            if (std::error_code unknown; !std::filesystem::is_socket(path, unknown)) return {Trouble::broken, path + ": is no socket"};
            return {Trouble::stale, path + ": nobody listens there (the file was left behind)"};
        case EACCES:
        case EPERM: return {Trouble::forbidden, path + ": no permission (it is for the daemon's user and for root)"};
        case EAGAIN: return {Trouble::silent, path + ": somebody listens there and does not accept"};
        case ENAMETOOLONG: return {Trouble::broken, path + ": longer than a socket's path may be"};
        default: return {Trouble::broken, path + ": " + std::strerror(code)};
    }
}

}  // namespace

std::unexpected<ClientError> Client::failed(Trouble trouble, const std::string& what) const {
    return std::unexpected(ClientError{.trouble = trouble, .text = path_ + ": " + what});
}

Asked<Client> Client::connect(const std::string& path, Duration patience) {
    const Instant deadline = os::monotonic_now() + patience;
    for (;;) {
        auto connected = os::connect_unix(path);
        if (connected) return Client(path, *std::move(connected));
        const int code = connected.error().code;
        if (code != EAGAIN || os::monotonic_now() >= deadline) return std::unexpected(connect_error(path, code));
        std::this_thread::sleep_for(retry_interval);
    }
}

Asked<void> Client::send(std::string_view line) {
    FS_ASSERT(fd_.is_open() && !line.contains('\n'));
    const std::string whole = std::string(line) + '\n';
    // No line of ours fills a socket's buffer, unless nobody takes out what came before.
    const os::IoResult sent = os::send(fd_.get(), whole);
    if (sent.would_block() || (sent.ok() && sent.bytes < whole.size())) return failed(Trouble::silent, "the daemon takes no requests");
    if (!sent.ok()) return failed(at_end_, std::string("the connection is gone: ") + std::strerror(sent.error));
    return {};
}

Asked<std::string> Client::receive(Duration patience) {
    FS_ASSERT(fd_.is_open() && looked_at_ <= received_.size());
    const Instant deadline = os::monotonic_now() + patience;
    for (;;) {
        const std::size_t newline = received_.find('\n', looked_at_);
        if (newline != std::string::npos) {
            std::string line = received_.substr(0, newline);
            received_.erase(0, newline + 1);
            looked_at_ = 0;
            at_end_ = Trouble::broken;
            return line;
        }
        looked_at_ = received_.size();
        if (looked_at_ >= answer_bytes_max) return failed(Trouble::broken, "an answer without an end");
        if (!os::wait_readable(std::array{fd_.get()}, deadline - os::monotonic_now()))
            return failed(Trouble::silent, "no answer in time");
        std::array<char, 64 * 1024> buffer;
        const os::IoResult got = os::receive(fd_.get(), buffer);
        if (got.would_block()) continue;
        if (!got.ok()) return failed(at_end_, std::string("the connection is gone: ") + std::strerror(got.error));
        if (got.is_end()) return failed(at_end_, "the daemon closed the connection without an answer");
        received_.append(buffer.data(), got.bytes);
    }
}

Asked<std::string> Client::ask(std::string_view line, Duration patience) {
    const auto sent = send(line);
    auto answer = receive(sent ? patience : Duration::zero());
    if (!sent && !answer) return std::unexpected(sent.error());
    return answer;
}

}  // namespace filesrv::control
