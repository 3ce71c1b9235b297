// SPDX-License-Identifier: MIT
// Two connected sockets, with as little room between them as the system allows.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/assert.hpp"
#include "os/fd.hpp"
#include "os/socket.hpp"

namespace filesrv::test {

class SocketPair {
public:
    SocketPair() {
        std::array<int, 2> ends{};
        FS_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        sender_ = os::UniqueFd::adopt(ends[0]);
        receiver_ = os::UniqueFd::adopt(ends[1]);
        const int least = 1;  // the kernel raises it to its own minimum, socket(7)
        FS_ASSERT(::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof least) == 0);
    }

    [[nodiscard]] os::Fd sender() const noexcept { return sender_.get(); }

    /// Takes up to `at_most` of what has come.
    std::size_t receive(std::string& into, std::size_t at_most) {
        std::size_t taken = 0;
        std::array<char, 4096> buffer;
        while (taken < at_most) {
            const os::IoResult got = os::receive(receiver_.get(), std::span(buffer).first(std::min(buffer.size(), at_most - taken)));
            if (!got.ok() || got.is_end()) break;
            into.append(buffer.data(), got.bytes);
            taken += got.bytes;
        }
        return taken;
    }
    void close_receiver() noexcept { receiver_.reset(); }

private:
    os::UniqueFd sender_;
    os::UniqueFd receiver_;
};

}  // namespace filesrv::test
