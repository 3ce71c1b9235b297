// SPDX-License-Identifier: MIT
// Lifetime counters: their sum, to JSON and back.
#include "observe/lifetime.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"
#include "observe/json_members.hpp"
#include "observe/lifetime_members.hpp"

namespace filesrv::observe {
namespace {

constexpr std::uint64_t lifetime_schema = 1;

auto key_of(const RequestCount& count) { return std::tie(count.method, count.code); }

/// The one of that method and code; nothing when there is none.
const RequestCount* find(const std::vector<RequestCount>& counts, const RequestCount& wanted) {
    const auto found = std::ranges::lower_bound(counts, key_of(wanted), {}, key_of);
    return found != counts.end() && key_of(*found) == key_of(wanted) ? &*found : nullptr;
}

}  // namespace

void sort(std::vector<RequestCount>& counts) { std::ranges::sort(counts, {}, key_of); }

void add(std::vector<RequestCount>& sum, const std::vector<RequestCount>& delta) {
    sort(sum);  // what a file holds may have any order
    const std::vector<RequestCount> before = sum;
    for (const RequestCount& more : delta) {
        if (const RequestCount* known = find(before, more)) sum[static_cast<std::size_t>(known - before.data())].count += more.count;
        else sum.push_back(more);
    }
    sort(sum);
}

std::vector<RequestCount> grown_by(const std::vector<RequestCount>& now, const std::vector<RequestCount>& before) {
    std::vector<RequestCount> grown;
    for (const RequestCount& count : now) {
        const RequestCount* known = find(before, count);
        FS_ASSERT(known == nullptr || known->count <= count.count);
        const std::uint64_t more = count.count - (known == nullptr ? 0 : known->count);
        if (more > 0) grown.push_back({.method = count.method, .code = count.code, .count = more});
    }
    return grown;
}

void add(Lifetime& sum, const Lifetime& delta) {
    sum.requests += delta.requests;
    add(sum.by, delta.by);
    sum.bytes_received += delta.bytes_received;
    sum.bytes_sent += delta.bytes_sent;
    sum.uploads += delta.uploads;
    sum.errors += delta.errors;
    sum.starts += delta.starts;
    const ColdStarts& cold = delta.cold_starts;
    FS_ASSERT(cold.count > 0 || cold.last_us == 0);
    sum.cold_starts.count += cold.count;
    sum.cold_starts.total_us += cold.total_us;
    sum.cold_starts.longest_us = std::max(sum.cold_starts.longest_us, cold.longest_us);
    if (cold.count > 0) sum.cold_starts.last_us = cold.last_us;
    if (delta.last_exit_s < sum.last_exit_s) return;
    if (delta.last_exit_s == 0) return;
    sum.last_exit_s = delta.last_exit_s;
    sum.last_exit_reason = delta.last_exit_reason;
}

std::string to_json(const Lifetime& lifetime) {
    FS_ASSERT(lifetime.last_exit_s >= 0);
    return text_of(lifetime, lifetime_schema, JsonText::Layout::indented) + '\n';
}

std::optional<Lifetime> parse_lifetime(std::string_view text) {
    return parse_described<Lifetime>(text, lifetime_schema);
}

}  // namespace filesrv::observe
