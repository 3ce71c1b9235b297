// SPDX-License-Identifier: MIT
// Request bodies (RFC 9112 §6–7): finds the payload in the bytes as they come, and the body's end.
#pragma once

#include "http/chunk_framing.hpp"
#include "http/reject.hpp"
#include "http/request.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace filesrv::http {

/// Pull decoder for one body, sized or chunked. Copies nothing: payload is a view into the bytes fed.
/// Extensions and trailers are checked, bounded and dropped. Any one thread.
class BodyDecoder {
public:
    enum class State : std::uint8_t { more, done, rejected };

    struct Step {
        std::size_t consumed = 0;       ///< bytes of the input that are dealt with, payload included
        std::span<const char> payload;  ///< at most one run of payload; may be empty
    };

    explicit BodyDecoder(BodyFraming framing) noexcept { start(framing); }
    void start(BodyFraming framing) noexcept;

    /// Advances by at least one byte while state() is `more` and `in` is not empty; feed the rest again.
    /// Bytes after the body's end are never consumed: they are the next request.
    [[nodiscard]] Step feed(std::span<const char> in) noexcept;

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] bool done() const noexcept { return state_ == State::done; }
    [[nodiscard]] const Reject& reject() const noexcept;
    /// Payload bytes handed out so far.
    [[nodiscard]] std::uint64_t payload_bytes() const noexcept { return payload_bytes_; }
    /// Payload bytes still to come before further framing: of a sized body all of them.
    [[nodiscard]] std::uint64_t run_bytes_left() const noexcept { return left_; }

private:
    enum class Phase : std::uint8_t { payload, size_line, after_payload_cr, after_payload_lf, trailers };

    [[nodiscard]] std::span<const char> take_payload(std::span<const char> in) noexcept;
    void take_framing(char c) noexcept;
    void take_size_line(char c) noexcept;
    void begin_chunk() noexcept;
    void take_trailer(char c) noexcept;
    void fail(std::string_view detail) noexcept;

    std::uint64_t left_ = 0;  // of the chunk, or of the sized body
    std::uint64_t payload_bytes_ = 0;
    std::uint64_t extension_bytes_ = 0;  // of all chunks so far
    ChunkSizeLine size_line_;
    TrailerSection trailers_;
    bool chunked_ = false;
    State state_ = State::done;
    Phase phase_ = Phase::payload;
    Reject reject_;
};

}  // namespace filesrv::http
