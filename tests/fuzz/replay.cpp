// SPDX-License-Identifier: MIT
// Runs a fuzz target over the files of a corpus folder, over all their prefixes, and over mutations of them, the same ones
// each time: the target as an ordinary test.
//
//     replay_TARGET FOLDER [MUTATIONS [SEED]]
#include "fuzz.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/numbers.hpp"
#include "mutate/corpus.hpp"
#include "mutate/mutator.hpp"

namespace {

using namespace filesrv;

std::string_view current;  ///< what is being tried

/// The input on which a target has stopped, as printf(1) makes it again. Only what signal-safety(7) allows.
extern "C" void tell_input(int) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : current) {
        const auto byte = static_cast<unsigned char>(c);
        const std::array<char, 4> text{'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        if (::write(STDERR_FILENO, text.data(), text.size()) < 0) break;
    }
    (void)!::write(STDERR_FILENO, "\n", 1);
}

/// A copy of exactly its size, so that a sanitizer sees a look past its end; none at all has an address, too.
void try_input(std::string_view bytes) {
    const auto copy = std::make_unique_for_overwrite<std::uint8_t[]>(bytes.size());
    std::ranges::copy(bytes, copy.get());
    current = bytes;
    (void)LLVMFuzzerTestOneInput(copy.get(), bytes.size());
}

struct Budget {
    std::uint64_t mutations = 2000;
    std::uint64_t seed = 1;
};

/// Returns how many files there are.
std::size_t replay(const char* folder, const Budget& budget) {
    const std::vector<std::string> files = mutate::read_files(folder);
    for (const std::string& file : files) {
        for (std::size_t size = 0; size <= file.size(); ++size) try_input(std::string_view(file).substr(0, size));
    }
    if (files.empty()) return 0;
    const mutate::Mutator mutator({.seeds = files, .values = {}}, budget.seed);
    for (std::uint64_t i = 0; i < budget.mutations; ++i) try_input(mutator.make(files.size() + i));
    return files.size();
}

bool read_number(const char* text, std::uint64_t& into) {
    const auto number = parse_decimal(text);
    if (number) into = *number;
    return number.has_value();
}

}  // namespace

int main(int argc, char** argv) {
    Budget budget;
    const bool understood = argc >= 2 && argc <= 4 && (argc < 3 || read_number(argv[2], budget.mutations)) &&
                            (argc < 4 || read_number(argv[3], budget.seed));
    if (!understood) return 2;
    (void)std::signal(SIGABRT, tell_input);
    try {
        const std::size_t files = replay(argv[1], budget);
        std::printf("%zu files passed, 0 failed, %llu mutations\n", files, static_cast<unsigned long long>(budget.mutations));
        return files > 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
