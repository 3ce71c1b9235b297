// SPDX-License-Identifier: MIT
// Names in folders of the server, for completion: asked for when TAB is pressed, and kept for a moment.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "tools/filesrv-client/completion.hpp"
#include "tools/filesrv-client/request.hpp"

namespace filesrv::client {

class RemoteNames {
public:
    /// Asks the server for a folder's listing in JSON; an error is one clause. `now` is the time.
    using Ask = std::function<Checked<std::string>(const Request&)>;
    using Now = std::function<Instant()>;
    RemoteNames(Server server, Ask ask, Now now);

    /// `folder` as it is typed: "" or with a slash at its end. What cannot be listed has no names, and that is kept too.
    [[nodiscard]] const std::vector<NameThere>& in(const std::string& folder);

    /// What was typed may have changed the folder.
    void forget() noexcept { known_.clear(); }

private:
    struct Known {
        std::string folder;
        std::vector<NameThere> names;
        Instant asked_at;
    };
    [[nodiscard]] std::vector<NameThere> asked(const std::string& folder) const;

    Server server_;
    Ask ask_;
    Now now_;
    std::vector<Known> known_;  ///< of few folders: the oldest goes
};

}  // namespace filesrv::client
