// SPDX-License-Identifier: MIT
// Any bytes as the value of each field that has a grammar of its own.
#include "fuzz.hpp"

#include "http/authority.hpp"
#include "http/date.hpp"
#include "http/etag.hpp"
#include "http/form_fields.hpp"
#include "http/media_type.hpp"
#include "http/range.hpp"
#include "http/target.hpp"

using namespace filesrv;
using namespace filesrv::http;

namespace {

void check_date(std::string_view text) {
    constexpr std::int64_t now = 1'800'000'000;
    const auto seconds = parse_date(text, now);
    if (seconds) FS_ASSERT(parse_date(format_date(*seconds).view(), now) == seconds);
}

void check_ranges(std::string_view text, std::uint64_t size) {
    RangeSet set;
    if (set.resolve(text, size) != RangeOutcome::partial) return;
    std::uint64_t bytes = 0;
    for (const Slice& slice : set.slices()) {
        FS_ASSERT(slice.length > 0 && slice.length <= size && slice.offset <= size - slice.length);
        bytes += slice.length;
        FS_ASSERT(bytes <= size);
    }
}

void check_authority(std::string_view text) {
    const auto authority = parse_authority(text);
    (void)is_loopback_host(text);
    if (!authority) return;
    FS_ASSERT(!authority->host.empty() && same_host(authority->host, authority->host));
    FS_ASSERT(text.starts_with(authority->host));
}

void check_form(std::string_view text) {
    if (const auto boundary = form_boundary(text)) FS_ASSERT(!boundary->empty() && boundary->size() <= 70);
    FormPart part;
    if (parse_part_head(text, part) && part.has_filename) {
        const auto name = base_name_of_form_filename(part.filename);
        if (name) FS_ASSERT(name->find_first_of("/\\") == name->npos && *name != ".." && *name != ".");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::as_text(data, size);
    check_date(text);
    for (const std::uint64_t length :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, ~std::uint64_t{0}}) {
        check_ranges(text, length);
    }
    check_authority(text);
    check_form(text);
    (void)find_tag(text, "\"x\"", TagComparison::weak);
    FS_ASSERT(!media_type(text).empty());
    Target target;
    (void)parse_target(text, target);
    return 0;
}
