// SPDX-License-Identifier: MIT
// Byte edits. Places are uniform over the request, runs are mostly short.
#include "byte_edits.hpp"

#include <algorithm>
#include <array>

#include "words.hpp"

namespace filesrv::mutate {
namespace {

/// A run of the request: 1 to 8 bytes, now and then up to all of it.
struct Run {
    std::size_t at;
    std::size_t size;
};

Run some_run(const std::string& request, Random& random) {
    FS_ASSERT(!request.empty());
    const std::size_t at = random.below(request.size());
    const std::size_t left = request.size() - at;
    const std::size_t longest = random.one_in(8) ? left : std::min<std::size_t>(left, 8);
    return {.at = at, .size = 1 + random.below(longest)};
}

void flip_bit(std::string& request, Random& random, const Sources&) {
    if (request.empty()) return;
    char& byte = request[random.below(request.size())];
    byte = static_cast<char>(byte ^ (1 << random.below(8)));
}

void set_byte(std::string& request, Random& random, const Sources&) {
    if (!request.empty()) request[random.below(request.size())] = static_cast<char>(random.below(256));
}

void insert_byte(std::string& request, Random& random, const Sources&) {
    request.insert(random.below(request.size() + 1), 1, static_cast<char>(random.below(256)));
}

void insert_separator(std::string& request, Random& random, const Sources&) {
    insert_repeated(request, random.below(request.size() + 1), random.pick(words::separators()), 1);
}

void put_separator(std::string& request, Random& random, const Sources&) {
    if (request.empty()) return;
    const std::string_view separator = random.pick(words::separators());
    const std::size_t at = random.below(request.size());
    request.replace(at, std::min(separator.size(), request.size() - at), separator);
}

void delete_run(std::string& request, Random& random, const Sources&) {
    if (request.empty()) return;
    const Run run = some_run(request, random);
    request.erase(run.at, run.size);
}

void duplicate_run(std::string& request, Random& random, const Sources&) {
    if (request.empty()) return;
    const Run run = some_run(request, random);
    const std::string text = request.substr(run.at, run.size);
    insert_repeated(request, run.at, text, 1 + random.below(3));
}

/// A run of one byte that is about as long as a limit. Rare: such requests are slow to send.
void stretch(std::string& request, Random& random, const Sources&) {
    static constexpr std::array<std::size_t, 6> sizes{70, 255, 1024, 4096, 8192, 32768};
    const std::size_t about = random.one_in(16) ? random.pick(sizes) : 70;
    const std::string_view byte = random.one_in(2) ? "a" : random.pick(words::separators());
    insert_repeated(request, random.below(request.size() + 1), byte, about - 2 + random.below(5));
}

/// The front of this request and the back of another.
void splice(std::string& request, Random& random, const Sources& sources) {
    const std::string& other = random.pick(sources.seeds);
    FS_ASSERT(!other.empty());
    request.resize(random.below(request.size() + 1));
    request.append(other, random.below(other.size() + 1));
}

void cut(std::string& request, Random& random, const Sources&) {
    request.resize(random.below(request.size() + 1));
}

constexpr std::array<Edit, 12> edits{flip_bit,         flip_bit,         set_byte,   insert_byte,
                                     insert_separator, insert_separator, delete_run, duplicate_run,
                                     stretch,          splice,           cut,        put_separator};

}  // namespace

std::span<const Edit> byte_edits() noexcept {
    return edits;
}

void insert_repeated(std::string& request, std::size_t at, std::string_view text, std::size_t count) {
    FS_ASSERT(at <= request.size());
    if (text.empty() || request.size() >= request_bytes_max) return;
    count = std::min(count, (request_bytes_max - request.size()) / text.size());
    std::string copies;
    copies.reserve(count * text.size());
    for (; count > 0; --count) copies.append(text);
    request.insert(at, copies);
}

}  // namespace filesrv::mutate
