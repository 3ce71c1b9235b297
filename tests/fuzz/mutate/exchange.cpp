// SPDX-License-Identifier: MIT
// How a request is cut into pieces follows from its bytes, so that a replay cuts it in the same places.
#include "exchange.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "os/socket.hpp"
#include "random.hpp"

namespace filesrv::mutate {
namespace {

/// No answer to so short requests is longer; a server that says more than this has lost its way.
constexpr std::size_t answers_bytes_max = std::size_t{64} << 20;
constexpr std::size_t pieces_max = 8;

/// One request in four comes in pieces.
std::size_t piece_size(std::string_view request) noexcept {
    Random random(seed_of(request));
    if (!random.one_in(4)) return request.size();
    const std::size_t least = request.size() / pieces_max + 1;
    return std::max(least, random.below(request.size() + 1));
}

}  // namespace

Exchange::Exchange(os::UniqueFd fd, std::uint64_t number, std::string request, Instant now)
    : fd_(std::move(fd)), number_(number), request_(std::move(request)), last_activity_(now) {
    FS_ASSERT(fd_.is_open() && !request_.empty());
    piece_ = piece_end_ = piece_size(request_);
    FS_ASSERT(piece_ > 0);
}

Wait Exchange::advance(Instant now) {
    const std::size_t before = sent_ + answers_.size();
    Sent sent = Sent::all;
    if (sending_) {
        sent = send_piece();
        if (sent == Sent::all) os::shut_down_sending(fd_.get());
        if (sent == Sent::all || sent == Sent::failed) sending_ = false;
    }
    const bool open = read_answers();
    if (sent_ + answers_.size() > before) last_activity_ = now;
    if (sent == Sent::failed) end_ = End::reset;
    if (!open) return Wait::over;
    return sent == Sent::piece ? Wait::pause : Wait::peer;
}

Exchange::Sent Exchange::send_piece() {
    FS_ASSERT(sent_ < request_.size());
    while (sent_ < piece_end_) {
        const auto result = os::send(fd_.get(), std::string_view(request_).substr(sent_, piece_end_ - sent_));
        if (result.would_block()) return Sent::blocked;
        if (!result.ok()) return Sent::failed;
        sent_ += result.bytes;
        FS_ASSERT(sent_ <= piece_end_);
    }
    if (sent_ == request_.size()) return Sent::all;
    piece_end_ = std::min(piece_end_ + piece_, request_.size());
    return Sent::piece;
}

bool Exchange::read_answers() {
    static thread_local char buffer[256 * 1024];
    for (;;) {
        const auto result = os::receive(fd_.get(), buffer);
        if (result.would_block()) return true;
        if (!result.ok() || answers_.size() > answers_bytes_max) end_ = End::reset;
        if (!result.ok() || result.is_end() || end_ == End::reset) return false;
        answers_.append(buffer, result.bytes);
    }
}

}  // namespace filesrv::mutate
