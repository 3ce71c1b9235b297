// SPDX-License-Identifier: MIT
// Failed attempts in words.
#include "tools/filesrv-client/attempt_error.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/numbers.hpp"
#include "base/utf8.hpp"
#include "http/date.hpp"

namespace filesrv::client {
namespace {

constexpr std::size_t said_max = 200;

std::string reason_of(CURL* easy) {
    const long number = info<long>(easy, CURLINFO_OS_ERRNO);
    return number == 0 ? std::string() : std::string(": ") + std::strerror(static_cast<int>(number));
}

/// Servers like to repeat the status above what they have to say.
std::string_view first_line_but(std::string_view status, std::string_view body) noexcept {
    for (;;) {
        const std::string_view line = body.substr(0, body.find_first_of("\r\n"));
        if (line.size() == body.size()) return line == status ? std::string_view() : line;
        if (!line.empty() && line != status) return line;
        body.remove_prefix(line.size() + 1);
    }
}

/// libcurl's variables, curl(1): it goes to whom they name, and not a word tells that from the server.
std::string_view proxy_variable() noexcept {
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return name;
    }
    return {};
}

}  // namespace

std::string describe_break(CURL* easy, CURLcode code, const Server& server, const char* detail) {
    const std::string where = server.host + ":" + std::to_string(server.port);
    const bool connected = info<curl_off_t>(easy, CURLINFO_CONNECT_TIME_T) > 0 || info<long>(easy, CURLINFO_NUM_CONNECTS) == 0;
    // Of libcurl's eighty codes these are what HTTP without TLS meets; the others speak for themselves.
    if (code == CURLE_COULDNT_RESOLVE_HOST) return "no address is known for " + server.host;
    if (code == CURLE_COULDNT_CONNECT) {
        const auto variable = proxy_variable();
        const std::string proxy = variable.empty() ? "" : ", or to the proxy that " + std::string(variable) + " names";
        return "cannot connect to " + where + proxy + reason_of(easy);
    }
    if (code == CURLE_OPERATION_TIMEDOUT && !connected) return "no connection to " + where + " in time";
    if (code == CURLE_GOT_NOTHING) return where + " closed the connection without an answer";
    if (code == CURLE_PARTIAL_FILE) return where + " closed the connection in the middle of the answer";
    if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) return "the connection to " + where + " broke" + reason_of(easy);
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY) return where + " does not answer in HTTP/1.1";
    // What a field's line over 100 kB is called there: no memory that this machine lacks.
    if (code == CURLE_OUT_OF_MEMORY) return where + " answers with a field that is too long";
    return where + ": " + printable(*detail != '\0' ? detail : curl_easy_strerror(code));
}

bool may_pass(CURLcode code) noexcept {
    constexpr CURLcode passing[] = {CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING,
                                    CURLE_PARTIAL_FILE,    CURLE_RECV_ERROR,         CURLE_SEND_ERROR};
    return std::ranges::find(passing, code) != std::end(passing);
}

std::string describe_answer(const AnswerHead& head, std::string_view body) {
    // `HTTP/1.1 404 Not Found` without its version.
    std::string text = head.status_line.substr(std::min(head.status_line.find(' '), head.status_line.size() - 1) + 1);
    if (!head.location.empty() && head.status >= 300 && head.status < 400) return text + ", to " + printable(head.location);
    const std::string_view said = first_line_but(text, body).substr(0, said_max);
    const bool is_text = !said.empty() && said.front() != '<' && said.front() != '{' && is_utf8(said);
    return is_text ? text + ": " + printable(said) : text;
}

std::optional<Duration> parse_retry_after(std::string_view text, std::int64_t now_seconds) {
    constexpr std::int64_t longest = 365 * 24 * 3600;  // beyond it nobody waits, and nothing overflows
    if (const auto seconds = parse_decimal(text)) {
        return std::chrono::seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(*seconds, longest)));
    }
    const auto date = http::parse_date(text, now_seconds);
    if (!date) return std::nullopt;
    return std::chrono::seconds(std::clamp<std::int64_t>(*date - now_seconds, 0, longest));
}

}  // namespace filesrv::client
