// SPDX-License-Identifier: MIT
// Any three lines as LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; a line `-` is a variable that is not there.
#include "fuzz.hpp"

#include "daemon/activation.hpp"

#include <optional>
#include <string>

using namespace filesrv;
using namespace filesrv::daemon;

namespace {

constexpr long own_pid = 42;

const char* variable(const std::string& text) {
    return text == "-" ? nullptr : text.c_str();
}

/// Digits that mean a number below a thousand.
std::optional<unsigned long> small_number(std::string_view text) {
    if (!fuzz::all_digits(text)) return std::nullopt;
    while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
    if (text.size() > 3) return std::nullopt;
    return std::stoul(std::string(text));
}

/// Those of a list are as many as were counted, one after the other, each with its own name.
void check_taken(const std::vector<InheritedFd>& taken, std::string_view names) {
    const auto wanted = fuzz::split(names, ':');
    for (std::size_t i = 0; i < taken.size(); ++i) {
        FS_ASSERT(taken[i].number == static_cast<int>(3 + i));
        FS_ASSERT(taken[i].name == (i < wanted.size() ? wanted[i] : std::string_view()));
        FS_ASSERT((taken[i].role == ListenerRole::control) == (taken[i].name == "control"));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> lines;
    for (const std::string_view line : fuzz::split(fuzz::as_text(data, size), '\n')) lines.emplace_back(line.substr(0, line.find('\0')));
    lines.resize(3, "-");
    const ActivationVariables variables{.pid = variable(lines[0]), .fds = variable(lines[1]), .names = variable(lines[2])};
    const auto taken = parse_activation(variables, own_pid);
    const auto count = small_number(lines[1]);
    if (!taken) {
        FS_ASSERT(!fuzz::all_digits(lines[0]) || !count || *count > inherited_fds_max ||
                  lines[0].size() > 19);  // a number beyond 64 bits
        FS_ASSERT(taken.error().starts_with("LISTEN_"));
        return 0;
    }
    const bool is_meant = variables.pid != nullptr && variables.fds != nullptr && small_number(lines[0]) == own_pid;
    FS_ASSERT(taken->size() == (is_meant ? count.value() : 0));
    check_taken(*taken, variables.names == nullptr ? "" : lines[2]);
    return 0;
}
