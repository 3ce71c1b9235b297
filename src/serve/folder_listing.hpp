// SPDX-License-Identifier: MIT
// The answer for a folder without an index: its listing in the form that the client reads best.
#pragma once

#include <memory>

#include "http/request.hpp"
#include "serve/answer.hpp"
#include "serve/body_source.hpp"
#include "store/entry.hpp"

namespace filesrv::serve {

class Server;

/// A listing that fits limits::listing_whole_bytes is a whole answer with an entity tag of its bytes, so that a tag
/// never vouches for what has changed. Of a longer one the answer has the beginning, and no tag: that would take a look
/// at every file before the first byte, and the folder's own time does not tell when a file in it grows.
struct FolderAnswer {
    Answer answer;
    std::unique_ptr<BodySource> rest;  ///< what follows answer.body; null = nothing
};

/// Reads the folder; may block. 403 when listings are off or the folder may not be read, 304 and 412 by the request's
/// conditions on tags (RFC 9110 section 13.1; a listing has no date).
[[nodiscard]] FolderAnswer folder_listing(Server& server, const http::Request& request, const store::Entry& folder);

}  // namespace filesrv::serve
