// SPDX-License-Identifier: MIT
// The start line and the exposure warning: what a person should know in the first second.
#include "daemon/start_line.hpp"

#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "config/values.hpp"

namespace filesrv::daemon {

std::string start_line(std::string_view root, std::span<const Listener> listeners, Duration idle_shutdown) {
    FS_ASSERT(!listeners.empty());
    std::vector<std::string_view> urls;
    for (const Listener& listener : listeners)
        if (std::find(urls.begin(), urls.end(), listener.url) == urls.end()) urls.push_back(listener.url);

    std::string line = "serving " + std::string(root) + " on ";
    for (const std::string_view url : urls) {
        if (url != urls.front()) line += ", ";
        line += url;
    }
    if (idle_shutdown == Duration::zero()) return line + " — stays until it is stopped";
    return line + " — stops after " + config::to_text(idle_shutdown) +
           " s without a request (--idle-shutdown 0 keeps it)";
}

std::optional<std::string> exposure_warning(std::span<const Listener> listeners, bool uploads) {
    if (!uploads) return std::nullopt;
    for (const Listener& listener : listeners)
        if (!listener.loopback && !listener.unix_socket)
            return "anybody who reaches " + listener.address +
                   " may upload and replace files (--read-only forbids it)";
    return std::nullopt;
}

}  // namespace filesrv::daemon
