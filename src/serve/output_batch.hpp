// SPDX-License-Identifier: MIT
// Answers on their way out: heads and short bodies gathered in one buffer, cached bodies by reference, one send for all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "os/fd.hpp"
#include "os/socket.hpp"
#include "serve/limits.hpp"
#include "store/entry.hpp"

namespace filesrv::serve {

enum class SendState : std::uint8_t { drained, blocked, failed };

/// Bytes for one socket, in order. One thread at a time; what the socket does not take moves to the connection.
/// Appends may follow a flush that blocked, as long as it is not full.
class OutputBatch {
public:
    OutputBatch() = default;
    OutputBatch(const OutputBatch&) = delete;
    OutputBatch& operator=(const OutputBatch&) = delete;

    /// Takes over what `other` has not sent, in memory of exactly that size: the peer may leave it there for long. `other`
    /// is then empty and keeps its buffer. What this batch held is dropped.
    void take_unsent(OutputBatch& other);

    /// Where heads and short bodies are appended. References into it do not outlive the next append.
    [[nodiscard]] std::string& text() noexcept { return text_; }

    /// Appends part of a cached body: copied when short, else held by reference until it is sent.
    void append_body(const store::EntryRef& entry, std::size_t offset, std::size_t length);

    [[nodiscard]] bool empty() const noexcept { return unsent_bytes() == 0; }
    [[nodiscard]] std::uint64_t unsent_bytes() const noexcept { return text_.size() + referenced_bytes_ - sent_; }

    /// Enough for one send: the caller flushes before it appends more.
    [[nodiscard]] bool is_full() const noexcept {
        return piece_count_ + 2 > pieces_.size() || text_.size() >= limits::output_text_bytes ||
               text_.size() + referenced_bytes_ >= limits::output_batch_bytes;
    }

    /// Sends what is there. `more` says that further bytes of the same answer follow by other means.
    /// Drained: the batch is empty again. Failed: the peer is gone.
    [[nodiscard]] SendState flush(os::Fd socket, os::More more = os::More::no);

    /// Forgets everything, keeps the buffer unless that has become uncommonly large.
    void clear() noexcept;

private:
    /// A run of text_ (no entry), or of an entry's body.
    struct Piece {
        store::EntryRef entry;
        std::size_t offset = 0;
        std::size_t length = 0;
    };

    void close_text_run() noexcept;
    std::size_t gather(std::array<std::string_view, os::send_parts_max>& parts) const noexcept;
    void drop_sent(std::size_t bytes) noexcept;

    std::string text_;
    std::array<Piece, limits::output_batch_pieces> pieces_;
    std::size_t piece_count_ = 0;
    std::size_t first_ = 0;            ///< the first piece that is not wholly sent
    std::size_t text_in_pieces_ = 0;   ///< how much of text_ lies in pieces already
    std::size_t referenced_bytes_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace filesrv::serve
