// SPDX-License-Identifier: MIT
// Any bytes as a form with the boundary B: the story told may not depend on how they arrive.
#include "fuzz.hpp"

#include "http/multipart.hpp"

#include <algorithm>
#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

using Event = MultipartParser::Event;

/// Adds one event to the story; false when the form is over.
bool tell(std::string& story, const MultipartParser& parser, Event event) {
    switch (event) {
        case Event::need_more: return true;
        case Event::part_begin:
            story.append("[")
                .append(parser.part().name)
                .append("/")
                .append(parser.part().filename)
                .append(":");
            return true;
        case Event::data:
            FS_ASSERT(!parser.data().empty());
            story.append(parser.data().data(), parser.data().size());
            return true;
        case Event::part_end: story.append("]"); return true;
        case Event::done: story.append("done"); return false;
        case Event::rejected: story.append("rejected"); return false;
    }
    return false;
}

std::string read(std::string_view bytes, std::size_t step) {
    MultipartParser parser("B");
    std::string story;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        const auto piece = bytes.substr(at, step);
        std::span<const char> in(piece.data(), piece.size());
        for (Event event = Event::data; event != Event::need_more;) {
            event = parser.next(in);
            if (!tell(story, parser, event)) return story;
        }
        FS_ASSERT(in.empty());
    }
    return story;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::as_text(data, size);
    const std::string whole = read(bytes, std::max<std::size_t>(bytes.size(), 1));
    FS_ASSERT(read(bytes, 1) == whole);
    FS_ASSERT(read(bytes, 1 + bytes.size() % 5) == whole);
    return 0;
}
