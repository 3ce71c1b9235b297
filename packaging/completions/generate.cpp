// SPDX-License-Identifier: MIT
// Prints the completion of a program for one shell. Runs while the project is built; not installed.
#include <cstdio>
#include <string>
#include <string_view>

#include "words.hpp"

int main(int count, char** arguments) {
    using namespace filesrv::completions;
    const std::string_view shell = count == 3 ? arguments[1] : "";
    const Program program = count == 3 && std::string_view(arguments[2]) == "filesrvctl" ? ctl_program() : daemon_program();
    std::string text;
    if (shell == "bash") text = bash_completion(program);
    else if (shell == "zsh") text = zsh_completion(program);
    else if (shell == "fish") text = fish_completion(program);
    if (text.empty()) {
        std::fputs("usage: generate bash|zsh|fish filesrvd|filesrvctl\n", stderr);
        return 2;
    }
    const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fclose(stdout) == 0;
    return written ? 0 : 1;
}
