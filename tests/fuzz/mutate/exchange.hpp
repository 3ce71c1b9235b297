// SPDX-License-Identifier: MIT
// One conversation: sends a request in pieces, half-closes, reads to the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "judge.hpp"
#include "os/fd.hpp"

namespace filesrv::mutate {

/// What an exchange waits for.
enum class Wait : std::uint8_t {
    peer,   ///< room to send, or bytes
    pause,  ///< nothing: the next piece follows after a turn, so that the server meets a part of the request
            ///< first
    over,   ///< nothing: `end` says how it ended
};

/// Owns the connection. Never blocks. One thread.
class Exchange {
public:
    Exchange(os::UniqueFd fd, std::uint64_t number, std::string request, Instant now);

    /// Sends and reads as much as goes without waiting.
    [[nodiscard]] Wait advance(Instant now);
    /// Gives up.
    void give_up() noexcept { end_ = End::hung; }

    [[nodiscard]] os::Fd socket() const noexcept { return fd_.get(); }
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] Instant last_activity() const noexcept { return last_activity_; }
    [[nodiscard]] Conversation conversation() const noexcept {
        return {.request = request_, .answers = answers_, .end = end_};
    }

private:
    enum class Sent : std::uint8_t { all, piece, blocked, failed };

    [[nodiscard]] Sent send_piece();
    /// False when the conversation is over.
    [[nodiscard]] bool read_answers();

    os::UniqueFd fd_;
    std::uint64_t number_;
    std::string request_;
    std::string answers_;
    std::size_t piece_end_ = 0;  // bytes to send until the next pause
    std::size_t piece_ = 0;      // size of a piece
    std::size_t sent_ = 0;
    bool sending_ = true;
    End end_ = End::closed;
    Instant last_activity_;
};

}  // namespace filesrv::mutate
