// SPDX-License-Identifier: MIT
// Lines typed at the prompt, kept from one start to the next.
#include "tools/filesrv-client/history_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/assert.hpp"
#include "os/append_file.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"

namespace filesrv::client {
namespace {

constexpr std::uint64_t history_bytes_max = 8U << 20U;  ///< of which no more is read

/// The end of the file, from a line's beginning on.
Result<std::string> end_of(const std::string& path) {
    auto file = os::open_path(path.c_str(), os::OpenMode::read);
    if (!file) return std::unexpected(file.error());
    const auto stat = os::stat_fd(file->get());
    if (!stat) return std::unexpected(stat.error());
    if (stat->type != os::FileType::regular) return failure(EINVAL, "open", path);
    const std::uint64_t begin = stat->size - std::min(stat->size, history_bytes_max);
    std::string text(stat->size - begin, '\0');
    const auto got = os::read_at(file->get(), text, begin);
    if (!got) return std::unexpected(got.error());
    text.resize(*got);
    if (begin > 0) text.erase(0, text.find('\n') + 1);
    return text;
}

/// Lines that are whole and not too long: a prompt that was killed may have left half of one.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        if (end > 0 && end <= history_line_bytes) lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return lines;
}

/// Replaces the file at once, so that a crash leaves the one or the other.
Result<void> rewrite(const std::filesystem::path& path, const std::vector<std::string>& lines) {
    const auto folder = os::open_path(path.parent_path().c_str(), os::OpenMode::any_folder);
    if (!folder) return std::unexpected(folder.error());
    const std::string name = path.filename();
    const std::string fresh = name + ".new";
    auto file = os::open_at(folder->get(), fresh.c_str(), os::OpenMode::create_new, 0600);
    if (!file) return std::unexpected(file.error());
    std::string text;
    for (const std::string& line : lines) text.append(line).append("\n");
    auto written = os::write_at(file->get(), text, 0);
    if (written) written = file->close();
    const int code = written ? os::rename_over({folder->get(), fresh.c_str()}, {folder->get(), name.c_str()}) : 0;
    if (written && code == 0) return {};
    static_cast<void>(os::remove_name(folder->get(), fresh.c_str()));
    return written ? failure(code, "rename", path.native()) : written;
}

Result<void> make_folders(const std::string& path) {
    std::filesystem::path folder;
    for (const auto& part : std::filesystem::path(path).parent_path()) {
        folder /= part;
        const int made = os::make_folder(os::Fd(AT_FDCWD), folder.c_str(), 0700);
        if (made != 0 && made != EEXIST) return failure(made, "mkdir", folder.native());
    }
    return {};
}

}  // namespace

std::optional<std::string> history_path(const char* state_home, const char* home) {
    constexpr std::string_view name = "/filesrv/client_history";
    if (state_home != nullptr && state_home[0] == '/') return std::string(state_home).append(name);
    if (home != nullptr && home[0] == '/') return std::string(home).append("/.local/state").append(name);
    return std::nullopt;
}

Result<std::vector<std::string>> HistoryFile::load() {
    auto text = end_of(path_);
    if (!text && text.error().code == ENOENT) return std::vector<std::string>();
    if (!text) return std::unexpected(text.error());
    std::vector<std::string> lines = lines_of(*text);
    const bool is_long = lines.size() >= 2 * history_lines || text->size() >= history_bytes_max / 2;
    if (lines.size() > history_lines) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(history_lines));
    if (is_long)
        if (const auto written = rewrite(path_, lines); !written && written.error().code != EEXIST)
            return std::unexpected(written.error());
    if (!lines.empty()) last_ = lines.back();
    return lines;
}

Result<void> HistoryFile::add(std::string_view line) {
    if (line.empty() || line.size() > history_line_bytes || line == last_) return {};
    FS_ASSERT(line.find('\n') == line.npos);
    last_ = line;
    if (const auto made = make_folders(path_); !made) return made;
    auto file = os::open_for_append(path_);
    if (!file) return std::unexpected(file.error());
    // Before the first byte: whoever made it, and with whatever umask, it is ours alone now.
    if (const int code = os::set_mode(file->get(), 0600); code != 0) return failure(code, "fchmod", path_);
    if (const auto written = os::append_all(file->get(), std::string(line) + '\n'); !written) return written;
    return file->close();
}

}  // namespace filesrv::client
