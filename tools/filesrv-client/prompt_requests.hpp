// SPDX-License-Identifier: MIT
// What a line of the prompt means as a request: the names on both sides.
#pragma once

#include <functional>
#include <string>

#include "tools/filesrv-client/request.hpp"
#include "tools/filesrv-client/verbs.hpp"

namespace filesrv::client {

/// Whether a name that somebody gives to a download is a folder: then it goes in there, under its own name.
using IsFolder = std::function<bool(const std::string&)>;

/// Of GET, POST, PUT, DELETE, HEAD and LS. An error is one printable clause that names the word.
[[nodiscard]] Checked<Request> request_of(const Command& command, const Server& server, const IsFolder& is_folder);

}  // namespace filesrv::client
