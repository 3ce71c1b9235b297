// SPDX-License-Identifier: MIT
// Batch files: reading them, and walking their lines twice.
#include "tools/filesrv-client/batch_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/assert.hpp"
#include "tools/filesrv-client/batch_line.hpp"
#include "tools/filesrv-client/options.hpp"

namespace filesrv::client {
namespace {

constexpr std::size_t batch_bytes_max = 256 * 1024 * 1024;
constexpr std::size_t problems_max = 20;

[[noreturn]] void cannot_read(const std::string& name, int error) {
    throw UsageError("cannot read " + name + ": " + std::strerror(error));
}

std::string read_all(std::FILE* file, const std::string& name) {
    std::string text;
    char piece[64 * 1024];
    for (std::size_t count = 1; count > 0;) {
        count = std::fread(piece, 1, sizeof piece, file);
        text.append(piece, count);
        if (text.size() > batch_bytes_max) cannot_read(name, EFBIG);
    }
    if (std::ferror(file) != 0) cannot_read(name, errno);
    return text;
}

}  // namespace

BatchFile BatchFile::read(const std::string& path) {
    if (path == "-") return {"standard input", read_all(stdin, "standard input")};
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
    if (!file) cannot_read(path, errno);
    return {path, read_all(file.get(), path)};
}

std::optional<std::string_view> BatchFile::take_line() {
    if (at_ >= text_.size()) return std::nullopt;
    const std::string_view rest = std::string_view(text_).substr(at_);
    std::string_view line = rest.substr(0, rest.find('\n'));
    at_ += std::min(line.size() + 1, rest.size());
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::vector<std::string> BatchFile::check(const Server& fallback) {
    fallback_ = fallback;
    at_ = line_ = requests_ = 0;
    std::vector<std::string> problems;
    while (const auto line = take_line()) {
        const auto request = parse_batch_line(*line, fallback_);
        if (request) requests_ += request->has_value();
        else problems.push_back(name_ + ":" + std::to_string(line_) + ": " + request.error());
        if (problems.size() == problems_max) break;
    }
    at_ = line_ = 0;
    return problems;
}

std::optional<Request> BatchFile::next() {
    while (const auto line = take_line()) {
        auto request = parse_batch_line(*line, fallback_);
        FS_ASSERT(request);  // check() has seen it
        if (!*request) continue;
        (*request)->line = line_;
        return std::move(**request);
    }
    return std::nullopt;
}

}  // namespace filesrv::client
