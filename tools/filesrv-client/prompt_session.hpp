// SPDX-License-Identifier: MIT
// One user at one server: runs the lines of the prompt and shows how they ended.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tools/filesrv-client/completion.hpp"
#include "tools/filesrv-client/engine.hpp"
#include "tools/filesrv-client/interrupts.hpp"
#include "tools/filesrv-client/options.hpp"
#include "tools/filesrv-client/remote_names.hpp"

namespace filesrv::client {

/// Answers go to standard output, complaints to standard error.
class PromptSession {
public:
    explicit PromptSession(const Options& options);

    enum class Next : std::uint8_t { go_on, leave };
    struct Ended {
        ExitStatus status = ExitStatus::success;
        Next next = Next::go_on;
    };
    /// `where` stands before complaints: "filesrv-client: line 3: ", or nothing at a terminal.
    [[nodiscard]] Ended run_line(std::string_view line, const std::string& where);

    /// For completion.
    [[nodiscard]] std::vector<NameThere> names(const CompletionPoint& point);

    [[nodiscard]] Interrupts& interrupts() noexcept { return interrupts_; }

private:
    [[nodiscard]] ExitStatus run_request(const Command& command, const std::string& where);
    [[nodiscard]] Outcome transfer(const Request& request);
    [[nodiscard]] ExitStatus show(const Request& request, const Outcome& outcome, const std::string& where) const;

    Server server_;
    std::filesystem::path output_folder_;
    bool quiet_;
    Engine engine_;
    Interrupts interrupts_;
    RemoteNames remote_names_;
};

}  // namespace filesrv::client
