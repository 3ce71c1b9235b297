// SPDX-License-Identifier: MIT
// Lines of the access log.
#include "serve/access_log_line.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/assert.hpp"
#include "base/readable.hpp"
#include "observe/journal.hpp"
#include "serve/markup.hpp"

namespace filesrv::serve {
namespace {

constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view hex_digits = "0123456789abcdef";

/// Bytes above ASCII too: a terminal may take some of them, alone or as UTF-8, for controls.
void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.append(1, '\\').append(1, c);
        } else if (byte >= 0x20 && byte < 0x7F) {
            out += c;
        } else {
            out.append("\\x").append(1, hex_digits[byte >> 4]).append(1, hex_digits[byte & 15]);
        }
    }
}

/// As the log formats write what is not there.
void append_or_dash(std::string& out, std::string_view text) {
    if (text.empty()) {
        out += '-';
    } else {
        append_escaped(out, text);
    }
}

CivilTime local_time(const AccessRecord& record) noexcept {
    const auto shifted = record.time + record.utc_offset;
    return civil_time(std::chrono::floor<std::chrono::seconds>(shifted.time_since_epoch()).count());
}

void append_clock(std::string& out, const CivilTime& time) {
    append_padded(out, time.hour, 2);
    out += ':';
    append_padded(out, time.minute, 2);
    out += ':';
    append_padded(out, time.second, 2);
}

/// `[10/Oct/2000:13:55:36 -0700]`
void append_log_date(std::string& out, const AccessRecord& record) {
    const CivilTime time = local_time(record);
    FS_ASSERT(time.month >= 1 && time.month <= month_names.size());
    out += '[';
    append_padded(out, time.day, 2);
    out.append("/").append(month_names[time.month - 1]).append("/");
    append_padded(out, static_cast<std::uint64_t>(time.year), 4);
    out += ':';
    append_clock(out, time);
    const auto offset = static_cast<std::uint64_t>(std::abs(record.utc_offset.count()));
    out += record.utc_offset.count() < 0 ? " -" : " +";
    append_padded(out, offset / 60, 2);
    append_padded(out, offset % 60, 2);
    out += ']';
}

void append_request(std::string& out, const AccessRecord& record) {
    if (record.method.empty()) {
        out += '-';
        return;
    }
    append_escaped(out, record.method);
    for (const std::string_view part : {record.target, record.version}) {
        if (part.empty()) continue;
        out += ' ';
        append_escaped(out, part);
    }
}

void append_seconds(std::string& out, Duration duration) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(std::max(duration, Duration::zero()));
    append_padded(out, static_cast<std::uint64_t>(micros.count() / 1'000'000), 1);
    out += '.';
    append_padded(out, static_cast<std::uint64_t>(micros.count() % 1'000'000), 6);
}

/// What both classic formats begin with.
void append_classic(std::string& out, const AccessRecord& record) {
    FS_ASSERT(record.status >= 100 && record.status <= 999);
    append_or_dash(out, record.client);
    out += " - - ";
    append_log_date(out, record);
    out += " \"";
    append_request(out, record);
    out += "\" ";
    append_padded(out, record.status, 3);
    out += ' ';
    append_padded(out, record.bytes, 1);
}

void append_json_member(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append(",\"").append(name).append("\":");
    append_json_string(out, value);
}

}  // namespace

void append_common_line(std::string& out, const AccessRecord& record) {
    append_classic(out, record);
    out += ' ';
    append_seconds(out, record.duration);
    out += '\n';
}

void append_combined_line(std::string& out, const AccessRecord& record) {
    append_classic(out, record);
    for (const std::string_view field : {record.referer, record.user_agent}) {
        out += " \"";
        append_or_dash(out, field);
        out += '"';
    }
    out += ' ';
    append_seconds(out, record.duration);
    out += '\n';
}

void append_json_line(std::string& out, const AccessRecord& record) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(record.time.time_since_epoch());
    const auto millis = std::chrono::floor<std::chrono::milliseconds>(record.time.time_since_epoch() - seconds);
    FS_ASSERT(millis.count() >= 0 && millis.count() < 1000);
    out += "{\"time\":\"";
    append_timestamp(out, seconds.count());
    out.back() = '.';  // in place of the zone, which follows the fraction
    append_padded(out, static_cast<std::uint64_t>(millis.count()), 3);
    out += "Z\"";
    append_json_member(out, "client", record.client);
    if (record.port != 0) {
        out += ",\"port\":";
        append_padded(out, record.port, 1);
    }
    append_json_member(out, "method", record.method);
    append_json_member(out, "target", record.target);
    append_json_member(out, "version", record.version);
    out += ",\"status\":";
    append_padded(out, record.status, 3);
    out += ",\"bytes\":";
    append_padded(out, record.bytes, 1);
    out += ",\"duration_s\":";
    append_seconds(out, record.duration);
    append_json_member(out, "referer", record.referer);
    append_json_member(out, "user_agent", record.user_agent);
    out += "}\n";
}

void append_journal_lines(std::string& out, const AccessRecord& record) {
    FS_ASSERT(record.status >= 100 && record.status <= 999);
    out.append("PRIORITY=6\nSYSLOG_IDENTIFIER=filesrvd\nMESSAGE_ID=").append(observe::journal_access_id);
    out += "\nFILESRV_CLIENT=";
    append_or_dash(out, record.client);
    out += "\nFILESRV_METHOD=";
    append_or_dash(out, record.method);
    out += "\nFILESRV_TARGET=";
    append_or_dash(out, record.target);
    out += "\nFILESRV_STATUS=";
    append_padded(out, record.status, 3);
    out += "\nFILESRV_BYTES=";
    append_padded(out, record.bytes, 1);
    out += "\nFILESRV_DURATION_US=";
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(std::max(record.duration, Duration::zero()));
    append_padded(out, static_cast<std::uint64_t>(micros.count()), 1);
    out += "\nMESSAGE=";
    append_padded(out, record.status, 3);
    out += ' ';
    append_request(out, record);
    out += ' ';
    append_size(out, record.bytes);
    out += " in ";
    append_duration(out, record.duration);
    out += ' ';
    append_or_dash(out, record.client);
    out += "\n\n";
}

void append_short_line(std::string& out, const AccessRecord& record) {
    FS_ASSERT(record.status >= 100 && record.status <= 999);
    append_clock(out, local_time(record));
    out += "  ";
    append_padded(out, record.status, 3);
    out += "  ";
    append_or_dash(out, record.method);
    out += ' ';
    append_or_dash(out, record.target);
    out += "  ";
    append_size(out, record.bytes);
    out += " in ";
    append_duration(out, record.duration);
    out += "  ";
    append_or_dash(out, record.client);
    out += '\n';
}

}  // namespace filesrv::serve
