// SPDX-License-Identifier: MIT
// Answers on their way out: gathering, sending, and what is left when the socket takes no more.
#include "serve/output_batch.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/assert.hpp"

namespace filesrv::serve {

void OutputBatch::append_body(const store::EntryRef& entry, std::size_t offset, std::size_t length) {
    const std::string_view body = std::string_view(entry->body).substr(offset, length);
    FS_ASSERT(body.size() == length);
    if (length <= limits::copied_body_bytes) {
        text_.append(body);
        return;
    }
    close_text_run();
    FS_ASSERT(piece_count_ < pieces_.size());
    pieces_[piece_count_++] = Piece{.entry = entry, .offset = offset, .length = length};
    referenced_bytes_ += length;
}

void OutputBatch::close_text_run() noexcept {
    if (text_in_pieces_ == text_.size()) return;
    FS_ASSERT(piece_count_ < pieces_.size());
    Piece& piece = pieces_[piece_count_++];
    piece.offset = text_in_pieces_;
    piece.length = text_.size() - text_in_pieces_;
    text_in_pieces_ = text_.size();
}

std::size_t OutputBatch::gather(std::array<std::string_view, os::send_parts_max>& parts) const noexcept {
    std::size_t count = 0;
    for (std::size_t i = first_; i < piece_count_ && count < parts.size(); ++i) {
        const Piece& piece = pieces_[i];
        const std::string_view whole = piece.entry ? std::string_view(piece.entry->body) : std::string_view(text_);
        parts[count++] = whole.substr(piece.offset, piece.length);
    }
    return count;
}

void OutputBatch::drop_sent(std::size_t bytes) noexcept {
    sent_ += bytes;
    while (bytes > 0) {
        FS_ASSERT(first_ < piece_count_);
        Piece& piece = pieces_[first_];
        const std::size_t part = std::min(bytes, piece.length);
        piece.offset += part;
        piece.length -= part;
        bytes -= part;
        if (piece.length > 0) return;
        piece.entry = {};
        ++first_;
    }
}

SendState OutputBatch::flush(os::Fd socket, os::More more) {
    close_text_run();
    while (first_ < piece_count_) {
        std::array<std::string_view, os::send_parts_max> parts;
        const std::size_t count = gather(parts);
        const bool last = first_ + count == piece_count_;
        const os::IoResult result =
            count == 1 ? os::send(socket, parts[0], more)
                       : os::send_parts(socket, std::span(parts).first(count), last ? more : os::More::yes);
        if (!result.ok()) return result.would_block() ? SendState::blocked : SendState::failed;
        drop_sent(result.bytes);
    }
    clear();
    return SendState::drained;
}

void OutputBatch::clear() noexcept {
    for (std::size_t i = first_; i < piece_count_; ++i) pieces_[i].entry = {};
    if (text_.capacity() > limits::output_kept_bytes) std::string().swap(text_);  // an assignment would keep the buffer
    else text_.clear();
    piece_count_ = first_ = text_in_pieces_ = referenced_bytes_ = 0;
    sent_ = 0;
}

void OutputBatch::take_unsent(OutputBatch& other) {
    FS_ASSERT(&other != this);
    clear();
    other.close_text_run();
    const std::span<Piece> unsent = std::span(other.pieces_).subspan(other.first_, other.piece_count_ - other.first_);
    std::size_t text_bytes = 0;
    for (const Piece& piece : unsent) text_bytes += piece.entry ? 0 : piece.length;
    std::string().swap(text_);
    text_.reserve(text_bytes);
    for (Piece& piece : unsent) {
        if (piece.entry) {
            referenced_bytes_ += piece.length;
        } else {
            text_.append(other.text_, piece.offset, piece.length);
            piece.offset = text_.size() - piece.length;
        }
        pieces_[piece_count_++] = std::move(piece);
    }
    text_in_pieces_ = text_.size();
    FS_ASSERT(text_.size() == text_bytes && unsent_bytes() == other.unsent_bytes());
    other.clear();
}

}  // namespace filesrv::serve
