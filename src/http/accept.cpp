// SPDX-License-Identifier: MIT
// Content negotiation: each element's range and weight, the most specific match wins.
#include "http/accept.hpp"

#include "base/assert.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <optional>

namespace filesrv::http {
namespace {

using grammar::equals_ignoring_case;

/// How well a range covers what is on offer; the larger decides (RFC 9110 §12.5.1).
enum Specificity : unsigned { none = 0, wildcard = 1, type_wildcard = 2, exact = 3 };

struct Wish {
    unsigned weight = 0;  ///< thousandths
    unsigned specificity = none;
};

/// RFC 9110 §12.4.2: `0`, `0.5`, `1.000`; at most three digits. Nothing when malformed.
std::optional<unsigned> parse_qvalue(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    unsigned weight = text[0] == '1' ? 1000 : 0;
    unsigned place = 100;
    for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (!grammar::is_digit(c)) return std::nullopt;
        weight += place * static_cast<unsigned>(c - '0');
        place /= 10;
    }
    FS_ASSERT(weight < 2000);
    return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

/// The weight that the parameters of an element give it; other parameters than q are not weighed.
std::optional<unsigned> weight_of(std::string_view parameters) noexcept {
    unsigned weight = 1000;
    grammar::Parameter parameter;
    for (;;) {
        switch (grammar::next_parameter(parameters, parameter)) {
            case grammar::ParameterResult::end: return weight;
            case grammar::ParameterResult::malformed: return std::nullopt;
            case grammar::ParameterResult::parameter: break;
        }
        if (!equals_ignoring_case(parameter.name, "q")) continue;
        const auto q = parse_qvalue(parameter.raw_value);
        if (!q) return std::nullopt;
        weight = *q;
    }
}

/// Parameters of the range (`;level=1`) are not compared: nothing offered here has any.
unsigned match_media_range(std::string_view range, std::string_view type, std::string_view subtype) noexcept {
    const std::size_t slash = range.find('/');
    if (slash == std::string_view::npos) return none;
    const std::string_view range_type = range.substr(0, slash);
    const std::string_view range_subtype = range.substr(slash + 1);
    if (range == "*/*") return wildcard;
    if (!equals_ignoring_case(range_type, type)) return none;
    if (range_subtype == "*") return type_wildcard;
    return equals_ignoring_case(range_subtype, subtype) ? exact : none;
}

/// Looks at every element of every line; `match` says how well an element's range covers what is on offer.
template <class Match>
Wish find_wish(const RequestHead& head, KnownField field, Match match) noexcept {
    Wish best;
    head.for_each(field, [&](std::string_view list) {
        while (const auto element = grammar::next_element(list)) {
            const std::size_t semicolon = std::min(element->find(';'), element->size());
            const unsigned specificity = match(grammar::trim(element->substr(0, semicolon)));
            if (specificity <= best.specificity) continue;
            if (const auto weight = weight_of(element->substr(semicolon)))
                best = {.weight = *weight, .specificity = specificity};
        }
    });
    return best;
}

Wish media_wish(const RequestHead& head, std::string_view type, std::string_view subtype) noexcept {
    if (!head.has(KnownField::accept)) return {.weight = 1000, .specificity = none};
    return find_wish(head, KnownField::accept, [=](std::string_view range) noexcept {
        return match_media_range(range, type, subtype);
    });
}

}  // namespace

unsigned accept_weight(const RequestHead& head, std::string_view type, std::string_view subtype) noexcept {
    return media_wish(head, type, subtype).weight;
}

unsigned encoding_weight(const RequestHead& head, std::string_view coding) noexcept {
    const auto match = [coding](std::string_view range) noexcept -> unsigned {
        if (range == "*") return wildcard;
        if (equals_ignoring_case(range, coding)) return exact;
        return coding == "gzip" && equals_ignoring_case(range, "x-gzip") ? exact : none;
    };
    return find_wish(head, KnownField::accept_encoding, match).weight;
}

bool prefers_json(const RequestHead& head) noexcept {
    const Wish json = media_wish(head, "application", "json");
    const Wish html = media_wish(head, "text", "html");
    // Programs that say `application/json, */*` mean JSON, though both weigh the same.
    if (json.weight != html.weight) return json.weight > html.weight;
    return json.weight > 0 && json.specificity > html.specificity;
}

bool prefers_html(const RequestHead& head) noexcept {
    const Wish html = media_wish(head, "text", "html");
    return html.specificity == exact && html.weight > 0 && !prefers_json(head);
}

}  // namespace filesrv::http
