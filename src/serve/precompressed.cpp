// SPDX-License-Identifier: MIT
// A file's compressed siblings: which of them may be sent in its place.
#include "serve/precompressed.hpp"

#include "store/path.hpp"

namespace filesrv::serve {

http::WantedCodings codings_to_try(const http::RequestHead& head, const store::Entry& file) noexcept {
    if (http::coding_of_name(store::name_of(file.path)) != http::Coding::identity) return {};
    return http::wanted_codings(head);
}

// Compressors give a file the time of what they read, so an equal time is a fresh one.
bool may_stand_for(const store::Entry& sibling, const store::Entry& file) noexcept {
    return sibling.kind == store::Kind::file && sibling.version.mtime_ns >= file.version.mtime_ns;
}

}  // namespace filesrv::serve
