// SPDX-License-Identifier: MIT
// Any bytes as a date, and any second as the three forms of one: against the C library's calendar.
#include "fuzz.hpp"

#include "http/date.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <string>

#include <time.h>

using namespace filesrv;
using namespace filesrv::http;

namespace {

constexpr std::int64_t now = 1'800'000'000;            // 2027-01-15
constexpr std::int64_t earliest = -62167219200;        // 0000-01-01 00:00:00
constexpr std::int64_t latest = 253402300799;          // 9999-12-31 23:59:59
constexpr std::array days = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

enum class Form { imf, rfc850, asctime };

/// With `day` as the day's name, which readers take as it is, and `seconds_text` where a leap second may be meant.
std::string text_of(std::int64_t seconds, Form form, std::size_t day, const char* seconds_text) {
    const auto at = static_cast<time_t>(seconds);
    tm fields{};
    FS_ASSERT(::gmtime_r(&at, &fields) != nullptr);
    const std::string name = days.at(day);
    const char* month = months.at(static_cast<std::size_t>(fields.tm_mon));
    const int year = fields.tm_year + 1900;
    std::array<char, 80> text{};
    switch (form) {
        case Form::imf:
            std::snprintf(text.data(), text.size(), "%.3s, %02d %s %04d %02d:%02d:%s GMT", name.c_str(), fields.tm_mday, month,
                          year, fields.tm_hour, fields.tm_min, seconds_text);
            break;
        case Form::rfc850:
            std::snprintf(text.data(), text.size(), "%s, %02d-%s-%02d %02d:%02d:%s GMT", name.c_str(), fields.tm_mday, month,
                          year % 100, fields.tm_hour, fields.tm_min, seconds_text);
            break;
        case Form::asctime:
            std::snprintf(text.data(), text.size(), "%.3s %s %2d %02d:%02d:%s %04d", name.c_str(), month, fields.tm_mday,
                          fields.tm_hour, fields.tm_min, seconds_text, year);
            break;
    }
    return text.data();
}

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

std::int64_t second_of(std::int64_t seconds) {
    return ((seconds % 60) + 60) % 60;
}

/// A text that was understood is one of the ways to write what was understood.
bool is_way_to_write(std::string_view text, std::int64_t seconds) {
    for (const Form form : {Form::imf, Form::rfc850, Form::asctime}) {
        for (std::size_t day = 0; day < days.size(); ++day) {
            if (text_of(seconds, form, day, two_digits(second_of(seconds)).c_str()) == text) return true;
            if (second_of(seconds) == 0 && text_of(seconds - 1, form, day, "60") == text) return true;
            // asctime's day may have a zero where it should have a blank.
            std::string zero = text_of(seconds, Form::asctime, day, two_digits(second_of(seconds)).c_str());
            if (zero[8] == ' ') zero[8] = '0';
            if (zero == text) return true;
            zero = text_of(seconds - 1, Form::asctime, day, "60");
            if (zero[8] == ' ') zero[8] = '0';
            if (second_of(seconds) == 0 && zero == text) return true;
        }
    }
    return false;
}

void check_text(std::string_view text) {
    const auto seconds = parse_date(text, now);
    if (!seconds) return;
    FS_ASSERT(is_way_to_write(text, *seconds));
    FS_ASSERT(*seconds >= earliest && *seconds <= latest + 1);  // a leap second may end the last year
    if (*seconds <= latest) FS_ASSERT(parse_date(format_date(*seconds).view(), now) == seconds);
}

/// Every second that has four digits for its year can be written and read; RFC 850 only where its century is clear.
void check_second(std::int64_t wish) {
    const std::int64_t seconds = std::clamp(wish, earliest, latest);
    FS_ASSERT(format_date(wish).view() == format_date(seconds).view());
    const auto at = static_cast<time_t>(seconds);
    tm fields{};
    FS_ASSERT(::gmtime_r(&at, &fields) != nullptr);
    const auto day = static_cast<std::size_t>(fields.tm_wday);
    const std::string second = two_digits(second_of(seconds));
    const std::string imf = text_of(seconds, Form::imf, day, second.c_str());
    FS_ASSERT(format_date(seconds).view() == imf);
    FS_ASSERT(parse_date(imf, now) == seconds);
    FS_ASSERT(parse_date(text_of(seconds, Form::asctime, day, second.c_str()), now) == seconds);
    const auto settled = parse_date(text_of(seconds, Form::rfc850, day, second.c_str()), now);
    const int year = fields.tm_year + 1900;
    if (year > 1977 && year <= 2077) FS_ASSERT(settled == seconds);  // 2027 + 50
    // The 29th of February of another century may be no day at all.
    if (!settled) FS_ASSERT(fields.tm_mon == 1 && fields.tm_mday == 29);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_text(fuzz::as_text(data, size));
    std::int64_t seconds = 0;
    std::memcpy(&seconds, data, std::min(size, sizeof seconds));
    check_second(seconds);
    check_second(seconds % (latest - earliest) / 2);
    return 0;
}
