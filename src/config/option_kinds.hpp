// SPDX-License-Identifier: MIT
// The kinds of options: each maker knows how a member of its type is parsed and shown. Only for the table.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "base/numbers.hpp"
#include "config/options.hpp"

namespace filesrv::config {

/// What a row says of itself, whatever its kind; the same words as in OptionSpec.
struct Words {
    char letter;
    std::string_view name;
    std::string_view key;
    std::string_view value;
    std::string_view fallback;
    std::string_view help;
};

constexpr OptionSpec row(const Words& words, ValueKind kind, decltype(OptionSpec::set) set,
                         decltype(OptionSpec::show) show, decltype(OptionSpec::clear) clear = nullptr) {
    return {words.letter, words.name, words.key, words.value, kind,
            words.fallback, words.help, set, show, clear};
}

/// On or off.
template <bool Config::*Member>
constexpr OptionSpec flag(const Words& words) {
    return row(
        words, ValueKind::flag,
        [](Config& config, std::string_view text) -> Parsed<void> {
            if (text != "true" && text != "false")
                return std::unexpected(in_quotes(text) + " is not true or false");
            config.*Member = text == "true";
            return {};
        },
        [](const Config& config) { return std::string(config.*Member ? "true" : "false"); });
}

/// A count between two limits, both allowed.
template <auto Member, std::uint64_t Min, std::uint64_t Max>
constexpr OptionSpec number(const Words& words) {
    return row(
        words, ValueKind::number,
        [](Config& config, std::string_view text) -> Parsed<void> {
            const auto parsed = parse_decimal(text);
            if (!parsed || *parsed < Min || *parsed > Max)
                return std::unexpected(in_quotes(text) + " is not a whole number from " +
                                       std::to_string(Min) + " to " + std::to_string(Max));
            config.*Member = static_cast<std::uint32_t>(*parsed);
            return {};
        },
        [](const Config& config) { return std::to_string(config.*Member); });
}

/// Bytes.
template <std::uint64_t Config::*Member>
constexpr OptionSpec size(const Words& words) {
    return row(
        words, ValueKind::size,
        [](Config& config, std::string_view text) -> Parsed<void> {
            const auto parsed = parse_size(text);
            // TOML's integers are signed: a size above 2^63-1 could not be printed and read back.
            if (!parsed || *parsed > std::numeric_limits<std::int64_t>::max())
                return std::unexpected(in_quotes(text) +
                                       " is not a size (bytes, or with a suffix K, M, G, T)");
            config.*Member = *parsed;
            return {};
        },
        [](const Config& config) { return std::to_string(config.*Member); });
}

/// Whether 0 has a meaning of its own (never, at once) or is a mistake.
enum class Zero { allowed, refused };

/// A time.
template <Duration Config::*Member, Zero zero>
constexpr OptionSpec seconds(const Words& words) {
    return row(
        words, ValueKind::seconds,
        [](Config& config, std::string_view text) -> Parsed<void> {
            const auto parsed = parse_seconds(text);
            if (!parsed)
                return std::unexpected(in_quotes(text) +
                                       " is not a number of seconds (such as 60 or 0.5)");
            if (zero == Zero::refused && *parsed == Duration::zero())
                return std::unexpected("must be above 0");
            config.*Member = *parsed;
            return {};
        },
        [](const Config& config) { return to_text(config.*Member); });
}

/// A text as TOML; nothing where it is unset.
inline std::string shown(const std::string& text) { return text.empty() ? text : quoted(text); }
inline std::string shown(const AccessLog& log) {
    return log.format == AccessLogFormat::automatic ? std::string() : quoted(to_text(log));
}
inline std::string shown(Durability durability) { return quoted(to_text(durability)); }
inline std::string shown(LogLevel level) { return quoted(to_text(level)); }
inline std::string shown(const WorkerRange& range) { return quoted(to_text(range)); }

/// One element of a list as text.
inline const std::string& element_text(const std::string& text) { return text; }
inline std::string element_text(const ListenAddress& address) { return to_text(address); }

/// A member whose text `parse` understands.
template <auto Member, auto parse>
constexpr OptionSpec parsed_text(const Words& words) {
    return row(
        words, ValueKind::text,
        [](Config& config, std::string_view text) -> Parsed<void> {
            auto value = parse(text);
            if (!value) return std::unexpected(value.error());
            config.*Member = *std::move(value);
            return {};
        },
        [](const Config& config) { return shown(config.*Member); });
}

/// For a text whose default is not empty: an empty one is a choice, not the lack of one.
template <std::string Config::*Member>
constexpr OptionSpec always_shown(OptionSpec spec) {
    spec.show = [](const Config& config) { return quoted(config.*Member); };
    return spec;
}

/// Values that add up, each understood by `parse`.
template <auto Member, auto parse>
constexpr OptionSpec list(const Words& words) {
    return row(
        words, ValueKind::list,
        [](Config& config, std::string_view text) -> Parsed<void> {
            auto value = parse(text);
            if (!value) return std::unexpected(value.error());
            (config.*Member).push_back(*std::move(value));
            return {};
        },
        [](const Config& config) {
            std::string out;
            for (const auto& value : config.*Member)
                out += (out.empty() ? "[" : ", ") + quoted(element_text(value));
            return out.empty() ? out : out + ']';
        },
        [](Config& config) { (config.*Member).clear(); });
}

}  // namespace filesrv::config
