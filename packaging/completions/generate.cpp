// SPDX-License-Identifier: MIT
// Prints the completion of a program for one shell. Runs while the project is built; not installed.
#include <cstdio>
#include <string>
#include <string_view>

#include "words.hpp"

int main(int count, char** arguments) {
    using namespace filesrv::completions;
    const std::string_view shell = count == 3 ? arguments[1] : "";
    const std::string_view name = count == 3 ? arguments[2] : "";
    std::string text;
    for (const Program& program : {daemon_program(), ctl_program(), client_program()}) {
        if (program.name != name) continue;
        if (shell == "bash") text = bash_completion(program);
        else if (shell == "zsh") text = zsh_completion(program);
        else if (shell == "fish") text = fish_completion(program);
    }
    if (text.empty()) {
        std::fputs("usage: generate bash|zsh|fish filesrvd|filesrvctl|filesrv-client\n", stderr);
        return 2;
    }
    const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fclose(stdout) == 0;
    return written ? 0 : 1;
}
