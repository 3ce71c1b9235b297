// SPDX-License-Identifier: MIT
// Explorer: runs threads as fibers of one thread, again and again, until every order of their steps has been seen.
//
// A scenario is a function that spawns threads. Before each operation that others can see, a thread announces it with
// step(); there, and only there, another may go on instead. What a run decided is a path in a tree; the next run repeats
// the path up to its last decision with something left to try. Orders that differ only in steps that do not touch one
// object come to the same, and only one of them is run (sleep sets, Godefroid 1996). Scenarios must be deterministic:
// no clocks, no addresses that decide, no threads of their own.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace filesrv::test {

inline constexpr std::size_t model_threads_max = 6;  ///< the scenario itself included

/// What a thread is about to do, up to its next step. Steps on different objects commute, and so do two that only read.
struct Operation {
    const void* object = nullptr;  ///< null: more than one, or one that cannot be named; commutes with nothing
    bool writes = true;
};

struct Exploration {
    std::size_t runs = 0;
    std::string finding;             ///< what went wrong, in the first run in which something did
    bool is_whole = false;           ///< every order was seen, and none went wrong
};

/// Runs the scenario in every order, or until one goes wrong, or `runs_max` times. One at a time.
[[nodiscard]] Exploration explore(const std::function<void()>& scenario, std::size_t runs_max = 5'000'000);

/// Whether the caller is a thread of a scenario; all below is for those only.
[[nodiscard]] bool is_exploring() noexcept;
/// Number of the calling thread: 0 is the scenario, others in the order of their births.
[[nodiscard]] std::size_t model_thread() noexcept;

/// Begins a thread; its number.
std::size_t spawn(std::function<void()> body);
/// Anybody else may go on here.
void step(Operation next);
/// Goes on when the condition holds, and not before. It may read whatever the threads share, and is asked in any of them.
void step_when(Operation next, const std::function<bool()>& holds);
/// Waits until a thread has ended.
void wait_for(std::size_t thread);
void wait_for_all();
/// One of 0 to options - 1; the runs try all of them.
[[nodiscard]] std::size_t choose(std::size_t options);
/// Something is wrong. The exploration ends with this run.
void find(std::string what);

}  // namespace filesrv::test
