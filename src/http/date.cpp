// SPDX-License-Identifier: MIT
// HTTP dates: the calendar is <chrono>'s proleptic Gregorian one, the rest is fixed columns.
#include "http/date.hpp"

#include "base/assert.hpp"
#include "http/grammar.hpp"

#include <algorithm>

namespace filesrv::http {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::array<std::string_view, 7> day_names = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::int64_t seconds_a_day = 86400;
constexpr std::int64_t earliest = -62167219200;  // 0000-01-01
constexpr std::int64_t latest = 253402300799;    // 9999-12-31 23:59:59

/// Leading zeros included; digits that do not fit would be a bug of the caller's.
void put_digits(char* at, unsigned value, int width) noexcept {
    for (char* digit = at + width - 1; digit >= at; --digit, value /= 10)
        *digit = static_cast<char>('0' + value % 10);
    FS_ASSERT(value == 0);
}

void put_text(char* at, std::string_view text) noexcept {
    std::copy(text.begin(), text.end(), at);
}

/// Year, month (1–12) and so on, as read; not yet known to exist.
struct Fields {
    int year = 0;
    unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

/// Nothing for a day that no calendar has. Second 60 is allowed, leap seconds being as real as their files,
/// and counts as the first of the next minute.
std::optional<std::int64_t> to_seconds(const Fields& f) noexcept {
    const std::chrono::year_month_day date(std::chrono::year(f.year), std::chrono::month(f.month),
                                           std::chrono::day(f.day));
    if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return std::nullopt;
    const std::int64_t since_epoch = sys_days(date).time_since_epoch().count();
    return since_epoch * seconds_a_day + f.hour * std::int64_t{3600} + f.minute * std::int64_t{60} + f.second;
}

/// Reads a date from left to right; after the first thing that is not as expected it stays bad.
class Cursor {
public:
    explicit Cursor(std::string_view text) noexcept : rest_(text) {}

    void expect(std::string_view text) noexcept {
        good_ = good_ && rest_.starts_with(text);
        if (good_) rest_.remove_prefix(text.size());
    }

    unsigned digits(std::size_t width) noexcept {
        good_ = good_ && rest_.size() >= width &&
                std::all_of(rest_.begin(), rest_.begin() + width, grammar::is_digit);
        unsigned value = 0;
        for (std::size_t i = 0; good_ && i < width; ++i)
            value = value * 10 + static_cast<unsigned>(rest_[i] - '0');
        if (good_) rest_.remove_prefix(width);
        return value;
    }

    unsigned month() noexcept {
        const auto found = std::find(month_names.begin(), month_names.end(), rest_.substr(0, 3));
        good_ = good_ && found != month_names.end();
        if (good_) rest_.remove_prefix(3);
        return good_ ? static_cast<unsigned>(found - month_names.begin()) + 1 : 0;
    }

    /// asctime's day: two columns, the first a digit or a space.
    unsigned padded_day() noexcept {
        const bool padded = rest_.starts_with(' ');
        if (padded) rest_.remove_prefix(1);
        return digits(padded ? 1 : 2);
    }

    void time(Fields& out) noexcept {
        out.hour = digits(2);
        expect(":");
        out.minute = digits(2);
        expect(":");
        out.second = digits(2);
    }

