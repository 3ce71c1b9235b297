// SPDX-License-Identifier: MIT
// One request as the prompt and the batch mean it: what to do, with which file here and which there, on which server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace filesrv::client {

/// `list` asks for a folder's listing in JSON and keeps it in memory.
enum class Verb : std::uint8_t { get, head, list, post, put, remove };

/// As it goes over the wire: `GET` for get and list.
[[nodiscard]] std::string_view method(Verb verb) noexcept;
/// As people write and read it: `GET`, `LS`, `DELETE`.
[[nodiscard]] std::string_view name(Verb verb) noexcept;
[[nodiscard]] constexpr bool is_upload(Verb verb) noexcept { return verb == Verb::post || verb == Verb::put; }

struct Server {
    std::string host = "localhost";  ///< a name or an address; IPv6 in brackets
    std::uint16_t port = 8080;
    bool operator==(const Server&) const = default;
};

/// A clause about a bad value, quoting it.
template <class T>
using Checked = std::expected<T, std::string>;

[[nodiscard]] bool is_url(std::string_view text) noexcept;

/// A host name or an address; IPv6 with or without brackets.
[[nodiscard]] Checked<std::string> parse_server_host(std::string_view text);
/// 1 … 65535.
[[nodiscard]] Checked<std::uint16_t> parse_server_port(std::string_view text);

struct Request {
    Verb verb = Verb::get;
    std::string remote;     ///< the path below the server's root, not encoded, no leading slash; "" = the root
    std::string local;      ///< get: from the folder for downloads. Uploads: a path of this machine. Else empty
    Server server;
    std::size_t line = 0;   ///< in the batch, from 1; 0 = typed
    bool may_fail = false;  ///< its failure is told and does not count
};

/// `http://HOST:PORT/PATH`, percent-encoded; without `:80`.
[[nodiscard]] std::string url_of(const Request& request);

/// A remote path as it is sent: slashes in a row and `.` segments gone. Refused: `..`, which servers resolve in
/// different ways, and a NUL. A final slash stays.
[[nodiscard]] Checked<std::string> parse_remote(std::string_view text);

/// The last segment of a remote path, for a file that is saved under its own name. Refused: a folder.
[[nodiscard]] Checked<std::string> own_name(std::string_view remote);

}  // namespace filesrv::client
