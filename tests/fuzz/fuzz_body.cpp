// SPDX-License-Identifier: MIT
// Any bytes as a body: payload and end may not depend on how they arrive, and are what a reader of whole lines finds.
#include "chunked_reference.hpp"
#include "fuzz.hpp"

#include "http/body_decoder.hpp"

#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

using State = BodyDecoder::State;

struct Outcome {
    std::string payload;
    std::size_t consumed = 0;
    State state = State::more;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(BodyFraming framing, std::string_view bytes, fuzz::Cuts cuts) {
    BodyDecoder decoder(framing);
    Outcome out;
    for (std::string_view piece; decoder.state() == State::more;) {
        if (piece.empty()) piece = bytes.substr(out.consumed, cuts.next(bytes.size() - out.consumed));
        if (piece.empty()) break;
        const auto taken = decoder.feed(piece);
        FS_ASSERT(taken.consumed > 0 && taken.consumed <= piece.size());
        FS_ASSERT(taken.payload.size() <= taken.consumed);
        out.payload.append(taken.payload.data(), taken.payload.size());
        out.consumed += taken.consumed;
        piece.remove_prefix(taken.consumed);
    }
    FS_ASSERT(decoder.payload_bytes() == out.payload.size());
    out.state = decoder.state();
    return out;
}


void check_chunked(std::string_view bytes) {
    constexpr BodyFraming framing{.kind = BodyFraming::Kind::chunked};
    const Outcome whole = decode(framing, bytes, fuzz::Cuts(bytes.size() + 1));
    FS_ASSERT(decode(framing, bytes, fuzz::Cuts(1)) == whole);
    FS_ASSERT(decode(framing, bytes, fuzz::Cuts(bytes)) == whole);
    const fuzz::ChunkedBody wanted = fuzz::read_chunked(bytes);
    if (wanted.state == State::more) FS_ASSERT(whole.state != State::done);
    else FS_ASSERT(whole.state == wanted.state);
    if (whole.state != State::rejected) FS_ASSERT(whole.payload == wanted.payload);
    if (whole.state == State::done) FS_ASSERT(whole.consumed == wanted.consumed);
}

/// The first byte says how long.
void check_sized(std::string_view bytes) {
    const std::size_t length = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
    const BodyFraming framing{.kind = BodyFraming::Kind::length, .length = length};
    const Outcome whole = decode(framing, bytes, fuzz::Cuts(bytes.size() + 1));
    FS_ASSERT(decode(framing, bytes, fuzz::Cuts(bytes)) == whole);
    FS_ASSERT(whole.payload == bytes.substr(0, length) && whole.consumed == whole.payload.size());
    FS_ASSERT((whole.state == State::done) == (bytes.size() >= length));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_chunked(fuzz::as_text(data, size));
    check_sized(fuzz::as_text(data, size));
    return 0;
}
