// SPDX-License-Identifier: MIT
// Pages of the program that are given back.
#include "os/program_pages.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace filesrv::os;

namespace {

constexpr std::size_t some_pages = 4 * 4096;

/// Constants of the program, in pages that hold nothing else on systems whose pages have 4 KiB.
alignas(4096) constexpr struct { unsigned char bytes[some_pages] = {1, 2, 3}; } program_constants;

std::span<const volatile unsigned char> constants() { return program_constants.bytes; }

}  // namespace

TEST_CASE("what was given back of the program is there again when it is used") {
    for (int turn = 0; turn < 3; ++turn) {
        give_back_program_pages();
        CHECK(constants()[0] == 1);
        CHECK(constants()[2] == 3);
        CHECK(std::all_of(constants().begin() + 3, constants().end(), [](unsigned char byte) { return byte == 0; }));
    }
}

TEST_CASE("what a debugger has written into the program is not given back") {
    if (::sysconf(_SC_PAGESIZE) != 4096) return;
    void* const page = const_cast<unsigned char*>(program_constants.bytes + 4096);
    REQUIRE(::mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
    *static_cast<volatile unsigned char*>(page) = 0xCC;
    REQUIRE(::mprotect(page, 4096, PROT_READ) == 0);
    give_back_program_pages();
    CHECK(constants()[4096] == 0xCC);
}