    [[nodiscard]] bool at_end() const noexcept { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

/// The rest of `06 Nov 1994 08:49:37 GMT`.
bool read_imf(Cursor& cursor, Fields& out) noexcept {
    out.day = cursor.digits(2);
    cursor.expect(" ");
    out.month = cursor.month();
    cursor.expect(" ");
    out.year = static_cast<int>(cursor.digits(4));
    cursor.expect(" ");
    cursor.time(out);
    cursor.expect(" GMT");
    return cursor.at_end();
}

/// The rest of `06-Nov-94 08:49:37 GMT`; the year comes out with two digits.
bool read_rfc850(Cursor& cursor, Fields& out) noexcept {
    out.day = cursor.digits(2);
    cursor.expect("-");
    out.month = cursor.month();
    cursor.expect("-");
    out.year = static_cast<int>(cursor.digits(2));
    cursor.expect(" ");
    cursor.time(out);
    cursor.expect(" GMT");
    return cursor.at_end();
}

/// The rest of `Nov  6 08:49:37 1994`.
bool read_asctime(Cursor& cursor, Fields& out) noexcept {
    out.month = cursor.month();
    cursor.expect(" ");
    out.day = cursor.padded_day();
    cursor.expect(" ");
    cursor.time(out);
    cursor.expect(" ");
    out.year = static_cast<int>(cursor.digits(4));
    return cursor.at_end();
}

/// Division rounds towards zero, days begin towards the past.
int year_of(std::int64_t seconds) noexcept {
    const std::int64_t day = (seconds >= 0 ? seconds : seconds - seconds_a_day + 1) / seconds_a_day;
    return static_cast<int>(std::chrono::year_month_day(sys_days(days(day))).year());
}

/// RFC 9110 §5.6.7: the latest year with these two digits that is not more than 50 years ahead.
int settle_century(int two_digits, std::int64_t now_seconds) noexcept {
    const int last = year_of(std::clamp(now_seconds, earliest, latest)) + 50;
    const int candidate = last - last % 100 + two_digits;
    FS_ASSERT(two_digits >= 0 && two_digits <= 99);
    return candidate > last ? candidate - 100 : candidate;
}

}  // namespace

std::int64_t unix_seconds(WallTime time) noexcept {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

DateText format_date(std::int64_t seconds) noexcept {
    const std::int64_t cut = std::clamp(seconds, earliest, latest);
    std::int64_t day = cut / seconds_a_day;
    if (cut % seconds_a_day < 0) --day;
    const auto second_of_day = static_cast<unsigned>(cut - day * seconds_a_day);
    const sys_days date{days(day)};
    const std::chrono::year_month_day ymd(date);
    DateText text;
    char* at = text.chars.data();
    put_text(at, "Sun, 00 Jan 0000 00:00:00 GMT");
    put_text(at, day_names[std::chrono::weekday(date).c_encoding()].substr(0, 3));
    put_digits(at + 5, static_cast<unsigned>(ymd.day()), 2);
    put_text(at + 8, month_names[static_cast<unsigned>(ymd.month()) - 1]);
    put_digits(at + 12, static_cast<unsigned>(static_cast<int>(ymd.year())), 4);
    put_digits(at + 17, second_of_day / 3600, 2);
    put_digits(at + 20, second_of_day / 60 % 60, 2);
    put_digits(at + 23, second_of_day % 60, 2);
    return text;
}

// What follows the day's name tells the forms apart: a comma after three letters, a blank, or the rest of the
// name. RFC 9110 wants a recipient to take all three, and a generator to write only the first.
std::optional<std::int64_t> parse_date(std::string_view text, std::int64_t now_seconds) noexcept {
    Fields fields;
    for (const std::string_view day : day_names) {
        if (!text.starts_with(day.substr(0, 3))) continue;
        const std::string_view after_short = text.substr(3);
        if (after_short.starts_with(", ")) {
            Cursor cursor(after_short.substr(2));
            return read_imf(cursor, fields) ? to_seconds(fields) : std::nullopt;
        }
        if (after_short.starts_with(' ')) {
            Cursor cursor(after_short.substr(1));
            return read_asctime(cursor, fields) ? to_seconds(fields) : std::nullopt;
        }
        if (!text.starts_with(day) || !text.substr(day.size()).starts_with(", ")) return std::nullopt;
        Cursor cursor(text.substr(day.size() + 2));
        if (!read_rfc850(cursor, fields)) return std::nullopt;
        fields.year = settle_century(fields.year, now_seconds);
        return to_seconds(fields);
    }
    return std::nullopt;
}

std::string_view DateCache::at(WallTime now) noexcept {
    const std::int64_t second = unix_seconds(now);
    if (second != second_) {
        text_ = format_date(second);
        second_ = second;
    }
    return text_.view();
}

}  // namespace filesrv::http
