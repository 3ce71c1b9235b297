// SPDX-License-Identifier: MIT
// Any bytes as a chunked body: payload and end may not depend on how they arrive.
#include "fuzz.hpp"

#include "http/body_decoder.hpp"

#include <algorithm>
#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

struct Outcome {
    std::string payload;
    std::size_t consumed = 0;
    BodyDecoder::State state = BodyDecoder::State::more;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(std::string_view bytes, std::size_t step) {
    BodyDecoder decoder({.kind = BodyFraming::Kind::chunked});
    Outcome out;
    while (out.consumed < bytes.size() && decoder.state() == BodyDecoder::State::more) {
        const auto piece = bytes.substr(out.consumed, step);
        const auto taken = decoder.feed(piece);
        FS_ASSERT(taken.consumed > 0 && taken.consumed <= piece.size() &&
                  taken.payload.size() <= taken.consumed);
        out.payload.append(taken.payload.data(), taken.payload.size());
        out.consumed += taken.consumed;
    }
    FS_ASSERT(decoder.payload_bytes() == out.payload.size());
    out.state = decoder.state();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::as_text(data, size);
    const Outcome whole = decode(bytes, bytes.size());
    FS_ASSERT(decode(bytes, 1) == whole);
    FS_ASSERT(decode(bytes, 1 + bytes.size() % 5) == whole);
    return 0;
}
