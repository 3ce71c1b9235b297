// SPDX-License-Identifier: MIT
// Chunked bodies read a line at a time. Shares nothing with the decoder but its limits.
#include "chunked_reference.hpp"

#include "http/limits.hpp"

#include <algorithm>
#include <cstdlib>

namespace filesrv::fuzz {

using http::BodyDecoder;
using State = BodyDecoder::State;
namespace limits = http::limits;

bool is_value_char(char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

std::size_t run_of(std::string_view text, std::size_t at, std::string_view set) {
    return std::min(text.find_first_not_of(set, at), text.size()) - at;
}

namespace {

/// What follows a chunk's size: `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`, RFC 9112 §7.1.1.
bool are_extensions(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        at += run_of(text, at, " \t");
        if (at == text.size() || text[at++] != ';') return false;
        at += run_of(text, at, " \t");
        const std::size_t name = run_of(text, at, token_chars);
        if (name == 0) return false;
        at += name;
        const std::size_t blanks = run_of(text, at, " \t");
        if (at + blanks == text.size() || text[at + blanks] != '=') continue;  // blanks belong to what follows
        at += blanks + 1;
        at += run_of(text, at, " \t");
        if (at < text.size() && text[at] == '"') {
            for (++at; at < text.size() && text[at] != '"'; ++at) {
                if (text[at] == '\\') ++at;
                if (at == text.size() || !is_value_char(text[at])) return false;
            }
            if (at++ == text.size()) return false;
        } else {
            const std::size_t value = run_of(text, at, token_chars);
            if (value == 0) return false;
            at += value;
        }
    }
    return true;
}

bool is_trailer(std::string_view line) {
    const std::size_t name = run_of(line, 0, token_chars);
    if (name == 0 || name == line.size() || line[name] != ':') return false;
    return std::all_of(line.begin(), line.end(), is_value_char);
}

}  // namespace

std::optional<std::string_view> next_line(std::string_view& rest, bool& bad) {
    const std::size_t feed = rest.find('\n');
    if (feed == rest.npos) return std::nullopt;
    std::string_view line = rest.substr(0, feed);
    rest.remove_prefix(feed + 1);
    bad = !line.ends_with('\r');
    if (!bad) line.remove_suffix(1);
    bad = bad || line.find('\r') != line.npos;
    return line;
}

ChunkedBody read_chunked(std::string_view bytes) {
    ChunkedBody out;
    std::string_view rest = bytes;
    std::size_t extension_bytes = 0;
    const auto ended = [&](State state) {
        out.state = state;
        out.consumed = bytes.size() - rest.size();
        return out;
    };
    for (bool bad = false;;) {
        const auto line = next_line(rest, bad);
        if (!line) return ended(State::more);
        const std::size_t digits = run_of(*line, 0, "0123456789abcdefABCDEF");
        if (bad || digits == 0 || digits > 16 || line->size() > limits::chunk_line_bytes_max) return ended(State::rejected);
        if (!are_extensions(line->substr(digits))) return ended(State::rejected);
        extension_bytes += line->size() - digits;
        const auto size = std::strtoull(std::string(line->substr(0, digits)).c_str(), nullptr, 16);
        if (extension_bytes > limits::chunk_extension_bytes_max + out.payload.size()) return ended(State::rejected);
        if (size > (~0ULL >> 1) - out.payload.size()) return ended(State::rejected);
        if (size == 0) break;
        const auto run = static_cast<std::size_t>(std::min<unsigned long long>(size, rest.size()));
        out.payload += rest.substr(0, run);
        rest.remove_prefix(run);
        if (rest.size() < 2 && std::string_view("\r\n").starts_with(rest)) return ended(State::more);
        if (!rest.starts_with("\r\n")) return ended(State::rejected);
        rest.remove_prefix(2);
    }
    for (std::size_t trailer_bytes = 0;;) {
        bool bad = false;
        const auto line = next_line(rest, bad);
        if (!line) return ended(State::more);
        if (bad) return ended(State::rejected);
        if (line->empty()) return ended(State::done);
        trailer_bytes += line->size() + 2;
        if (!is_trailer(*line) || trailer_bytes > limits::trailer_bytes_max) return ended(State::rejected);
    }
}

}  // namespace filesrv::fuzz
