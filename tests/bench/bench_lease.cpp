// SPDX-License-Identifier: MIT
// What exclusive use costs: an edge and a give back by one thread, and with another that makes edges all the while.
#include <benchmark/benchmark.h>

#include <thread>

#include "base/assert.hpp"
#include "serve/lease_word.hpp"

namespace {

using filesrv::serve::LeaseWord;

void edge_and_give_back(benchmark::State& state) {
    LeaseWord word;
    for (auto _ : state) {
        FS_ASSERT(word.on_edge());
        FS_ASSERT(word.try_give_back());
    }
}
BENCHMARK(edge_and_give_back);

/// An edge meets the owner: it has to look again before it may give back.
void edge_while_leased(benchmark::State& state) {
    LeaseWord word;
    for (auto _ : state) {
        FS_ASSERT(word.on_edge());
        FS_ASSERT(!word.on_edge());
        FS_ASSERT(!word.try_give_back());
        word.retake();
        FS_ASSERT(word.try_give_back());
    }
}
BENCHMARK(edge_while_leased);

/// The reactor and the owner on one cache line: what a busy connection costs both.
void retake_among_edges(benchmark::State& state) {
    LeaseWord word;
    FS_ASSERT(word.on_edge());
    const std::jthread edges([&word](const std::stop_token& stop) {
        while (!stop.stop_requested()) FS_ASSERT(!word.on_edge());
    });
    for (auto _ : state) word.retake();
}
BENCHMARK(retake_among_edges)->UseRealTime();

}  // namespace
