// SPDX-License-Identifier: MIT
// Channel: whole messages, and descriptors with them, between two processes of ours.
#include "os/channel.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

/// Room for the ancillary data of one message, aligned as cmsg(3) wants it.
union Ancillary {
    cmsghdr aligned;
    std::array<char, CMSG_SPACE(message_fds_max * sizeof(int))> bytes;
};

void attach(msghdr& header, Ancillary& room, std::span<const Fd> fds) noexcept {
    header.msg_control = room.bytes.data();
    header.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* entry = CMSG_FIRSTHDR(&header);
    entry->cmsg_level = SOL_SOCKET;
    entry->cmsg_type = SCM_RIGHTS;
    entry->cmsg_len = CMSG_LEN(fds.size_bytes());
    static_assert(sizeof(Fd) == sizeof(int));
    std::memcpy(CMSG_DATA(entry), fds.data(), fds.size_bytes());
}

/// Takes over every descriptor that came, whatever else is wrong with the message: nobody else would close it.
std::vector<UniqueFd> detach(msghdr& header) {
    std::vector<UniqueFd> fds;
    for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry != nullptr; entry = CMSG_NXTHDR(&header, entry)) {
        if (entry->cmsg_level != SOL_SOCKET || entry->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (entry->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(entry) + i * sizeof(int), sizeof number);
            fds.push_back(UniqueFd::adopt(number));
        }
    }
    return fds;
}

/// Bytes, or an errno below zero.
ssize_t receive(Fd channel, msghdr& header, int flags) noexcept {
    ssize_t received = -1;
    do { received = ::recvmsg(channel.number(), &header, flags | MSG_CMSG_CLOEXEC); } while (received < 0 && errno == EINTR);
    if (received < 0 && errno == ECONNRESET) return 0;  // it went with messages of ours unread
    return received < 0 ? -errno : received;
}

/// A moment, or until the other end has read something or has gone. Memory comes without a word.
void await_room(Fd channel, int code) noexcept {
    constexpr int longest_for_reader_ms = 100;
    constexpr int longest_for_memory_ms = 10;
    const bool is_full = code == EAGAIN;
    pollfd entry{.fd = channel.number(), .events = static_cast<short>(is_full ? POLLOUT : 0), .revents = 0};
    (void)::poll(&entry, 1, is_full ? longest_for_reader_ms : longest_for_memory_ms);  // the next try tells how it went
}

}  // namespace

Result<ChannelEnds> open_channel() noexcept {
    std::array<int, 2> ends{-1, -1};
    // A stream would join messages, and a datagram socket does not tell that the other end has gone.
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return failure(errno, "socketpair");
    return ChannelEnds{.first = UniqueFd::adopt(ends[0]), .second = UniqueFd::adopt(ends[1])};
}

Result<void> send_message(Fd channel, std::string_view text, std::span<const Fd> fds) {
    FS_ASSERT(channel.is_open() && !text.empty());
    if (text.size() > message_bytes_max || fds.size() > message_fds_max) return failure(EMSGSIZE, "sendmsg");
    iovec part{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    Ancillary room;
    if (!fds.empty()) attach(header, room, fds);
    ssize_t sent = -1;
    do { sent = ::sendmsg(channel.number(), &header, MSG_NOSIGNAL | MSG_DONTWAIT); } while (sent < 0 && errno == EINTR);
    if (sent < 0) return failure(errno, "sendmsg");
    FS_ASSERT(static_cast<std::size_t>(sent) == text.size());
    return {};
}

Result<void> send_surely(Fd channel, std::string_view text) {
    constexpr int tries_max = 10;
    Result<void> sent = send_message(channel, text);
    for (int tries = 1; tries < tries_max && !sent; ++tries) {
        const int code = sent.error().code;
        if (code != EAGAIN && code != ENOMEM && code != ENOBUFS) break;
        await_room(channel, code);
        sent = send_message(channel, text);
    }
    return sent;
}

Result<Message> receive_message(Fd channel, Patience patience) {
    FS_ASSERT(channel.is_open());
    Message message;
    message.text.resize(message_bytes_max);
    iovec part{.iov_base = message.text.data(), .iov_len = message.text.size()};
    Ancillary room;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = room.bytes.data();
    header.msg_controllen = room.bytes.size();
    const ssize_t received = receive(channel, header, patience == Patience::none ? MSG_DONTWAIT : 0);
    if (received < 0) return failure(static_cast<int>(-received), "recvmsg");
    message.text.resize(static_cast<std::size_t>(received));
    if (received == 0) return message;
    message.fds = detach(header);
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return failure(EMSGSIZE, "recvmsg");
    return message;
}

Result<std::string_view> receive_words(Fd channel, std::span<char> room) noexcept {
    FS_ASSERT(channel.is_open() && !room.empty());
    iovec part{.iov_base = room.data(), .iov_len = room.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    const ssize_t received = receive(channel, header, MSG_DONTWAIT);
    if (received == -ENOMEM || received == -ENOBUFS) return failure(EAGAIN, "recvmsg");  // the message stays where it is
    if (received < 0) return failure(static_cast<int>(-received), "recvmsg");
    return std::string_view(room.data(), static_cast<std::size_t>(received));
}

}  // namespace filesrv::os
