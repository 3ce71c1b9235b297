// SPDX-License-Identifier: MIT
// Content codings: their names, and which of them a client takes.
#include "http/content_coding.hpp"

#include "base/assert.hpp"
#include "http/accept.hpp"

namespace filesrv::http {

std::string_view coding_name(Coding coding) noexcept {
    switch (coding) {
        case Coding::identity: return "";
        case Coding::zstd: return "zstd";
        case Coding::br: return "br";
        case Coding::gzip: return "gzip";
    }
    FS_UNREACHABLE("unknown coding");
}

std::string_view coding_suffix(Coding coding) noexcept {
    switch (coding) {
        case Coding::identity: return "";
        case Coding::zstd: return ".zst";
        case Coding::br: return ".br";
        case Coding::gzip: return ".gz";
    }
    FS_UNREACHABLE("unknown coding");
}

Coding coding_of_name(std::string_view file_name) noexcept {
    for (const Coding coding : encoded_codings) {
        const std::string_view suffix = coding_suffix(coding);
        FS_ASSERT(suffix.size() <= coding_suffix_max);
        if (file_name.size() > suffix.size() && file_name.ends_with(suffix)) return coding;
    }
    return Coding::identity;
}

void WantedCodings::add(Coding coding) noexcept {
    FS_ASSERT(coding != Coding::identity && count_ < codings_.size());
    codings_[count_++] = coding;
}

WantedCodings wanted_codings(const RequestHead& head) noexcept {
    WantedCodings wanted;
    if (!head.has(KnownField::accept_encoding)) return wanted;
    struct Candidate {
        Coding coding = Coding::identity;
        unsigned weight = 0;
    };
    // Unless it is named, or excluded by a wildcard, identity is acceptable but wanted less than what is named.
    const unsigned identity = encoding_weight(head, "identity");
    std::array<Candidate, encoded_codings.size()> by_weight;
    std::size_t count = 0;
    for (const Coding coding : encoded_codings) {
        const unsigned weight = encoding_weight(head, coding_name(coding));
        if (weight == 0 || weight < identity) continue;
        std::size_t at = count++;
        for (; at > 0 && by_weight[at - 1].weight < weight; --at) by_weight[at] = by_weight[at - 1];
        by_weight[at] = {.coding = coding, .weight = weight};
    }
    for (std::size_t i = 0; i < count; ++i) wanted.add(by_weight[i].coding);
    return wanted;
}

}  // namespace filesrv::http
