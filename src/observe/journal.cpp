// SPDX-License-Identifier: MIT
// Entries of the journal.
#include "observe/journal.hpp"

#include <algorithm>
#include <cstdint>

#include "base/assert.hpp"

namespace filesrv::observe {
namespace {

bool is_field_name(std::string_view name) noexcept {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

}  // namespace

void append_journal_field(std::string& out, std::string_view name, std::string_view value) {
    FS_ASSERT(is_field_name(name));
    out += name;
    if (value.find('\n') == std::string_view::npos) {
        out.append("=").append(value).append("\n");
        return;
    }
    out += '\n';
    for (unsigned shift = 0; shift < 64; shift += 8) out += static_cast<char>(std::uint64_t{value.size()} >> shift & 0xFF);
    out.append(value).append("\n");
}

char journal_priority(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::trace:
        case LogLevel::debug: return '7';
        case LogLevel::info: return '6';
        case LogLevel::warning: return '4';
        case LogLevel::error: return '3';
    }
    FS_UNREACHABLE("a level of no kind");
}

std::string_view journal_message_id(LogKind kind) noexcept {
    switch (kind) {
        case LogKind::other: return {};
        case LogKind::started: return "7d4a1f0c3c5e4f1db6b0f2a7c9e8d1a4";
        case LogKind::leaving: return "c2e6b8d90f7a4a53a3d1e5f4b7c60918";
        case LogKind::reload: return "e91b3a6d5c0847f2917f6a8d2b4c0e35";
    }
    FS_UNREACHABLE("a kind of no kind");
}

std::string journal_entry(LogLevel level, std::string_view line, LogKind kind) {
    std::string entry;
    append_journal_field(entry, "PRIORITY", std::string_view(&"01234567"[journal_priority(level) - '0'], 1));
    append_journal_field(entry, "SYSLOG_IDENTIFIER", "filesrvd");
    if (const auto id = journal_message_id(kind); !id.empty()) append_journal_field(entry, "MESSAGE_ID", id);
    append_journal_field(entry, "MESSAGE", line);
    return entry;
}

}  // namespace filesrv::observe
