// SPDX-License-Identifier: MIT
// What a line of the prompt means as a request.
#include "tools/filesrv-client/prompt_requests.hpp"

#include <utility>

#include "base/assert.hpp"
#include "config/values.hpp"

namespace filesrv::client {
namespace {

Verb verb_of(PromptVerb verb) noexcept {
    switch (verb) {
        case PromptVerb::get: return Verb::get;
        case PromptVerb::post: return Verb::post;
        case PromptVerb::put: return Verb::put;
        case PromptVerb::remove: return Verb::remove;
        case PromptVerb::head: return Verb::head;
        case PromptVerb::ls: return Verb::list;
        case PromptVerb::help:
        case PromptVerb::quit: break;
    }
    FS_UNREACHABLE("a verb that asks the server for nothing");
}

std::string in_folder(std::string folder, std::string_view name) {
    if (!folder.ends_with('/')) folder += '/';
    return folder.append(name);
}

Checked<void> name_download(Request& request, const Command& command, const IsFolder& is_folder) {
    auto name = own_name(request.remote);
    if (!name) return std::unexpected(name.error());
    if (command.second.empty()) {
        request.local = std::move(*name);
    } else if (command.second.ends_with('/') || is_folder(command.second)) {
        request.local = in_folder(command.second, *name);
    } else {
        request.local = command.second;
    }
    return {};
}

/// Whoever names no path there wants the same as here, which has to be one that the server can have.
Checked<void> name_upload(Request& request, const Command& command) {
    request.local = command.first;
    auto remote = parse_remote(command.second.empty() ? command.first : command.second);
    if (!remote) return std::unexpected(remote.error() + (command.second.empty() ? "; say how it is called there: FILE REMOTE-NAME" : ""));
    request.remote = std::move(*remote);
    if (command.second.empty()) {
        const auto name = own_name(request.remote);
        return name ? Checked<void>() : std::unexpected(name.error());
    }
    if (!request.remote.empty() && !request.remote.ends_with('/')) return {};
    const std::string_view name = std::string_view(command.first).substr(command.first.rfind('/') + 1);  // npos + 1 is 0
    if (name.empty() || name == "." || name == "..") return std::unexpected(config::in_quotes(command.first) + " names no file");
    request.remote += name;
    return {};
}

}  // namespace

Checked<Request> request_of(const Command& command, const Server& server, const IsFolder& is_folder) {
    Request request{.verb = verb_of(command.verb), .server = server};
    if (is_upload(request.verb)) {
        const auto named = name_upload(request, command);
        return named ? Checked<Request>(std::move(request)) : std::unexpected(named.error());
    }
    if (!command.first.empty()) {
        auto remote = parse_remote(command.first);
        if (!remote) return std::unexpected(remote.error());
        request.remote = std::move(*remote);
    }
    if (request.verb == Verb::list && !request.remote.empty() && !request.remote.ends_with('/')) request.remote += '/';
    if (request.verb == Verb::remove) {
        if (const auto name = own_name(request.remote); !name) return std::unexpected(name.error());
    }
    if (request.verb != Verb::get) return request;
    const auto named = name_download(request, command, is_folder);
    return named ? Checked<Request>(std::move(request)) : std::unexpected(named.error());
}

}  // namespace filesrv::client
