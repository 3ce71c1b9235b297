// SPDX-License-Identifier: MIT
// The prompt: lines typed at a terminal, or read from what is none.
#include "tools/filesrv-client/prompt.hpp"

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/assert.hpp"
#include "os/terminal.hpp"
#include "tools/filesrv-client/history_file.hpp"
#include "tools/filesrv-client/line_editor.hpp"
#include "tools/filesrv-client/prompt_lines.hpp"
#include "tools/filesrv-client/prompt_session.hpp"

namespace filesrv::client {
namespace {

/// Lines typed before come back with the arrow keys, and those typed now the next time. What goes wrong is told once:
/// it keeps nobody from working.
class History {
public:
    explicit History(LineEditor& editor) : editor_(editor) {
        auto path = history_path(std::getenv("XDG_STATE_HOME"), std::getenv("HOME"));
        if (!path) return;
        file_.emplace(std::move(*path));
        const auto lines = file_->load();
        if (!lines) warn(lines.error());
        else for (const std::string& line : *lines) editor_.remember(line);
    }

    void add(const std::string& line) {
        // A line end within, which the quoting key types, would make two lines of it the next time.
        if (line.find_first_not_of(" \t") == std::string::npos || line.find('\n') != std::string::npos) return;
        editor_.remember(line);
        if (!file_) return;
        if (const auto added = file_->add(line); !added) warn(added.error());
    }

private:
    void warn(const Error& error) {
        if (!has_warned_) std::fprintf(stderr, "filesrv-client: the history is not kept: %s\n", error.message().c_str());
        has_warned_ = true;
    }

    LineEditor& editor_;
    std::optional<HistoryFile> file_;
    bool has_warned_ = false;
};

/// Names are UTF-8 nearly everywhere: where the environment asks for no language, typing them should work all the same.
void set_locale() {
    std::setlocale(LC_CTYPE, "");
    const char* const name = std::setlocale(LC_CTYPE, nullptr);
    FS_ASSERT(name != nullptr);
    if (std::strcmp(name, "C") == 0 || std::strcmp(name, "POSIX") == 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

ExitStatus run_terminal(PromptSession& session, const Server& server) {
    LineEditor editor("filesrv " + server.host + ':' + std::to_string(server.port) + "> ",
                      [&session](const CompletionPoint& point) { return session.names(point); });
    History history(editor);
    for (;;) {
        // A Ctrl-C that was meant for a transfer may come when that is over: it ends nothing here.
        const std::optional<std::string> line = editor.read();
        if (!line) return ExitStatus::success;
        history.add(*line);
        if (session.run_line(*line, "").next == PromptSession::Next::leave) return ExitStatus::success;
    }
}

ExitStatus run_plain(PromptSession& session) {
    PlainLines lines(stdin);
    ExitStatus worst = ExitStatus::success;
    for (;;) {
        auto line = [&] {
            const Interrupts::Deadly while_waiting;
            return lines.next();
        }();
        const std::string where = "filesrv-client: line " + std::to_string(lines.number()) + ": ";
        if (!line) {
            std::fprintf(stderr, "%s%s\n", where.c_str(), line.error().c_str());
            worst = worse(worst, ExitStatus::usage);
            continue;
        }
        if (!*line) return worst;
        const PromptSession::Ended ended = session.run_line(**line, where);
        worst = worse(worst, ended.status);
        if (ended.next == PromptSession::Next::leave || ended.status == ExitStatus::interrupted) return worst;
    }
}

}  // namespace

ExitStatus run_prompt(const Options& options) {
    FS_ASSERT(!options.batch);
    set_locale();
    PromptSession session(options);
    const bool typed = os::is_terminal(os::Fd(STDIN_FILENO)) && os::is_terminal(os::Fd(STDOUT_FILENO));
    return typed ? run_terminal(session, options.server) : run_plain(session);
}

}  // namespace filesrv::client
