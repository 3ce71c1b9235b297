// SPDX-License-Identifier: MIT
// Finds lines as leniently as possible: a mutated head has them, too.
#include "lines.hpp"

#include "base/assert.hpp"

namespace filesrv::mutate {
namespace {

constexpr std::size_t lines_max = 200;

}  // namespace

std::vector<Line> head_lines(std::string_view request) {
    std::vector<Line> lines;
    for (std::size_t at = 0; at < request.size() && lines.size() < lines_max;) {
        std::size_t end = request.find('\n', at);
        const bool whole = end != request.npos;
        if (!whole) end = request.size();
        const Line line{.begin = at,
                        .end = whole && end > at && request[end - 1] == '\r' ? end - 1 : end,
                        .next = whole ? end + 1 : end};
        FS_ASSERT(line.begin <= line.end && line.end <= line.next && line.next > at);
        at = line.next;
        if (line.begin < line.end)
            lines.push_back(line);
        else if (!lines.empty())
            break;
    }
    return lines;
}

std::optional<std::size_t> colon_of(std::string_view request, const Line& line) noexcept {
    FS_ASSERT(line.end <= request.size());
    const std::size_t colon = line.in(request).find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return line.begin + colon;
}

}  // namespace filesrv::mutate
