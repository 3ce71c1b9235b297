// SPDX-License-Identifier: MIT
// Names in folders of the server, for completion.
#include "tools/filesrv-client/remote_names.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "tools/filesrv-client/remote_folder.hpp"

namespace filesrv::client {
namespace {

constexpr Duration kept_for = std::chrono::seconds(5);
constexpr std::size_t folders_max = 8;

}  // namespace

RemoteNames::RemoteNames(Server server, Ask ask, Now now) : server_(std::move(server)), ask_(std::move(ask)), now_(std::move(now)) {}

const std::vector<NameThere>& RemoteNames::in(const std::string& folder) {
    FS_ASSERT(folder.empty() || folder.ends_with('/'));
    const Instant now = now_();
    std::erase_if(known_, [now](const Known& known) { return now - known.asked_at > kept_for; });
    const auto found = std::ranges::find(known_, folder, &Known::folder);
    if (found != known_.end()) return found->names;
    if (known_.size() == folders_max) known_.erase(known_.begin());
    known_.push_back({.folder = folder, .names = asked(folder), .asked_at = now});
    return known_.back().names;
}

std::vector<NameThere> RemoteNames::asked(const std::string& folder) const {
    Request request{.verb = Verb::list, .server = server_};
    if (!folder.empty()) {
        auto remote = parse_remote(folder);
        if (!remote) return {};
        request.remote = std::move(*remote);
    }
    const auto listing = ask_(request);
    if (!listing) return {};
    auto items = parse_remote_folder(*listing);
    if (!items) return {};
    std::vector<NameThere> names;
    for (RemoteItem& item : *items) names.push_back({.name = std::move(item.name), .folder = item.folder});
    return names;
}

}  // namespace filesrv::client
