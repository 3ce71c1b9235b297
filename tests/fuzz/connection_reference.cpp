// SPDX-License-Identifier: MIT
// All that a connection sends, read line by line. Shares the grammars of lists, authorities and targets with the program, which
// have targets of their own, and nothing that decides where a request ends.
#include "connection_reference.hpp"

#include "chunked_reference.hpp"
#include "fuzz.hpp"
#include "http/authority.hpp"
#include "http/grammar.hpp"
#include "http/limits.hpp"
#include "http/target.hpp"

#include <optional>
#include <utility>

namespace filesrv::fuzz {
namespace {

namespace limits = http::limits;

struct FieldLine {
    std::string name;  ///< small letters
    std::string value;
};

struct Head {
    std::string method;
    std::string target;
    bool is_1_0 = false;
    std::vector<FieldLine> fields;

    [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
        std::vector<std::string> values;
        for (const FieldLine& field : fields) {
            if (field.name == name) values.push_back(field.value);
        }
        return values;
    }
};

std::string small(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return out;
}

std::string trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == text.npos ? std::string() : std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

/// Elements of all lines of a list, small, without those that are empty (RFC 9110 §5.6.1.2).
std::vector<std::string> elements_of(const Head& head, std::string_view name) {
    std::vector<std::string> elements;
    for (const std::string& value : head.all(name)) {
        std::string_view list = value;
        while (const auto element = http::grammar::next_element(list)) {
            if (!element->empty()) elements.push_back(small(*element));
        }
    }
    return elements;
}

bool is_token(std::string_view text) {
    return !text.empty() && run_of(text, 0, token_chars) == text.size();
}

bool read_request_line(std::string_view line, Head& head) {
    const auto words = split(line, ' ');
    if (words.size() != 3 || !is_token(words[0]) || words[1].empty()) return false;
    for (const char c : words[1]) {
        if (!is_value_char(c) || c == '\t') return false;
    }
    head.method = words[0];
    head.target = words[1];
    head.is_1_0 = words[2] == "HTTP/1.0";
    return words[2].size() == 8 && words[2].starts_with("HTTP/1.") && all_digits(words[2].substr(7));
}

bool read_field(std::string_view line, Head& head) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    if (colon == line.size() || !is_token(line.substr(0, colon)) || head.fields.size() == limits::fields_max) return false;
    for (const char c : line.substr(colon + 1)) {
        if (!is_value_char(c)) return false;
    }
    head.fields.push_back({.name = small(line.substr(0, colon)), .value = trimmed(line.substr(colon + 1))});
    return true;
}

enum class Found { whole, cut_off, wrong };

/// Takes a head off the front, empty lines before it included.
Found take_head(std::string_view& rest, Head& head) {
    for (std::size_t lines = 0; lines < limits::leading_empty_lines_max && rest.starts_with("\r\n"); ++lines) rest.remove_prefix(2);
    if (rest.empty() || rest == "\r") return Found::cut_off;
    if (token_chars.find(rest.front()) == token_chars.npos) return Found::wrong;
    const std::string_view begin = rest;
    bool bad = false;
    auto line = next_line(rest, bad);
    const std::size_t first_bytes = line ? begin.size() - rest.size() : begin.size();
    if (first_bytes > limits::request_line_bytes_max + 2) return Found::wrong;
    if (!line) return first_bytes == limits::request_line_bytes_max + 2 ? Found::wrong : Found::cut_off;
    if (bad || !read_request_line(*line, head)) return Found::wrong;
    for (;;) {
        line = next_line(rest, bad);
        const std::size_t bytes = line ? begin.size() - rest.size() : begin.size();
        if (bytes > limits::head_bytes_max) return Found::wrong;
        if (!line) return bytes == limits::head_bytes_max ? Found::wrong : Found::cut_off;
        if (bad) return Found::wrong;
        if (line->empty()) return Found::whole;
        if (!read_field(*line, head)) return Found::wrong;
    }
}

struct Framing {
    bool chunked = false;
    std::uint64_t length = 0;
};

/// RFC 9112 §6.3; nothing for what two peers could read in two ways.
std::optional<Framing> framing_of(const Head& head) {
    const auto codings = head.all("transfer-encoding");
    const auto lengths = head.all("content-length");
    if (!codings.empty()) {
        const bool is_clear = codings.size() == 1 && small(codings[0]) == "chunked" && lengths.empty() && !head.is_1_0;
        return is_clear ? std::optional(Framing{.chunked = true}) : std::nullopt;
    }
    if (lengths.empty()) return Framing{};
    if (lengths.size() != 1 || !all_digits(lengths[0])) return std::nullopt;
    std::string digits = lengths[0];
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    constexpr std::string_view most = "9223372036854775807";
    if (digits.size() > most.size() || (digits.size() == most.size() && digits > most)) return std::nullopt;
    return Framing{.length = std::stoull(digits)};
}

bool is_host_fine(const Head& head) {
    const auto hosts = head.all("host");
    if (hosts.empty()) return head.is_1_0;
    return hosts.size() == 1 && http::parse_authority(hosts[0]).has_value();
}

bool is_target_fine(const Head& head) {
    if (head.method == "CONNECT") return http::parse_authority(head.target).has_value();
    http::Target target;
    return !http::parse_target(head.target, target) && (!target.asterisk || head.method == "OPTIONS");
}

bool is_understood(const Head& head) {
    constexpr std::string_view methods = " GET HEAD POST PUT DELETE OPTIONS CONNECT TRACE PATCH ";
    if (methods.find(" " + head.method + " ") == methods.npos) return false;
    for (const std::string& expectation : elements_of(head, "expect")) {
        if (expectation != "100-continue") return false;
    }
    return is_host_fine(head) && is_target_fine(head);
}

/// Whether another request may follow (RFC 9112 §9.3).
bool stays_open(const Head& head) {
    bool asks = false;
    for (const std::string& option : elements_of(head, "connection")) {
        if (option == "close") return false;
        asks = asks || option == "keep-alive";
    }
    return asks || !head.is_1_0;
}

/// Takes a body off the front.
Found take_body(std::string_view& rest, const Framing& framing, std::string& body) {
    if (!framing.chunked) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(framing.length, rest.size()));
        body = rest.substr(0, size);
        rest.remove_prefix(size);
        return size == framing.length ? Found::whole : Found::cut_off;
    }
    ChunkedBody read = read_chunked(rest);
    body = std::move(read.payload);
    rest.remove_prefix(read.consumed);
    switch (read.state) {
        case http::BodyDecoder::State::done: return Found::whole;
        case http::BodyDecoder::State::more: return Found::cut_off;
        case http::BodyDecoder::State::rejected: return Found::wrong;
    }
    return Found::wrong;
}

}  // namespace

Conversation read_conversation(std::string_view bytes) {
    Conversation told;
    const auto ends = [&told](Ending how) { return told.ending = how, told; };
    for (std::string_view rest = bytes; !rest.empty();) {
        Head head;
        const Found found = take_head(rest, head);
        if (found == Found::cut_off) return ends(Ending::within_head);
        if (found == Found::wrong) return ends(Ending::refused);
        const auto framing = framing_of(head);
        if (!framing || !is_understood(head)) return ends(Ending::refused);
        HeldRequest& request = told.requests.emplace_back(HeldRequest{.target = head.target});
        const Found body = take_body(rest, *framing, request.body);
        if (body == Found::cut_off) return ends(Ending::within_body);
        if (body == Found::wrong) return ends(Ending::refused);
        request.end = bytes.size() - rest.size();
        if (!stays_open(head)) return ends(Ending::last);
    }
    return ends(Ending::between);
}

bool agree(const Conversation& told, const Conversation& wanted) {
    if (told.requests != wanted.requests) return false;
    const bool waits = wanted.ending == Ending::within_head || wanted.ending == Ending::within_body;
    return told.ending == wanted.ending || (waits && told.ending == Ending::refused);
}

}  // namespace filesrv::fuzz
