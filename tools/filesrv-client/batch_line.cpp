// SPDX-License-Identifier: MIT
// Lines of a batch, checked word by word.
#include "tools/filesrv-client/batch_line.hpp"

#include <algorithm>
#include <span>

#include "base/assert.hpp"
#include "base/nearest.hpp"
#include "config/values.hpp"
#include "http/grammar.hpp"
#include "tools/filesrv-client/line_words.hpp"

namespace filesrv::client {
namespace {

struct Spelling {
    std::string_view word;
    Verb verb;
};
constexpr Spelling spellings[] = {
    {"GET", Verb::get},   {"HEAD", Verb::head},     {"POST", Verb::post},       {"PUT", Verb::put}, {"DELETE", Verb::remove},
    // As the two clients were called that this one stands for.
    {"CLIENT_GET", Verb::get}, {"CLIENT_POST", Verb::post},
};

std::string unknown_verb(std::string_view word) {
    std::vector<std::string_view> known;
    for (const Spelling& spelling : spellings) known.push_back(spelling.word);
    std::string upper(word);
    std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return "unknown verb " + config::in_quotes(word) + "; the nearest known one is " + std::string(nearest(upper, known));
}

/// The paths on both sides.
Checked<void> set_paths(Request& request, std::string_view path) {
    if (is_url(path)) return std::unexpected(config::in_quotes(path) + " is a URL; write PATH HOST PORT");
    auto remote = parse_remote(path);
    if (!remote) return std::unexpected(remote.error());
    request.remote = std::move(*remote);
    if (request.verb == Verb::head) return {};
    auto name = own_name(request.remote);
    if (!name) return std::unexpected(name.error());
    if (request.verb == Verb::get) request.local = std::move(*name);
    if (is_upload(request.verb)) request.local = path;
    return {};
}

Checked<void> set_server(Request& request, std::span<const std::string> words) {
    if (!words.empty()) {
        auto host = parse_server_host(words[0]);
        if (!host) return std::unexpected(host.error());
        request.server = {.host = std::move(*host), .port = Server{}.port};
    }
    if (words.size() > 1) {
        const auto port = parse_server_port(words[1]);
        if (!port) return std::unexpected(port.error());
        request.server.port = *port;
    }
    return {};
}

}  // namespace

std::optional<Verb> parse_batch_verb(std::string_view word) noexcept {
    for (const Spelling& spelling : spellings) {
        if (http::grammar::equals_ignoring_case(word, spelling.word)) return spelling.verb;
    }
    return std::nullopt;
}

Checked<std::optional<Request>> parse_batch_line(std::string_view line, const Server& fallback) {
    if (line.size() > batch_line_bytes_max) {
        return std::unexpected("the line is longer than " + std::to_string(batch_line_bytes_max) + " bytes");
    }
    if (line.find('\0') != std::string_view::npos) return std::unexpected("the line holds a NUL");
    auto words = whole_words(line);
    if (!words) return std::unexpected(words.error());
    if (words->empty()) return std::optional<Request>();

    Request request{.server = fallback};
    if (words->front().starts_with('-')) {
        request.may_fail = true;
        words->front().erase(0, 1);
        if (words->front().empty()) words->erase(words->begin());
    }
    if (words->empty()) return std::unexpected("a '-' and no request");
    const auto verb = parse_batch_verb(words->front());
    if (!verb) return std::unexpected(unknown_verb(words->front()));
    request.verb = *verb;
    if (words->size() < 2) return std::unexpected(std::string(name(*verb)) + " needs a path");
    if (words->size() > 4) return std::unexpected("too many words after " + std::string(name(*verb)) + " PATH HOST PORT");
    if (const auto set = set_paths(request, (*words)[1]); !set) return std::unexpected(set.error());
    if (const auto set = set_server(request, std::span(*words).subspan(2)); !set) return std::unexpected(set.error());
    return std::optional<Request>(std::move(request));
}

}  // namespace filesrv::client
