// SPDX-License-Identifier: MIT
// The program's pages by dl_iterate_phdr(3), what they are by /proc/self/pagemap, given back by madvise(2).
#include "os/program_pages.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "os/fd.hpp"

namespace filesrv::os {
namespace {

/// Whole pages.
struct Pages {
    std::uintptr_t first;  ///< its number, not its address
    std::size_t count;
};

/// Of /proc/PID/pagemap, as the kernel's admin-guide/mm/pagemap.rst has it.
constexpr std::uint64_t is_present = std::uint64_t{1} << 63;
constexpr std::uint64_t is_swapped = std::uint64_t{1} << 62;
constexpr std::uint64_t is_of_file = std::uint64_t{1} << 61;

std::size_t bytes_a_page() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

/// No page of them has been written to since it was mapped: MADV_DONTNEED would lose that.
bool all_are_the_files(Fd pagemap, Pages pages) noexcept {
    std::array<std::uint64_t, 128> entries{};
    while (pages.count > 0) {
        const std::size_t some = std::min(pages.count, entries.size());
        const auto place = static_cast<::off_t>(pages.first * sizeof entries[0]);
        const ::ssize_t got = ::pread(pagemap.number(), entries.data(), some * sizeof entries[0], place);
        if (got != static_cast<::ssize_t>(some * sizeof entries[0])) return false;
        const bool own = std::ranges::any_of(std::span(entries).first(some), [](std::uint64_t entry) {
            return (entry & is_swapped) != 0 || ((entry & is_present) != 0 && (entry & is_of_file) == 0);
        });
        if (own) return false;
        pages = {.first = pages.first + some, .count = pages.count - some};
    }
    return true;
}

/// Called for the program, which comes first, and told to stop there.
int give_back(::dl_phdr_info* program, std::size_t, void* argument) noexcept {
    const Fd pagemap = *static_cast<const Fd*>(argument);
    const std::size_t page = bytes_a_page();
    FS_ASSERT(page > 0);
    for (const auto& segment : std::span(program->dlpi_phdr, program->dlpi_phnum)) {
        // Addresses that the linker has put in are in the writable one, which is read-only by now, but ours.
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        const std::uintptr_t begin = program->dlpi_addr + segment.p_vaddr;
        const std::uintptr_t first = begin / page;
        const Pages pages{.first = first, .count = (begin + segment.p_memsz + page - 1) / page - first};
        if (!all_are_the_files(pagemap, pages)) continue;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the program's header has numbers.
        static_cast<void>(::madvise(reinterpret_cast<void*>(pages.first * page), pages.count * page, MADV_DONTNEED));
    }
    return 1;
}

}  // namespace

void give_back_program_pages() noexcept {
    const auto pagemap = UniqueFd::adopt(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
    if (!pagemap.is_open()) return;
    Fd borrowed = pagemap.get();
    ::dl_iterate_phdr(give_back, &borrowed);
}

}  // namespace filesrv::os
