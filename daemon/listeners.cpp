// SPDX-License-Identifier: MIT
// The daemon's listeners. Everything that can go wrong here names the address and the system's error.
#include "daemon/listeners.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/assert.hpp"
#include "config/values.hpp"
#include "daemon/startup_error.hpp"
#include "os/socket.hpp"

namespace filesrv::daemon {
namespace {

using config::ListenAddress;
using os::PeerAddress;

/// The kernel cuts it to net.core.somaxconn, listen(2).
constexpr int backlog = 4096;
/// Port 0 is chosen by the first family; the second may find it taken by somebody else.
constexpr int pair_attempts = 16;
constexpr std::string_view loopback_v4 = "127.0.0.1";
constexpr std::string_view loopback_v6 = "::1";

[[noreturn]] void cannot_listen(const std::string& address, const std::string& why) {
    throw StartupError(exit_could_not_run, "cannot listen on " + address + ": " + why);
}

[[noreturn]] void cannot_listen(const std::string& address, int error) {
    cannot_listen(address, std::strerror(error));
}

/// The machine has no such family: nothing to complain about where the other one will do.
bool is_missing_family(int error) noexcept {
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT;
}

PeerAddress numeric(std::string_view host, std::uint16_t port) {
    const auto address = os::parse_address(host, port);
    FS_ASSERT(address.has_value());
    return *address;
}

std::string url_of(const PeerAddress& address) {
    return "http://" + address.text() + '/';
}

/// A listener that is open, with its real port in every text.
Listener describe(os::UniqueFd fd) {
    const auto address = os::local_address(fd.get());
    if (!address) throw StartupError(exit_could_not_run, address.error().message());
    Listener listener{.fd = std::move(fd)};
    if (address->family == os::AddressFamily::unix_socket) {
        const auto path = os::local_unix_path(listener.fd.get());
        listener.address = "unix:" + (path ? *path : std::string());
        listener.url = listener.address;
        listener.unix_socket = true;
        return listener;
    }
    listener.address = address->text();
    listener.url = url_of(*address);
    listener.loopback = address->is_loopback();
    return listener;
}

Listener open_tcp(const PeerAddress& address) {
    auto fd = os::listen_tcp(address, backlog);
    if (!fd) cannot_listen(address.text(), fd.error().code);
    return describe(*std::move(fd));
}

std::uint16_t real_port(const os::UniqueFd& fd) {
    const auto address = os::local_address(fd.get());
    if (!address) throw StartupError(exit_could_not_run, "cannot tell on which port it listens");
    return address->port;
}

/// Both families on one port, or the one that the machine has.
struct Pair {
    std::optional<os::UniqueFd> v4;
    std::optional<os::UniqueFd> v6;
};

/// One try. Nothing when port 0 gave the first family a port that the second cannot have.
std::optional<Pair> try_pair(std::string_view host_v4, std::string_view host_v6, std::uint16_t port) {
    Pair pair;
    const PeerAddress v4 = numeric(host_v4, port);
    auto first = os::listen_tcp(v4, backlog);
    if (!first && !is_missing_family(first.error().code)) cannot_listen(v4.text(), first.error().code);
    if (first) pair.v4 = *std::move(first);

    const PeerAddress v6 = numeric(host_v6, pair.v4 ? real_port(*pair.v4) : port);
    auto second = os::listen_tcp(v6, backlog);
    if (second) {
        pair.v6 = *std::move(second);
        return pair;
    }
    const int error = second.error().code;
    if (error == EADDRINUSE && port == 0 && pair.v4) return std::nullopt;
    if (!is_missing_family(error) || !pair.v4) cannot_listen(v6.text(), error);
    return pair;
}

void open_pair(std::string_view host_v4, std::string_view host_v6, std::uint16_t port,
               std::vector<Listener>& out) {
    for (int attempt = 0; attempt < pair_attempts; ++attempt) {
        std::optional<Pair> pair = try_pair(host_v4, host_v6, port);
        if (!pair) continue;
        if (pair->v4) out.push_back(describe(*std::move(pair->v4)));
        if (pair->v6) out.push_back(describe(*std::move(pair->v6)));
        return;
    }
    cannot_listen("port 0", "no port was free for both families");
}

/// `localhost` stands for both families in the URL too: it is what people type, and what browsers trust.
std::string url_of_localhost(std::uint16_t port) { return "http://localhost:" + std::to_string(port) + '/'; }

void open_localhost(std::uint16_t port, std::vector<Listener>& out) {
    const std::size_t before = out.size();
    open_pair(loopback_v4, loopback_v6, port, out);
    for (std::size_t i = before; i < out.size(); ++i)
        out[i].url = url_of_localhost(real_port(out[i].fd));
}

/// Whoever opened them: both families of loopback on one port are localhost there.
void name_localhost(std::vector<Listener>& listeners) {
    for (Listener& v4 : listeners) {
        if (!v4.loopback || v4.address != numeric(loopback_v4, real_port(v4.fd)).text()) continue;
        const std::uint16_t port = real_port(v4.fd);
        const auto v6 = std::ranges::find(listeners, numeric(loopback_v6, port).text(), &Listener::address);
        if (v6 != listeners.end()) v4.url = v6->url = url_of_localhost(port);
    }
}

void open_host(const ListenAddress& wanted, std::vector<Listener>& out) {
    if (const auto address = os::parse_address(wanted.host, wanted.port)) {
        out.push_back(open_tcp(*address));
        return;
    }
    const auto addresses = os::resolve(wanted.host, wanted.port);
    if (!addresses) {
        const Error& error = addresses.error();
        cannot_listen(config::to_text(wanted), error.code == EADDRNOTAVAIL ? "no address is known for " + error.subject : error.message());
    }
    for (const PeerAddress& address : *addresses) out.push_back(open_tcp(address));
}

Listener open_unix(const std::string& path) {
    if (const auto cleared = os::clear_stale_socket(path); !cleared)
        cannot_listen("unix:" + path, cleared.error().code);
    auto opened = os::listen_unix(path, backlog);
    if (!opened) cannot_listen("unix:" + path, opened.error().code);
    Listener listener = describe(std::move(opened->fd));
    listener.file = std::move(opened->file);
    return listener;
}

}  // namespace

std::vector<Listener> open_listeners(const std::vector<ListenAddress>& addresses) {
    FS_ASSERT(!addresses.empty());
    std::vector<Listener> listeners;
    for (const ListenAddress& wanted : addresses) {
        switch (wanted.kind) {
            case ListenAddress::Kind::localhost: open_localhost(wanted.port, listeners); break;
            case ListenAddress::Kind::all_interfaces:
                open_pair("0.0.0.0", "::", wanted.port, listeners);
                break;
            case ListenAddress::Kind::host: open_host(wanted, listeners); break;
            case ListenAddress::Kind::unix_socket: listeners.push_back(open_unix(wanted.path)); break;
        }
    }
    FS_ASSERT(!listeners.empty());
    return listeners;
}

std::vector<Listener> describe_inherited(std::vector<InheritedListener> inherited, std::span<const Origin> origins) {
    FS_ASSERT(origins.empty() || origins.size() == inherited.size());
    std::vector<Listener> listeners;
    for (std::size_t i = 0; i < inherited.size(); ++i) {
        FS_ASSERT(inherited[i].fd.is_open());
        Listener& listener = listeners.emplace_back(describe(std::move(inherited[i].fd)));
        listener.name = std::move(inherited[i].name);
        listener.role = inherited[i].role;
        listener.activated = origins.empty() || !origins[i].ours;
        if (origins.empty() || !origins[i].file) continue;
        if (const auto path = os::local_unix_path(listener.fd.get()))
            listener.file = os::SocketFile::of_another(*path, origins[i].file->device, origins[i].file->inode);
    }
    name_localhost(listeners);
    return listeners;
}

void own_files(std::span<Listener> listeners) noexcept {
    for (Listener& listener : listeners) listener.file.own();
}

Origin origin_of(const Listener& listener) {
    Origin origin{.ours = !listener.activated, .file = std::nullopt};
    if (listener.file.is_ours()) origin.file = FileIdentity{listener.file.device(), listener.file.inode()};
    return origin;
}

}  // namespace filesrv::daemon
