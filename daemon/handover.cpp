// SPDX-License-Identifier: MIT
// What a successor finds in its environment besides the variables of socket activation.
#include "daemon/handover.hpp"

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace filesrv::daemon {
namespace {

/// The text before the next `separator`, which is taken off `rest` together with it.
std::string_view take_item(std::string_view& rest, char separator) noexcept {
    const std::string_view item = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    return item;
}

std::optional<Origin> parse_origin(std::string_view text) noexcept {
    if (text == "manager") return Origin{};
    if (take_item(text, '.') != "ours") return std::nullopt;
    Origin origin{.ours = true, .file = std::nullopt};
    if (text.empty()) return origin;
    const auto device = parse_decimal(take_item(text, '.'));
    const auto inode = parse_decimal(text);
    if (!device || !inode) return std::nullopt;
    origin.file = FileIdentity{.device = *device, .inode = *inode};
    return origin;
}

}  // namespace

std::string to_text(std::span<const Origin> origins) {
    std::string text;
    for (const Origin& origin : origins) {
        FS_ASSERT(origin.ours || !origin.file);
        if (!text.empty()) text += ',';
        text += origin.ours ? "ours" : "manager";
        if (origin.file) text += '.' + std::to_string(origin.file->device) + '.' + std::to_string(origin.file->inode);
    }
    return text;
}

std::expected<std::optional<std::vector<Origin>>, std::string> parse_succession(const char* variable, long own_pid) {
    FS_ASSERT(own_pid > 0);
    if (variable == nullptr) return std::nullopt;
    std::string_view rest = variable;
    const auto pid = parse_decimal(take_item(rest, ':'));
    const auto malformed = [&] {
        return std::unexpected(std::string(succession_variable) + " is '" + variable + "', which no filesrvd wrote");
    };
    if (!pid) return malformed();
    if (*pid != static_cast<std::uint64_t>(own_pid)) return std::nullopt;
    std::vector<Origin> origins;
    for (bool more = true; more;) {
        more = rest.contains(',');
        const auto origin = parse_origin(take_item(rest, ','));
        if (!origin) return malformed();
        origins.push_back(*origin);
    }
    return origins;
}

}  // namespace filesrv::daemon
