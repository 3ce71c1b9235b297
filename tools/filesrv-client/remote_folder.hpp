// SPDX-License-Identifier: MIT
// A folder of the server as its JSON listing tells it, and as LS shows it.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filesrv::client {

struct RemoteItem {
    std::string name;  ///< its bytes; never empty, "." or "..", no slash, no zero byte
    bool folder = false;
    std::optional<std::uint64_t> size;
    std::string modified;  ///< as the server wrote it; "" = it did not
};

/// Reads an array of {name, type, size, mtime, href}, which filesrvd and nginx give; nginx's folders are of type
/// "directory". href, percent-encoded, is there when the name is no UTF-8. Items that no file could be are left out.
/// An error is one clause.
[[nodiscard]] std::expected<std::vector<RemoteItem>, std::string> parse_remote_folder(std::string_view json);

/// `4.0 KiB  2026-11-23 03:09  notes.txt`, a line an item, in the order given, then how many there are. Folders end in
/// a slash; nothing in a name reaches the terminal but what can be printed.
[[nodiscard]] std::string folder_text(std::span<const RemoteItem> items);

}  // namespace filesrv::client
