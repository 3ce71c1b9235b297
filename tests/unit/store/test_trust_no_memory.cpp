// SPDX-License-Identifier: MIT
// Memory runs out while a file becomes one that is trusted, at each allocation in turn: nothing is taken for proved that
// was not, and nothing is lost for good.
#include <doctest/doctest.h>

#include <new>

#include "../../support/scarce_memory.hpp"
#include "kept_files.hpp"
#include "store/trusted_files.hpp"

using namespace filesrv;
using namespace filesrv::test;
using store::FileTrust;

namespace {

constexpr const char* path = "folder/file";

/// Asks until one look is left, and then with memory for so few allocations. Whether it ran out.
bool ask_with(std::size_t allocations, Asked& asked) {
    (void)asked.ask(path);
    for (std::uint32_t look = 1; look < FileTrust::looks_at_first; ++look) REQUIRE_FALSE(asked.is_trusted(path));
    const ScarceMemory scarce(allocations);
    try {
        (void)asked.ask(path);
        return false;
    } catch (const std::bad_alloc&) {
        return true;
    }
}

}  // namespace

TEST_CASE("a proof that ran out of memory is none, and is made good by a later one") {
    Place place;
    if (!place.can_trust) return;
    place.put(path, "text");
    std::size_t granted = 0;
    for (bool ran_out = true; ran_out; ++granted) {
        CAPTURE(granted);
        Asked asked(place);
        ran_out = ask_with(granted, asked);
        CHECK(asked.asked_until_trusted(path, 100) < 100);

        Asked other(place);
        const auto writer = os::UniqueFd::adopt(::open((place.folder / path).c_str(), O_RDWR | O_CLOEXEC));
        (void)ask_with(granted, other);
        CHECK(other.asked_until_trusted(path, 100) == 100);
    }
    CHECK(granted > 1);
}
