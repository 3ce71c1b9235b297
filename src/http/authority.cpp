// SPDX-License-Identifier: MIT
// Host and port: the grammar of RFC 3986 §3.2.2 to the letter, because a lenient reading here has let
// requests in.
#include "http/authority.hpp"

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <array>

namespace filesrv::http {
namespace {

/// Strict dotted decimal: four numbers of 0–255 without leading zeros, which some read as octal.
std::optional<std::array<std::uint8_t, 4>> parse_ipv4(std::string_view text) noexcept {
    std::array<std::uint8_t, 4> octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const std::size_t end = i + 1 < octets.size() ? text.find('.') : text.size();
        if (end == std::string_view::npos || end == 0 || end > 3 || (end > 1 && text[0] == '0'))
            return std::nullopt;
        const auto value = parse_decimal(text.substr(0, end));
        if (!value || *value > 255) return std::nullopt;
        octets[i] = static_cast<std::uint8_t>(*value);
        text.remove_prefix(end);
        if (i + 1 < octets.size()) text.remove_prefix(1);
    }
    return octets;
}

/// The eight groups of an IPv6 address, `::` and a dotted tail understood (RFC 4291 §2.2).
class Ipv6Reader {
public:
    explicit Ipv6Reader(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] std::optional<std::array<std::uint16_t, 8>> read() noexcept {
        if (rest_.starts_with("::")) open_gap();
        while (!rest_.empty()) {
            if (!read_group()) return std::nullopt;
            if (rest_.empty()) break;
            if (rest_.front() != ':' || count_ == groups_.size()) return std::nullopt;
            if (rest_.starts_with("::")) {
                if (has_gap_) return std::nullopt;
                open_gap();
            } else {
                rest_.remove_prefix(1);
                if (rest_.empty()) return std::nullopt;
            }
        }
        // A gap stands for at least one group of zeros; without one all eight are written out.
        if (has_gap_ ? count_ >= groups_.size() : count_ != groups_.size()) return std::nullopt;
        return spread();
    }

private:
    /// Remembers where the zeros belong; how many is known only at the end.
    void open_gap() noexcept {
        FS_ASSERT(!has_gap_ && rest_.starts_with("::"));
        has_gap_ = true;
        gap_at_ = count_;
        rest_.remove_prefix(2);
    }

    /// One to four hexadecimal digits, or a dotted address as the last two groups.
    bool read_group() noexcept {
        const std::size_t end = std::min(rest_.find(':'), rest_.size());
        const std::string_view text = rest_.substr(0, end);
        if (text.find('.') != std::string_view::npos) return end == rest_.size() && read_dotted(text);
        const auto value = parse_hex(text);
        if (!value || text.size() > 4 || count_ == groups_.size()) return false;
        groups_[count_++] = static_cast<std::uint16_t>(*value);
        rest_.remove_prefix(end);
        return true;
    }

    /// RFC 4291 §2.2 form 3.
    bool read_dotted(std::string_view text) noexcept {
        const auto octets = parse_ipv4(text);
        if (!octets || count_ + 2 > groups_.size()) return false;
        for (std::size_t i = 0; i < 4; i += 2) {
            groups_[count_++] = static_cast<std::uint16_t>((*octets)[i] << 8 | (*octets)[i + 1]);
        }
        rest_ = {};
        return true;
    }

    /// Moves what stands after the gap to the end.
    [[nodiscard]] std::array<std::uint16_t, 8> spread() const noexcept {
        FS_ASSERT(count_ <= groups_.size());
        if (!has_gap_) return groups_;
        std::array<std::uint16_t, 8> all{};
        const std::size_t shift = all.size() - count_;
        for (std::size_t i = 0; i < count_; ++i) all[i < gap_at_ ? i : i + shift] = groups_[i];
        return all;
    }

    std::string_view rest_;
    std::array<std::uint16_t, 8> groups_{};
    std::size_t count_ = 0;
    std::size_t gap_at_ = 0;
    bool has_gap_ = false;
};

/// Unreserved, sub-delims, and whole escapes; at least one.
bool is_reg_name(std::string_view text) noexcept {
    constexpr std::string_view marks = "-._~!$&'()*+,;=";
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (text.size() - i < 3 || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return false;
            i += 2;
        } else if (!grammar::is_alpha(text[i]) && !grammar::is_digit(text[i]) &&
                   marks.find(text[i]) == marks.npos) {
            return false;
        }
    }
    return !text.empty();
}

/// `localhost.` is the same name, said to be complete (RFC 1034 §3.1). A dot alone stays one.
std::string_view without_final_dot(std::string_view host) noexcept {
    if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
    return host;
}

/// An IPv6 address in a URL; the only host that holds colons.
bool is_bracketed(std::string_view host) noexcept {
    return host.starts_with('[') && host.ends_with(']');
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) noexcept {
    const bool bracketed = text.starts_with('[');
    const std::size_t host_end = bracketed ? text.find(']') + 1 : std::min(text.find(':'), text.size());
    if (bracketed && host_end == 0) return std::nullopt;
    Authority authority{.host = text.substr(0, host_end), .port = std::nullopt};
    FS_ASSERT(host_end <= text.size());
    const bool host_ok = bracketed ? Ipv6Reader(authority.host.substr(1, host_end - 2)).read().has_value()
                                   : is_reg_name(authority.host);
    if (!host_ok) return std::nullopt;
    std::string_view rest = text.substr(host_end);
    if (rest.empty()) return authority;
    if (rest.front() != ':') return std::nullopt;
    rest.remove_prefix(1);
    if (rest.empty()) return authority;
    const auto port = parse_decimal(rest);
    if (!port || *port > 65535) return std::nullopt;
    authority.port = static_cast<std::uint16_t>(*port);
    return authority;
}

bool is_loopback_host(std::string_view host) noexcept {
    if (is_bracketed(host)) {
        constexpr std::array<std::uint16_t, 8> loopback = {0, 0, 0, 0, 0, 0, 0, 1};
        return Ipv6Reader(host.substr(1, host.size() - 2)).read() == loopback;
    }
    host = without_final_dot(host);
    if (const auto octets = parse_ipv4(host)) return octets->front() == 127;
    // The name itself, or any below it: resolvers may not send those elsewhere. `alocalhost` is neither.
    constexpr std::string_view name = "localhost";
    if (host.size() < name.size()) return false;
    const std::string_view prefix = host.substr(0, host.size() - name.size());
    if (!grammar::equals_ignoring_case(host.substr(prefix.size()), name)) return false;
    return prefix.empty() || (prefix.size() > 1 && prefix.ends_with('.'));
}

bool same_host(std::string_view a, std::string_view b) noexcept {
    if (is_bracketed(a) && is_bracketed(b)) {
        const auto groups = Ipv6Reader(a.substr(1, a.size() - 2)).read();
        return groups && groups == Ipv6Reader(b.substr(1, b.size() - 2)).read();
    }
    return grammar::equals_ignoring_case(without_final_dot(a), without_final_dot(b));
}

}  // namespace filesrv::http
