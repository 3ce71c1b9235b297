// SPDX-License-Identifier: MIT
// What this process uses of the machine now.
#include "os/usage.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "os/file.hpp"
#include "os/open.hpp"

namespace filesrv::os {

std::optional<std::uint64_t> resident_bytes() {
    const auto file = open_path("/proc/self/statm", OpenMode::read);
    if (!file) return std::nullopt;
    std::array<char, 128> text;
    const auto length = read_at(file->get(), text, 0);
    if (!length) return std::nullopt;
    // `size resident shared …`, in pages.
    std::string_view fields(text.data(), *length);
    fields.remove_prefix(std::min(fields.find(' ') + 1, fields.size()));
    const auto pages = parse_decimal(fields.substr(0, fields.find(' ')));
    if (!pages) return std::nullopt;
    const long page_bytes = ::sysconf(_SC_PAGESIZE);
    FS_ASSERT(page_bytes > 0);
    return *pages * static_cast<std::uint64_t>(page_bytes);
}

std::optional<std::uint64_t> open_descriptors() noexcept {
    struct stat found {};
    if (::stat("/proc/self/fd", &found) != 0 || found.st_size == 0) return std::nullopt;
    return static_cast<std::uint64_t>(found.st_size);
}

}  // namespace filesrv::os
