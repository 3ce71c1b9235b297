// SPDX-License-Identifier: MIT
// Lifetime counters to JSON and back.
#include "observe/lifetime.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"

namespace filesrv::observe {
namespace {

constexpr std::uint64_t schema = 1;

template <class Owner>
struct Member {
    const char* name;
    std::uint64_t Owner::* number;
};

constexpr std::array members = {
    Member<Lifetime>{"requests", &Lifetime::requests},         Member<Lifetime>{"bytes_received", &Lifetime::bytes_received},
    Member<Lifetime>{"bytes_sent", &Lifetime::bytes_sent},     Member<Lifetime>{"uploads", &Lifetime::uploads},
    Member<Lifetime>{"errors", &Lifetime::errors},             Member<Lifetime>{"starts", &Lifetime::starts},
};
constexpr std::array cold_members = {
    Member<ColdStarts>{"count", &ColdStarts::count},
    Member<ColdStarts>{"total_us", &ColdStarts::total_us},
    Member<ColdStarts>{"last_us", &ColdStarts::last_us},
    Member<ColdStarts>{"longest_us", &ColdStarts::longest_us},
};

/// False: it is there, and no number.
bool read(const nlohmann::json& object, const char* name, std::uint64_t& into) {
    const auto found = object.find(name);
    if (found == object.end()) return true;
    if (!found->is_number_unsigned()) return false;
    into = found->get<std::uint64_t>();
    return true;
}

template <class Owner, std::size_t count>
bool read_all(const nlohmann::json& object, const std::array<Member<Owner>, count>& names, Owner& into) {
    return std::ranges::all_of(names, [&](const auto& member) { return read(object, member.name, into.*member.number); });
}

}  // namespace

void add(Lifetime& sum, const Lifetime& delta) {
    for (const auto& member : members) sum.*member.number += delta.*member.number;
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
    nlohmann::ordered_json object;
    object["schema"] = schema;
    for (const auto& member : members) object[member.name] = lifetime.*member.number;
    auto& cold = object["cold_starts"];
    for (const auto& member : cold_members) cold[member.name] = lifetime.cold_starts.*member.number;
    object["last_exit"]["time"] = static_cast<std::uint64_t>(lifetime.last_exit_s);
    object["last_exit"]["reason"] = lifetime.last_exit_reason;
    return object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::optional<Lifetime> parse_lifetime(std::string_view text) {
    const auto object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return std::nullopt;
    std::uint64_t its_schema = 0;
    Lifetime lifetime;
    if (!read(object, "schema", its_schema) || its_schema != schema) return std::nullopt;
    if (!read_all(object, members, lifetime)) return std::nullopt;
    const auto cold = object.find("cold_starts");
    if (cold != object.end() && !(cold->is_object() && read_all(*cold, cold_members, lifetime.cold_starts))) return std::nullopt;
    const auto exit = object.find("last_exit");
    if (exit == object.end()) return lifetime;
    std::uint64_t exit_s = 0;
    if (!exit->is_object() || !read(*exit, "time", exit_s) || exit_s > INT64_MAX) return std::nullopt;
    lifetime.last_exit_s = static_cast<std::int64_t>(exit_s);
    const auto reason = exit->find("reason");
    if (reason != exit->end() && reason->is_string()) lifetime.last_exit_reason = reason->get<std::string>();
    return lifetime;
}

}  // namespace filesrv::observe
