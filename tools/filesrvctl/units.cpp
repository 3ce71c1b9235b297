// SPDX-License-Identifier: MIT
// What a service manager knows of filesrv's units: the text of `systemctl show`, taken apart and judged.
#include "tools/filesrvctl/units.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace filesrv::ctl {
namespace {

constexpr std::string_view service_end = ".service";
constexpr std::string_view socket_end = ".socket";

/// Takes the part before `separator` off the front; all of it when there is none.
std::string_view take(std::string_view& text, std::string_view separator) {
    FS_ASSERT(!separator.empty());
    const std::size_t at = text.find(separator);
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(at == text.npos ? text.size() : at + separator.size());
    return part;
}

/// The addresses of Listen= that are streams: `127.0.0.1:8080 (Stream)`.
std::vector<std::string> stream_listeners(const Unit& socket, bool paths) {
    constexpr std::string_view stream = " (Stream)";
    std::vector<std::string> found;
    const std::string all = socket.property("Listen");
    for (std::string_view left = all; !left.empty();) {
        std::string_view line = take(left, "\n");
        if (!line.ends_with(stream)) continue;
        line.remove_suffix(stream.size());
        const bool is_path = line.starts_with('/') || line.starts_with('@');
        if (is_path == paths) found.emplace_back(line);
    }
    return found;
}

Instance& instance_named(std::vector<Instance>& all, std::string_view name, Manager manager) {
    const auto found = std::ranges::find(all, name, &Instance::name);
    if (found != all.end()) return *found;
    all.push_back({.name = std::string(name), .manager = manager, .service = {}, .sockets = {}});
    return all.back();
}

/// `filesrv.service` of a socket that starts it; what it does not tell is in its name.
std::string service_of(const Unit& socket) {
    std::string service = socket.property("Triggers");
    if (!service.ends_with(service_end)) {
        service = socket.property("Id");
        service.replace(service.size() - socket_end.size(), socket_end.size(), service_end);
    }
    return service;
}

bool is_control(const Unit& socket) { return socket.property("FileDescriptorName") == "control"; }

bool is(const Unit& unit, std::string_view state) { return unit.property("ActiveState") == state; }

}  // namespace

std::string Unit::property(std::string_view name) const {
    const auto found = std::ranges::find(properties_, name, &std::pair<std::string, std::string>::first);
    return found == properties_.end() ? std::string() : found->second;
}

std::uint64_t Unit::number(std::string_view name) const { return parse_decimal(property(name)).value_or(0); }

std::int64_t Unit::time(std::string_view name) const {
    const std::string text = property(name);
    if (!text.starts_with('@')) return 0;
    return static_cast<std::int64_t>(std::min<std::uint64_t>(parse_decimal(std::string_view(text).substr(1)).value_or(0), INT64_MAX));
}

void Unit::add(std::string_view name, std::string_view value) {
    FS_ASSERT(!name.empty());
    const auto found = std::ranges::find(properties_, name, &std::pair<std::string, std::string>::first);
    if (found == properties_.end()) properties_.emplace_back(name, value);
    else found->second.append("\n").append(value);
}

const Unit& Instance::socket() const {
    static const Unit none;
    const auto found = std::ranges::find_if_not(sockets, is_control);
    return found == sockets.end() ? none : *found;
}

std::string Instance::socket_name() const {
    const std::string id = socket().property("Id");
    return id.empty() ? name + std::string(socket_end) : id;
}

InstanceState state_of(const Instance& instance) {
    const Unit& service = instance.service;
    const Unit& socket = instance.socket();
    if (!service.is_loaded() && !socket.is_loaded()) return InstanceState::missing;
    if (is(service, "active") || is(service, "reloading") || is(service, "deactivating") || service.number("MainPID") > 0)
        return InstanceState::running;
    if (is(socket, "failed")) return InstanceState::socket_failed;
    // `activating` without a process: it waits to be started again after a failure.
    if (is(service, "failed") || is(service, "activating")) return InstanceState::failed;
    return is(socket, "active") ? InstanceState::asleep : InstanceState::down;
}

std::vector<Unit> parse_units(std::string_view shown) {
    std::vector<Unit> all;
    while (!shown.empty()) {
        std::string_view block = take(shown, "\n\n");
        Unit unit;
        while (!block.empty()) {
            std::string_view line = take(block, "\n");
            const std::string_view name = take(line, "=");
            if (!name.empty()) unit.add(name, line);
        }
        if (!unit.empty()) all.push_back(std::move(unit));
    }
    return all;
}

std::vector<Instance> pair_units(const std::vector<Unit>& units, Manager manager) {
    std::vector<Instance> all;
    for (const Unit& unit : units) {
        const std::string id = unit.property("Id");
        const bool is_socket = id.ends_with(socket_end);
        if (!is_socket && !id.ends_with(service_end)) continue;
        const std::string service = is_socket ? service_of(unit) : id;
        Instance& instance = instance_named(all, std::string_view(service).substr(0, service.size() - service_end.size()), manager);
        if (!is_socket) instance.service = unit;
        else if (id == instance.name + std::string(socket_end)) instance.sockets.insert(instance.sockets.begin(), unit);
        else instance.sockets.push_back(unit);
    }
    return all;
}

std::vector<std::string> unix_listeners(const Unit& socket) { return stream_listeners(socket, true); }

std::vector<std::string> tcp_listeners(const Unit& socket) { return stream_listeners(socket, false); }

std::vector<std::string> command_of(const Unit& service) {
    // { path=/usr/bin/filesrvd ; argv[]=/usr/bin/filesrvd --config … ; ignore_errors=no ; … }
    const std::string all = service.property("ExecStart");
    std::string_view text = all;
    (void)take(text, " argv[]=");
    text = text.substr(0, text.find(" ; "));
    std::vector<std::string> words;
    while (!text.empty())
        if (const auto word = take(text, " "); !word.empty()) words.emplace_back(word);
    return words;
}

std::string option_of(const std::vector<std::string>& words, std::string_view name) {
    FS_ASSERT(name.starts_with('-'));
    std::string value;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == name && i + 1 < words.size()) value = words[i + 1];
        else if (words[i].starts_with(name) && words[i][name.size()] == '=') value = words[i].substr(name.size() + 1);
    }
    return value;
}

std::string control_path(const Instance& instance, std::string_view run_folder) {
    FS_ASSERT(run_folder.starts_with('/'));
    for (const Unit& socket : instance.sockets)
        if (const auto paths = unix_listeners(socket); is_control(socket) && !paths.empty()) return paths.front();
    if (auto wanted = option_of(command_of(instance.service), "--control"); !wanted.empty()) return wanted;
    const std::string folders = instance.service.property("RuntimeDirectory");
    if (folders.empty()) return {};
    return std::string(run_folder) + '/' + folders.substr(0, folders.find(' ')) + "/control.sock";
}

}  // namespace filesrv::ctl
