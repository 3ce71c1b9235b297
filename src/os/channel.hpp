// SPDX-License-Identifier: MIT
// Channel: whole messages, and descriptors with them, between two processes of ours; unix(7), SCM_RIGHTS.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/fd.hpp"

namespace filesrv::os {

/// The most bytes, and the most descriptors, of one message (the kernel's own limit is 253).
inline constexpr std::size_t message_bytes_max = 64 * 1024;
inline constexpr std::size_t message_fds_max = 160;

struct ChannelEnds {
    UniqueFd first;
    UniqueFd second;
};

/// Two connected ends, close-on-exec. Each sees the other's last copy go as the end of the input.
[[nodiscard]] Result<ChannelEnds> open_channel() noexcept;

struct Message {
    std::string text;           ///< empty = the other end has gone
    std::vector<UniqueFd> fds;  ///< close-on-exec

    [[nodiscard]] bool is_end() const noexcept { return text.empty(); }
};

/// Sends all or nothing, without waiting and without SIGPIPE. `text` is not empty. EAGAIN when the other end reads nothing.
[[nodiscard]] Result<void> send_message(Fd channel, std::string_view text, std::span<const Fd> fds = {});

/// The same, of text alone, for what must not be lost: while there is no room or no memory for it, again, ten times in all. Waits
/// for up to a second.
[[nodiscard]] Result<void> send_surely(Fd channel, std::string_view text);

enum class Patience : bool { none, for_ever };

/// The next message. Without patience EAGAIN when there is none.
[[nodiscard]] Result<Message> receive_message(Fd channel, Patience patience);

/// The text of the next message, cut where the room ends; what came with it is dropped. Empty = the other end has gone.
/// EAGAIN when there is none, or the kernel has no memory for it now. Takes none of ours: for what must not be lost.
[[nodiscard]] Result<std::string_view> receive_words(Fd channel, std::span<char> room) noexcept;

}  // namespace filesrv::os
