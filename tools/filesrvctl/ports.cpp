// SPDX-License-Identifier: MIT
// Who listens on a TCP port.
#include "tools/filesrvctl/ports.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/format.hpp"

namespace filesrv::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view listening = "0A";  // TCP_LISTEN

/// `0100007F`: each four bytes as the number that they are in this machine's order, which is how the kernel prints them.
bool parse_words(std::string_view text, os::PeerAddress& address) {
    const std::size_t words = address.family == os::AddressFamily::v4 ? 1 : 4;
    if (text.size() != words * 8) return false;
    for (std::size_t i = 0; i < words; ++i) {
        const auto word = parse_hex(text.substr(i * 8, 8));
        if (!word) return false;
        const auto value = static_cast<std::uint32_t>(*word);
        std::copy_n(reinterpret_cast<const std::uint8_t*>(&value), sizeof value, address.bytes.begin() + static_cast<std::ptrdiff_t>(i * 4));
    }
    return true;
}

bool is_any(const os::PeerAddress& address) noexcept {
    return std::ranges::all_of(address.bytes, [](std::uint8_t byte) { return byte == 0; });
}

std::vector<PortListener> all_listeners() {
    std::vector<PortListener> all;
    const auto add = [&all](const char* path, os::AddressFamily family) {
        std::ifstream file(path);
        std::ostringstream text;
        text << file.rdbuf();
        std::ranges::move(parse_listeners(text.str(), family), std::back_inserter(all));
    };
    add("/proc/net/tcp", os::AddressFamily::v4);
    add("/proc/net/tcp6", os::AddressFamily::v6);
    return all;
}

bool holds(const fs::path& process, const std::string& link) {
    std::error_code failed;
    for (fs::directory_iterator at(process / "fd", failed), end; !failed && at != end; at.increment(failed)) {
        std::error_code gone;
        if (fs::read_symlink(at->path(), gone) == link) return true;
    }
    return false;
}

/// The first process with that socket; of several, one that we may see.
std::string process_with(std::uint64_t inode) {
    const std::string link = "socket:[" + std::to_string(inode) + ']';
    std::error_code failed;
    for (fs::directory_iterator at("/proc", failed), end; !failed && at != end; at.increment(failed)) {
        const std::string name = at->path().filename().string();
        if (!parse_decimal(name) || !holds(at->path(), link)) continue;
        std::ifstream file(at->path() / "comm");
        std::string program;
        std::getline(file, program);
        return printable(program) + " (process " + name + ')';
    }
    return "somebody";
}

}  // namespace

std::vector<PortListener> parse_listeners(std::string_view table, os::AddressFamily family) {
    FS_ASSERT(family == os::AddressFamily::v4 || family == os::AddressFamily::v6);
    std::vector<PortListener> found;
    std::istringstream lines{std::string(table)};
    for (std::string line; std::getline(lines, line);) {
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
        std::istringstream columns(line);
        std::string number, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
        if (!(columns >> number >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode)) continue;
        const std::size_t colon = local.find(':');
        if (state != listening || colon == std::string::npos) continue;
        const auto port = parse_hex(std::string_view(local).substr(colon + 1));
        const auto number_of_socket = parse_decimal(inode);
        PortListener listener{.address = {.family = family}, .inode = number_of_socket.value_or(0)};
        if (!port || *port > UINT16_MAX || !number_of_socket || !parse_words(std::string_view(local).substr(0, colon), listener.address)) continue;
        listener.address.port = static_cast<std::uint16_t>(*port);
        found.push_back(listener);
    }
    return found;
}

bool is_in_the_way(const os::PeerAddress& held, const os::PeerAddress& wanted) noexcept {
    if (held.port != wanted.port) return false;
    if (held.family == wanted.family) return held.bytes == wanted.bytes || is_any(held) || is_any(wanted);
    // [::] takes the port of every IPv4 address as well, unless it says IPV6_V6ONLY, ipv6(7); that cannot be seen here.
    return false;
}

std::optional<os::PeerAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_decimal(text.substr(colon + 1));
    if (!port || *port > UINT16_MAX) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return os::parse_address(host, static_cast<std::uint16_t>(*port));
}

std::optional<std::string> holder_of(const os::PeerAddress& wanted) {
    FS_ASSERT(wanted.family == os::AddressFamily::v4 || wanted.family == os::AddressFamily::v6);
    for (const PortListener& listener : all_listeners())
        if (is_in_the_way(listener.address, wanted)) return process_with(listener.inode);
    return std::nullopt;
}

}  // namespace filesrv::ctl
