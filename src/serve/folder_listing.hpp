// SPDX-License-Identifier: MIT
// The answer for a folder without an index: its listing in the form that the client reads best.
#pragma once

#include "http/request.hpp"
#include "serve/answer.hpp"
#include "store/entry.hpp"

namespace filesrv::serve {

class Server;

/// Reads the folder; may block. 403 when listings are off or the folder may not be read.
[[nodiscard]] Answer folder_listing(const Server& server, const http::Request& request, const store::Entry& folder);

}  // namespace filesrv::serve
