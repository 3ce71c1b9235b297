// SPDX-License-Identifier: MIT
// Any bytes as a form with the boundary B: the story told may not depend on how they arrive, and is what searching for
// the boundary in all of it finds.
#include "fuzz.hpp"

#include "http/limits.hpp"
#include "http/multipart.hpp"

#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

using Event = MultipartParser::Event;

void tell_begin(std::string& story, const FormPart& part) {
    story.append("[").append(part.name).append("/").append(part.filename).append(":");
}

/// Adds one event to the story; false when the form is over.
bool tell(std::string& story, const MultipartParser& parser, Event event) {
    switch (event) {
        case Event::need_more: return true;
        case Event::part_begin: tell_begin(story, parser.part()); return true;
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

std::string read(std::string_view bytes, fuzz::Cuts cuts) {
    MultipartParser parser("B");
    std::string story;
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, cuts.next(bytes.size()));
        bytes.remove_prefix(piece.size());
        std::span<const char> in(piece.data(), piece.size());
        for (Event event = Event::data; event != Event::need_more;) {
            event = parser.next(in);
            if (!tell(story, parser, event)) return story;
        }
        FS_ASSERT(in.empty());
    }
    return story;
}

struct Told {
    std::string story;
    bool is_over = true;  ///< else more bytes would go on with it
};

/// Takes what stands behind a boundary: 'p' a part follows, 'd' the form is done, 'b' bad, 'm' not all of it is there.
char take_delimiter_end(std::string_view& rest) {
    if (rest.starts_with("--")) return 'd';
    const std::size_t blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
    if (blanks > 64) return 'b';
    const std::string_view end = rest.substr(blanks);
    if (end.empty() || end == "\r" || (end == "-" && blanks == 0)) return 'm';
    if (!end.starts_with("\r\n")) return 'b';
    rest = end.substr(2);
    return 'p';
}

/// With all bytes at hand. The line's end before a form's first boundary is imagined.
Told reference(std::string_view bytes) {
    const std::string all = "\r\n" + std::string(bytes);
    constexpr std::string_view delimiter = "\r\n--B";
    std::string_view rest = all;
    Told told;
    const auto rejected = [&told] { return told.story += "rejected", told; };
    const auto cut_off = [&told] { return told.is_over = false, told; };
    const std::size_t first = rest.find(delimiter);
    if (first == rest.npos) return cut_off();
    if (first > limits::preamble_bytes_max + 2) return rejected();
    rest.remove_prefix(first + delimiter.size());
    for (;;) {
        const char what = take_delimiter_end(rest);
        if (what == 'd') return told.story += "done", told;
        if (what == 'm') return cut_off();
        if (what == 'b') return rejected();
        const std::size_t head = rest.starts_with("\r\n") ? 0 : rest.find("\r\n\r\n");
        if (head == rest.npos && rest.size() <= limits::part_head_bytes_max) return cut_off();
        const std::size_t head_bytes = head == 0 ? 2 : head + 4;
        if (head == rest.npos || head_bytes > limits::part_head_bytes_max) return rejected();
        FormPart part;
        if (!parse_part_head(rest.substr(0, head_bytes - 2), part)) return rejected();
        tell_begin(told.story, part);
        rest.remove_prefix(head_bytes);
        const std::size_t end = rest.find(delimiter);
        if (end == rest.npos) return cut_off();
        told.story.append(rest.substr(0, end)).append("]");
        rest.remove_prefix(end + delimiter.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::as_text(data, size);
    const std::string whole = read(bytes, fuzz::Cuts(bytes.size() + 1));
    FS_ASSERT(read(bytes, fuzz::Cuts(1)) == whole);
    FS_ASSERT(read(bytes, fuzz::Cuts(bytes)) == whole);
    const Told wanted = reference(bytes);
    if (wanted.is_over) FS_ASSERT(whole == wanted.story);
    else FS_ASSERT(whole.starts_with(wanted.story));  // data of the open part may follow, or a verdict that comes early
    return 0;
}
