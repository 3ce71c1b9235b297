// SPDX-License-Identifier: MIT
// Requests: the names of verbs, and which paths may be asked for and saved.
#include "tools/filesrv-client/request.hpp"

#include "base/assert.hpp"
#include "config/values.hpp"
#include "http/target.hpp"

namespace filesrv::client {
namespace {

/// The next segment off the front of a path, and the slash behind it.
std::string_view take_segment(std::string_view& rest) noexcept {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    return segment;
}

bool holds_nul(std::string_view text) noexcept { return text.find('\0') != std::string_view::npos; }

bool is_host_and_port(std::string_view text) noexcept {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    return text[colon - 1] == ']' || text.find(':') == colon;
}

}  // namespace

bool is_url(std::string_view text) noexcept { return text.starts_with("http://") || text.starts_with("https://"); }

std::string_view method(Verb verb) noexcept { return verb == Verb::list ? "GET" : name(verb); }

std::string_view name(Verb verb) noexcept {
    switch (verb) {
        case Verb::get: return "GET";
        case Verb::head: return "HEAD";
        case Verb::list: return "LS";
        case Verb::post: return "POST";
        case Verb::put: return "PUT";
        case Verb::remove: return "DELETE";
    }
    FS_UNREACHABLE("a verb of no name");
}

Checked<std::string> parse_server_host(std::string_view text) {
    if (is_url(text)) return std::unexpected(config::in_quotes(text) + " is a URL; write HOST PORT");
    if (is_host_and_port(text)) return std::unexpected(config::in_quotes(text) + " is a host with a port; write HOST PORT");
    // Two colons and no bracket: an address of IPv6 as everybody types it.
    const bool bare_v6 = !text.starts_with('[') && text.find(':') != text.rfind(':');
    auto host = config::parse_host(bare_v6 ? "[" + std::string(text) + "]" : std::string(text));
    if (host && *host == "*") return std::unexpected("'*' is not a host name");
    return host;
}

Checked<std::uint16_t> parse_server_port(std::string_view text) {
    const auto port = config::parse_port(text);
    if (!port || *port == 0) return std::unexpected(config::in_quotes(text) + " is not a port (1 to 65535)");
    return *port;
}

std::string url_of(const Request& request) {
    FS_ASSERT(!request.server.host.empty() && request.server.port != 0);
    std::string url = "http://" + request.server.host;
    if (request.server.port != 80) url += ":" + std::to_string(request.server.port);
    url += '/';
    http::append_encoded_path(url, request.remote);
    return url;
}

Checked<std::string> parse_remote(std::string_view text) {
    if (text.empty()) return std::unexpected("the path is empty");
    if (holds_nul(text)) return std::unexpected("the path holds a NUL");
    if (is_url(text)) return std::unexpected(config::in_quotes(text) + " is a URL, not a path");
    std::string path;
    bool folder = false;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view segment = take_segment(rest);
        if (segment == "..") return std::unexpected(config::in_quotes(text) + " holds '..'");
        folder = segment.empty() || segment == ".";
        if (folder) continue;
        if (!path.empty()) path += '/';
        path += segment;
    }
    if ((folder || text.ends_with('/')) && !path.empty()) path += '/';
    return path;
}

Checked<std::string> own_name(std::string_view remote) {
    const std::string_view own = remote.substr(remote.rfind('/') + 1);  // npos + 1 = 0
    if (own.empty()) return std::unexpected(config::in_quotes("/" + std::string(remote)) + " is a folder, not a file");
    FS_ASSERT(own != "." && own != ".." && !holds_nul(own));  // parse_remote's work
    return std::string(own);
}

}  // namespace filesrv::client
