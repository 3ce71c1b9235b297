// SPDX-License-Identifier: MIT
// A body that is made while it is sent, for answers that must not stand in memory whole: pieces of text and of files.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "store/entry.hpp"

namespace filesrv::serve {

/// The part of a file that is still to be sent.
struct FileTransfer {
    store::EntryRef entry;
    std::uint64_t offset = 0;     ///< bytes
    std::uint64_t remaining = 0;  ///< bytes
    std::uint64_t in_place = 0;   ///< bytes that the reactor may send before a worker goes on

    [[nodiscard]] bool is_active() const noexcept { return remaining > 0; }
};

/// Owned by the exchange of the connection that sends it; asked for the next piece when the last one has gone out, so a
/// slow reader costs one piece and what the source itself holds. Called by workers only, never by two at once, by
/// different ones over its life; it may block and keeps nothing of the request that it answers.
class BodySource {
public:
    enum class Next : std::uint8_t {
        piece,  ///< something was added, and more may follow
        end,    ///< the body is complete; nothing was added
    };

    virtual ~BodySource() = default;

    /// Appends text (at most about 64 KiB) to `text`, or names a slice of a file that goes out behind that text, or both.
    /// After an error the answer is cut off, since its head is out: the client sees that from the framing.
    [[nodiscard]] virtual Result<Next> next(std::string& text, FileTransfer& slice) = 0;
};

}  // namespace filesrv::serve
