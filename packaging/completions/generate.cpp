// SPDX-License-Identifier: MIT
// Prints the completion of filesrvd for one shell. Runs while the project is built; not installed.
#include <cstdio>
#include <string>
#include <string_view>

#include "words.hpp"

int main(int count, char** arguments) {
    using namespace filesrv::completions;
    const std::string_view shell = count == 2 ? arguments[1] : "";
    std::string text;
    if (shell == "bash") text = bash_completion(all_words());
    else if (shell == "zsh") text = zsh_completion(all_words());
    else if (shell == "fish") text = fish_completion(all_words());
    if (text.empty()) {
        std::fputs("usage: generate bash|zsh|fish\n", stderr);
        return 2;
    }
    const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fclose(stdout) == 0;
    return written ? 0 : 1;
}
