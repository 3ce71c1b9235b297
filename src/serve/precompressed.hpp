// SPDX-License-Identifier: MIT
// A file's compressed siblings: which of them, if any, is sent in its place. Knows neither cache nor disk: the caller looks up.
#pragma once

#include <optional>
#include <string>

#include "base/assert.hpp"
#include "http/content_coding.hpp"
#include "http/request_head.hpp"
#include "store/entry.hpp"
#include "store/store.hpp"

namespace filesrv::serve {

/// The codings worth a look-up for this file: none for what is compressed already.
[[nodiscard]] http::WantedCodings codings_to_try(const http::RequestHead& head, const store::Entry& file) noexcept;

/// A sibling must be a file, and not older than the one that it stands for.
[[nodiscard]] bool may_stand_for(const store::Entry& sibling, const store::Entry& file) noexcept;

/// Selects the representation (RFC 9110 section 3.2) that a GET or HEAD of `file` is answered with: the best sibling that is
/// there takes its place, and its coding is returned. `look_up(path)` gives a store::Lookup; where that would block,
/// nothing is selected. A sibling that cannot be opened is as good as absent: the file itself is always an answer.
template <class LookUp>
[[nodiscard]] std::optional<http::Coding> select_representation(const http::RequestHead& head, store::EntryRef& file,
                                                                LookUp&& look_up) {
    FS_ASSERT(file->kind == store::Kind::file);
    std::string path;
    for (const http::Coding coding : codings_to_try(head, *file)) {
        path.assign(file->path).append(http::coding_suffix(coding));
        store::Lookup sibling = look_up(path);
        if (sibling.status == store::LookupStatus::would_block) return std::nullopt;
        if (sibling.status != store::LookupStatus::found || !may_stand_for(*sibling.entry, *file)) continue;
        file = std::move(sibling.entry);
        return coding;
    }
    return http::Coding::identity;
}

}  // namespace filesrv::serve
