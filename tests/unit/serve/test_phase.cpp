// SPDX-License-Identifier: MIT
// Every pair of phase and event: what follows, or that it is a bug.
#include "serve/phase.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string_view>

#include "dying.hpp"

using namespace filesrv::serve;

namespace {

constexpr std::array phases = {Phase::idle,    Phase::reading_head, Phase::answering, Phase::reading_body,
                               Phase::writing, Phase::lingering,    Phase::closed};
constexpr std::string_view letters = "ihabwlc";  // as `phases`

struct Row {
    PhaseEvent event;
    std::string_view next;  ///< a letter for each phase it may come in; a dot = a bug
};

constexpr std::array<Row, 9> table = {{
    {PhaseEvent::bytes_came, "hhh...."},
    {PhaseEvent::head_complete, "aaa...."},
    {PhaseEvent::body_wanted, "..bbb.."},
    {PhaseEvent::body_complete, "..aa..."},
    {PhaseEvent::output_blocked, "wwwww.."},
    {PhaseEvent::output_drained, "....a.."},
    {PhaseEvent::answered, "iiiii.."},
    {PhaseEvent::fin_sent, "lllll.."},
    {PhaseEvent::gone, "cccccc."},
}};

}  // namespace

TEST_CASE("the table of phases says what follows every legal pair, and every other pair stops the program") {
    for (const Row& row : table) {
        for (std::size_t i = 0; i < phases.size(); ++i) {
            CAPTURE(static_cast<int>(row.event));
            CAPTURE(name(phases[i]));
            const std::size_t expected = letters.find(row.next[i]);
            if (expected == std::string_view::npos) {
                CHECK(filesrv::test::aborts([&] { (void)next_phase(phases[i], row.event); }));
            } else {
                CHECK(next_phase(phases[i], row.event) == phases[expected]);
            }
        }
    }
}

TEST_CASE("nothing but the end follows a FIN, and nothing follows the end") {
    for (const Row& row : table) {
        CHECK((row.next[5] == '.') == (row.event != PhaseEvent::gone));
        CHECK(row.next[6] == '.');
    }
}

TEST_CASE("an event that does not exist stops the program") {
    CHECK(filesrv::test::aborts([] { (void)next_phase(Phase::idle, static_cast<PhaseEvent>(99)); }));
}

TEST_CASE("every phase has a name of its own") {
    std::set<std::string_view> names;
    for (const Phase phase : phases) names.insert(name(phase));
    CHECK(names.size() == phases.size());
    CHECK_FALSE(names.contains("unknown"));
    CHECK(name(static_cast<Phase>(99)) == "unknown");
}
