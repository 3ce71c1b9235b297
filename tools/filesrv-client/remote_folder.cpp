// SPDX-License-Identifier: MIT
// A folder of the server as its JSON listing tells it.
#include "tools/filesrv-client/remote_folder.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"
#include "base/columns.hpp"
#include "base/numbers.hpp"
#include "base/readable.hpp"
#include "base/utf8.hpp"

namespace filesrv::client {
namespace {

using nlohmann::json;

/// The member as text; "" when it is not there or something else.
std::string text_of(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// RFC 3986 section 2.1. A percent sign without two digits stands for itself.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text[i] == '%' && i + 2 < text.size() ? parse_hex(text.substr(i + 1, 2)) : std::nullopt;
        out += byte ? static_cast<char>(*byte) : text[i];
        if (byte) i += 2;
    }
    return out;
}

/// A hostile server must not make a name of ours that leaves a folder.
bool is_possible(std::string_view name) noexcept {
    return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos && name.find('\0') == name.npos;
}

std::optional<RemoteItem> item_of(const json& row) {
    if (!row.is_object()) return std::nullopt;
    const std::string href = text_of(row, "href");
    const std::string type = text_of(row, "type");
    RemoteItem item{.name = href.empty() ? text_of(row, "name") : decoded(href),
                    .folder = type == "folder" || type == "directory",
                    .size = {},
                    .modified = text_of(row, "mtime")};
    if (!is_possible(item.name)) return std::nullopt;
    const auto size = row.find("size");
    if (!item.folder && size != row.end() && size->is_number_unsigned()) item.size = size->get<std::uint64_t>();
    return item;
}

/// `2026-11-23T03:09:13Z` as `2026-11-23 03:09`; what is written otherwise stays.
std::string minute_of(const std::string& modified) {
    std::string out;
    append_printable(out, modified);
    if (out.size() != 20 || out[10] != 'T' || out[19] != 'Z') return out;
    out.resize(16);
    out[10] = ' ';
    return out;
}

std::string size_of(const RemoteItem& item) {
    std::string out;
    if (item.size) append_size(out, *item.size);
    return out;
}

std::string counted(std::size_t count, std::string_view thing) {
    return std::to_string(count) + ' ' + std::string(thing) + (count == 1 ? "" : "s");
}

}  // namespace

std::expected<std::vector<RemoteItem>, std::string> parse_remote_folder(std::string_view text) {
    const json listing = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!listing.is_array()) return std::unexpected("the answer is no listing in JSON");
    std::vector<RemoteItem> items;
    for (const json& row : listing)
        if (auto item = item_of(row)) items.push_back(std::move(*item));
    return items;
}

std::string folder_text(std::span<const RemoteItem> items) {
    std::size_t size_columns = 0;
    std::size_t time_columns = 0;
    for (const RemoteItem& item : items) {
        size_columns = std::max(size_columns, size_of(item).size());
        time_columns = std::max(time_columns, columns_of(minute_of(item.modified)));
    }
    std::string out;
    for (const RemoteItem& item : items) {
        const std::string size = size_of(item);
        const std::string time = minute_of(item.modified);
        out.append(size_columns - size.size(), ' ').append(size).append("  ").append(time);
        out.append(time_columns - columns_of(time) + 2, ' ');
        append_printable(out, item.name);
        out += item.folder ? "/\n" : "\n";
    }
    const auto folders = static_cast<std::size_t>(std::ranges::count(items, true, &RemoteItem::folder));
    return out + counted(folders, "folder") + ", " + counted(items.size() - folders, "file") + '\n';
}

}  // namespace filesrv::client
