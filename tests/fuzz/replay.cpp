// SPDX-License-Identifier: MIT
// Runs a fuzz target over the files of a corpus folder and over all their prefixes: the target as an ordinary
// test.
#include "fuzz.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
        for (std::size_t size = 0; size <= bytes.size(); ++size) {
            // A copy of exactly this size, so that a sanitizer sees a look past its end.
            const std::vector<std::uint8_t> prefix(bytes.begin(),
                                                   bytes.begin() + static_cast<std::ptrdiff_t>(size));
            (void)LLVMFuzzerTestOneInput(prefix.data(), prefix.size());
        }
        ++files;
    }
    std::printf("%zu files passed, 0 failed\n", files);
    return files > 0 ? 0 : 1;
}
