// SPDX-License-Identifier: MIT
// Lines of the access log. Whatever a client sends, a line stays one line and its quotes stay where we put them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace filesrv::serve {

/// One request, ended. Views of what the client sent, raw.
struct AccessRecord {
    std::string_view client;                 ///< address without port, or `unix`
    std::uint16_t port = 0;                  ///< of the client, which tells its connections apart; 0 = none
    WallTime time{};                         ///< when the request came
    std::chrono::minutes utc_offset{0};      ///< of local time, for the zone in the line
    std::string_view method;
    std::string_view target;                 ///< as sent; all three empty when no request line could be read
    std::string_view version;                ///< `HTTP/1.1`
    unsigned status = 0;
    std::uint64_t bytes = 0;                 ///< of the body, as sent
    Duration duration{};                     ///< from the first byte of the request to the last of the answer
    std::string_view referer;                ///< empty = none sent
    std::string_view user_agent;             ///< empty = none sent
};

/// The common log format, with the seconds taken (to the microsecond) at its end. Each line ends in a newline.
/// Quotes, backslashes, controls and all that is not ASCII are escaped: `\"`, `\\`, `\xHH`.
void append_common_line(std::string& out, const AccessRecord& record);

/// The same with referer and user agent in quotes before the seconds.
void append_combined_line(std::string& out, const AccessRecord& record);

/// A JSON object a line; a field the client did not send is left out.
void append_json_line(std::string& out, const AccessRecord& record);

/// An entry of the journal: the message for people, and client, method, target, status, bytes and microseconds as fields
/// FILESRV_…. Escaped likewise, so that the empty line that ends it is the only one.
void append_journal_lines(std::string& out, const AccessRecord& record);

/// For a terminal: `13:55:36  200  GET /photo.jpg  1.2 MiB in 3.1 ms  127.0.0.1`.
void append_short_line(std::string& out, const AccessRecord& record);

}  // namespace filesrv::serve
