// SPDX-License-Identifier: MIT
// Any bytes as kept lifetime counters, a snapshot or a list of connections: what was understood means the same when
// written again, and it is written in plain characters.
#include "fuzz.hpp"

#include "observe/lifetime.hpp"
#include "observe/snapshot.hpp"

#include <string>

using namespace filesrv;
using namespace filesrv::observe;

namespace {

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

void check_lifetime(std::string_view text) {
    const auto lifetime = parse_lifetime(text);
    if (!lifetime) return;
    FS_ASSERT(parse_lifetime(to_json(*lifetime)) == lifetime);
    // What a process adds to figures that were kept by others.
    Lifetime sum = *lifetime;
    add(sum, {.requests = 1, .starts = 1, .cold_starts = {.count = 1, .total_us = 5, .last_us = 5, .longest_us = 5}});
    FS_ASSERT(sum.requests == lifetime->requests + 1 && sum.cold_starts.last_us == 5);
    FS_ASSERT(sum.last_exit_reason == lifetime->last_exit_reason);
    FS_ASSERT(parse_lifetime(to_json(sum)) == sum);
}

void check_snapshot(std::string_view text) {
    const auto snapshot = parse_snapshot(text);
    if (!snapshot) return;
    const std::string json = to_json(*snapshot);
    FS_ASSERT(is_plain(json) && parse_snapshot(json) == snapshot);
}

void check_connections(std::string_view text) {
    const auto connections = parse_connections(text);
    if (!connections) return;
    const std::string json = to_json(*connections);
    FS_ASSERT(is_plain(json) && parse_connections(json) == connections);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::as_text(data, size);
    check_lifetime(text);
    check_snapshot(text);
    check_connections(text);
    return 0;
}
