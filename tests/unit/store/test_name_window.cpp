// SPDX-License-Identifier: MIT
#include "store/name_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

using namespace filesrv::store;

namespace {

/// A name that is kept, as ListedName only views it.
struct Held {
    Kind kind;
    std::string name;

    [[nodiscard]] ListedName view() const noexcept { return {.kind = kind, .name = name}; }
    bool operator<(const Held& other) const noexcept { return view() < other.view(); }
    bool operator==(const Held&) const noexcept = default;
};
using Model = std::set<Held>;

std::mt19937& random_source() {
    static std::mt19937 source(20261123);
    return source;
}

std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_source()); }

/// Bytes of every value but those that no name has, from a few letters so that names share long beginnings.
Held some_name(std::size_t length_max) {
    constexpr std::string_view letters = "ab\x01\x7f\x80\xff";
    Held held{below(4) == 0 ? Kind::folder : Kind::file, {}};
    const std::size_t length = 1 + below(length_max);
    for (std::size_t i = 0; i < length; ++i) held.name += letters[below(letters.size())];
    return held;
}

Model some_names(std::size_t count, std::size_t length_max) {
    Model names;
    while (names.size() < count) names.insert(some_name(length_max));
    return names;
}

/// Offers all in an order of chance, as a folder does, and some twice.
void offer_all(NameWindow& window, const Model& names) {
    std::vector<Held> order(names.begin(), names.end());
    std::ranges::shuffle(order, random_source());
    for (const Held& held : order) {
        window.offer(held.view());
        if (below(10) == 0) window.offer(held.view());
    }
    window.finish();
}

void take(const NameWindow& window, std::vector<Held>& taken) {
    for (std::size_t i = 0; i < window.size(); ++i) taken.push_back({window[i].kind, std::string(window[i].name)});
}

}  // namespace

TEST_CASE("folders come before files, then bytes count, unsigned") {
    const ListedName order[] = {{Kind::folder, "B"}, {Kind::folder, "b"}, {Kind::file, "A"}, {Kind::file, "a"},
                                {Kind::file, "a\x01"}, {Kind::file, "aa"}, {Kind::file, "\xFF"}};
    CHECK(std::ranges::is_sorted(order, std::less<>()));
    CHECK_FALSE(order[0] < order[0]);
}

TEST_CASE("windows of any size give every name once, in order") {
    for (const std::size_t count : {0U, 1U, 2U, 50U, 3000U})
        for (const std::size_t length_max : {3U, 16U, 255U})
            for (const std::size_t bytes : {std::size_t{2048}, std::size_t{10'000}, std::size_t{1} << 20}) {
                CAPTURE(count);
                CAPTURE(length_max);
                CAPTURE(bytes);
                if (length_max == 3 && count > 300) continue;  // there are not so many
                const Model names = some_names(count, length_max);
                NameWindow window;
                std::vector<Held> taken;
                do {
                    window.begin(bytes);
                    offer_all(window, names);
                    REQUIRE((window.size() > 0 || window.is_last()));
                    take(window, taken);
                } while (!window.is_last());
                REQUIRE(std::ranges::equal(taken, names));
            }
}

TEST_CASE("a window is filled to half its room at least before another is needed") {
    const Model names = some_names(5000, 16);
    NameWindow window;
    window.begin(8192);
    offer_all(window, names);
    CHECK_FALSE(window.is_last());
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < window.size(); ++i) bytes += window[i].name.size() + 8;
    CHECK(bytes > 8192 * 4 / 10);
    CHECK(bytes <= 8192);
}

TEST_CASE("names that stay are given once in order, whatever comes and goes between the passes") {
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        const Model staying = some_names(1500, 20);
        Model others = some_names(500, 20);
        NameWindow window;
        std::vector<Held> taken;
        for (std::size_t bytes = NameWindow::bytes_min;; bytes += 1000) {
            Model all = others;
            all.insert(staying.begin(), staying.end());
            window.begin(bytes);
            offer_all(window, all);
            take(window, taken);
            if (window.is_last()) break;
            others = some_names(500, 20);
        }
        REQUIRE(std::is_sorted(taken.begin(), taken.end()));
        REQUIRE(std::ranges::adjacent_find(taken) == taken.end());
        std::erase_if(taken, [&](const Held& held) { return !staying.contains(held); });
        REQUIRE(std::ranges::equal(taken, staying));
    }
}

TEST_CASE("everything left may go between two passes") {
    NameWindow window;
    window.begin(NameWindow::bytes_min);
    offer_all(window, some_names(1000, 16));
    CHECK_FALSE(window.is_last());
    window.begin(NameWindow::bytes_min);
    window.finish();
    CHECK(window.size() == 0);
    CHECK(window.is_last());
}
