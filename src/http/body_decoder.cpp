// SPDX-License-Identifier: MIT
// Request bodies: payload runs are views into the input, framing goes byte by byte through its automata.
#include "http/body_decoder.hpp"

#include "base/assert.hpp"
#include "http/limits.hpp"

#include <algorithm>
#include <limits>

namespace filesrv::http {
namespace {

/// No file is larger: the kernel's offsets are signed.
constexpr std::uint64_t payload_bytes_max = std::numeric_limits<std::int64_t>::max();

}  // namespace

void BodyDecoder::start(BodyFraming framing) noexcept {
    FS_ASSERT(framing.length <= payload_bytes_max);
    left_ = framing.kind == BodyFraming::Kind::length ? framing.length : 0;
    payload_bytes_ = extension_bytes_ = 0;
    chunked_ = framing.kind == BodyFraming::Kind::chunked;
    phase_ = chunked_ ? Phase::size_line : Phase::payload;
    size_line_.start();
    trailers_.start();
    state_ = framing.has_bytes() ? State::more : State::done;
}

const Reject& BodyDecoder::reject() const noexcept {
    FS_ASSERT(state_ == State::rejected);
    return reject_;
}

BodyDecoder::Step BodyDecoder::feed(std::span<const char> in) noexcept {
    Step step;
    if (state_ != State::more) return step;
    while (phase_ != Phase::payload && state_ == State::more && step.consumed < in.size())
        take_framing(in[step.consumed++]);
    if (phase_ == Phase::payload && state_ == State::more) {
        step.payload = take_payload(in.subspan(step.consumed));
        step.consumed += step.payload.size();
    }
    return step;
}

/// As much of the current run as has come.
std::span<const char> BodyDecoder::take_payload(std::span<const char> in) noexcept {
    FS_ASSERT(left_ > 0);
    const auto run = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
    left_ -= run;
    payload_bytes_ += run;
    if (left_ == 0 && chunked_) phase_ = Phase::after_payload_cr;
    if (left_ == 0 && !chunked_) state_ = State::done;
    return in.first(run);
}

void BodyDecoder::take_framing(char c) noexcept {
    switch (phase_) {
        case Phase::size_line: return take_size_line(c);
        case Phase::after_payload_cr:
            if (c != '\r') return fail("A chunk is longer than its size.");
            phase_ = Phase::after_payload_lf;
            return;
        case Phase::after_payload_lf:
            if (c != '\n') return fail("A chunk does not end with a line's end.");
            phase_ = Phase::size_line;
            size_line_.start();
            return;
        case Phase::trailers: return take_trailer(c);
        case Phase::payload: break;
    }
    FS_UNREACHABLE("payload is no framing");
}

void BodyDecoder::take_size_line(char c) noexcept {
    switch (size_line_.take(c)) {
        case FramingResult::more: return;
        case FramingResult::malformed: return fail("A chunk's size line is malformed or too long.");
        case FramingResult::end: return begin_chunk();
    }
}

/// A size line is complete: payload follows, or after a size of zero the trailers.
void BodyDecoder::begin_chunk() noexcept {
    FS_ASSERT(left_ == 0);
    // Extensions mean nothing to anybody; a body made of them only costs us time.
    extension_bytes_ += size_line_.extension_bytes();
    if (extension_bytes_ > limits::chunk_extension_bytes_max + payload_bytes_)
        return fail("There are too many chunk extensions.");
    left_ = size_line_.size();
    if (left_ > payload_bytes_max - payload_bytes_) return fail("No file can be that large.");
    phase_ = left_ == 0 ? Phase::trailers : Phase::payload;
}

void BodyDecoder::take_trailer(char c) noexcept {
    switch (trailers_.take(c)) {
        case FramingResult::more: return;
        case FramingResult::malformed: return fail("The trailers are malformed or too long.");
        case FramingResult::end: state_ = State::done; return;
    }
}

/// For good: what follows cannot be told apart from payload any more.
void BodyDecoder::fail(std::string_view detail) noexcept {
    state_ = State::rejected;
    left_ = 0;
    reject_ = Reject{.status = Status::bad_request, .detail = detail};
}

}  // namespace filesrv::http
