// SPDX-License-Identifier: MIT
// Several ranges of a file: the pieces of the body, in order.
#include "serve/ranges_source.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <unistd.h>


using namespace filesrv;
using namespace filesrv::serve;

TEST_CASE("parts and slices alternate, and together have the length that was promised") {  // RFC 9110 14.6
    auto entry = std::make_unique<store::Entry>();
    entry->fd = os::UniqueFd::adopt(::dup(STDIN_FILENO));
    entry->stat.size = 1000;
    const auto ref = store::EntryRef::publish(std::move(entry));
    http::ResponsePlan plan{.status = http::Status::partial_content, .send_body = true, .size = 1000, .slice = {}, .ranges = {}};
    REQUIRE(plan.ranges.resolve("bytes=900-,5-9,100-199", 1000) == http::RangeOutcome::partial);
    http::ByteRanges layout;
    layout.lay_out(plan, "text/plain", {1, 2});
    const std::uint64_t promised = layout.content_length();
    const auto slices = plan.ranges.slices();
    RangesSource source(ref, std::move(layout), std::vector(slices.begin(), slices.end()));

    std::uint64_t bytes = 0;
    std::string last_text;
    std::vector<std::uint64_t> offsets;
    for (;;) {
        std::string text;
        FileTransfer slice;
        const auto next = source.next(text, slice);
        REQUIRE(next);
        if (*next == BodySource::Next::end) {
            CHECK(text.empty());
            CHECK_FALSE(slice.is_active());
            break;
        }
        bytes += text.size() + slice.remaining;
        if (slice.is_active()) offsets.push_back(slice.offset);
        last_text = text;
    }
    CHECK(bytes == promised);
    CHECK(offsets == std::vector<std::uint64_t>{900, 5, 100});
    CHECK(last_text.ends_with("--\r\n"));
}
