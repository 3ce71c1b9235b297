// SPDX-License-Identifier: MIT
// The command line: what it means, and what it says when it means nothing.
#include "daemon/options.hpp"

#include <cstdio>
#include <fstream>
#include <initializer_list>

#include <doctest/doctest.h>
#include <unistd.h>

#include "daemon/startup_error.hpp"

using namespace filesrv;
namespace fsd = filesrv::daemon;
using namespace std::chrono_literals;

namespace {

config::Config load(std::initializer_list<const char*> words) {
    return fsd::load_config(fsd::parse_command_line(std::span(words.begin(), words.size())));
}

struct Refusal {
    int status = 0;
    std::string line;
};

Refusal refusal(std::initializer_list<const char*> words) {
    try {
        (void)load(words);
    } catch (const fsd::StartupError& error) {
        return {error.exit_status(), error.what()};
    }
    return {};
}

/// A file with a text, gone at the end of the test.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view text) {
        const int fd = ::mkstemp(name_.data());
        REQUIRE(fd >= 0);
        ::close(fd);
        std::ofstream(name_) << text;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::remove(name_.c_str()); }
    [[nodiscard]] const char* name() const { return name_.c_str(); }

private:
    std::string name_ = "/tmp/filesrv-options-XXXXXX";
};

}  // namespace

TEST_CASE("no word at all is the default configuration") {
    CHECK(load({}) == config::Config{});
    CHECK(fsd::parse_command_line({}).action == fsd::Action::serve);
}

TEST_CASE("a lone number is the port on localhost") {
    CHECK(load({"8089"}).listen == std::vector{config::ListenAddress{.port = 8089}});
    CHECK(load({"--read-only", "8089"}).listen.front().port == 8089);
    CHECK(load({"0"}).listen.front().port == 0);
}

TEST_CASE("options land in the configuration, in either spelling") {
    const auto config =
        load({"-r", "/srv", "--listen=:80", "-l", "unix:/run/x", "--host", "a.example", "--timeout-max",
              "2.5", "--timeout-min", "1", "--workers", "1:8", "--no-listing", "--max-upload", "1G"});
    CHECK(config.root == "/srv");
    CHECK(config.listen.size() == 2);
    CHECK(config.hosts == std::vector<std::string>{"a.example"});
    CHECK(config.timeout_max == 2500ms);
    CHECK(config.workers == config::WorkerRange{1, 8});
    CHECK(config.no_listing);
    CHECK(config.max_upload == 1u << 30);
    CHECK(load({"--root=a=b"}).root == "a=b");
}

TEST_CASE("of an option given twice the last one counts, a list keeps both") {
    CHECK(load({"--root", "/a", "--root", "/b"}).root == "/b");
    CHECK(load({"--host", "a", "--host", "b"}).hosts.size() == 2);
}

TEST_CASE("an action is recognised") {
    const auto action = [](const char* word) { return fsd::parse_command_line(std::span(&word, 1)).action; };
    CHECK(action("--check-config") == fsd::Action::check_config);
    CHECK(action("-t") == fsd::Action::check_config);
    CHECK(action("--help") == fsd::Action::help);
    CHECK(action("--version") == fsd::Action::version);
}

TEST_CASE("wrong usage is one line with status 2 that names the option") {
    struct Row {
        std::initializer_list<const char*> words;
        const char* line;
    };
    const Row rows[] = {
        {{"--timeout-maxi", "5"}, "unknown option --timeout-maxi; the nearest known one is --timeout-max"},
        {{"--timeout-ma=5"}, "unknown option --timeout-ma; the nearest known one is --timeout-max"},
        {{"--rooot", "/x"}, "unknown option --rooot; the nearest known one is --root"},
        {{"--chek-config"}, "unknown option --chek-config; the nearest known one is --check-config"},
        {{"--idle-shutdwon=5"}, "unknown option --idle-shutdwon; the nearest known one is --idle-shutdown"},
        {{"80", "81"}, "unexpected argument '81': only PORT stands alone, and only once"},
        {{"70000"}, "PORT: '70000' is not a port (0 to 65535)"},
        {{"8080", "--listen", ":80"}, "PORT and --listen exclude each other: write --listen localhost:8080"},
        {{"--timeout-max", "x"}, "--timeout-max: 'x' is not a number of seconds (such as 60 or 0.5)"},
        {{"--timeout-max", "1"}, "timeout-min (5) is above timeout-max (1)"},
        {{"-c", "/nonexistent/f.toml"}, "cannot read /nonexistent/f.toml: No such file or directory"},
        {{"--root"}, "--root needs a value"},
        {{"-r"}, "--root needs a value"},
        {{"-c", "/"}, "cannot read /: Is a directory"},
        {{"-c", ""}, "--config: must not be empty"},
        {{"--config=", "8080"}, "--config: must not be empty"},
        {{"--max-upload=", "0"}, "--max-upload: '' is not a size (bytes, or with a suffix K, M, G, T)"},
        {{"--root=", "8080"}, "--root: must not be empty"},
        {{""}, "PORT: '' is not a port (0 to 65535)"},
        {{"--hidden=true", "--read-only=maybe"}, "--read-only: 'maybe' is not true or false"},
        {{"--read-only="}, "--read-only: '' is not true or false"},
        {{"-h"}, "unknown option -h; the nearest known one is --help"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const Refusal refused = refusal(row.words);
        CHECK(refused.status == 2);
        CHECK(refused.line == row.line);
    }
}

TEST_CASE("the command line wins over the file, and replaces its lists") {
    const TemporaryFile file(
        "root = '/file'\nlisten = [':80', ':81']\nread_only = true\nidle_shutdown = 5\n");
    const auto config = load({"-c", file.name(), "--root", "/line", "8089", "--read-only=false"});
    CHECK(config.root == "/line");
    CHECK(config.listen == std::vector{config::ListenAddress{.port = 8089}});
    CHECK_FALSE(config.read_only);
    CHECK(config.idle_shutdown == 5s);
}

TEST_CASE("an error of the file keeps its place") {
    const TemporaryFile file("\nrooot = '/x'\n");
    const Refusal refused = refusal({"-c", file.name()});
    CHECK(refused.status == 2);
    CHECK(refused.line == std::string(file.name()) + ":2: rooot: unknown key; the nearest known one is root");
}

TEST_CASE("every row of the table is an option") {
    for (const auto& option : config::option_table()) {
        CAPTURE(option.name);
        const std::string text =
            "--" + std::string(option.name) + (option.kind == config::ValueKind::flag ? "" : "=x");
        const char* word = text.c_str();
        const auto line = fsd::parse_command_line(std::span(&word, 1));
        REQUIRE(line.settings.size() == 1);
        CHECK(line.settings.front().option == &option);
    }
}

TEST_CASE("the help names every option within its width") {
    const std::string help = fsd::help_text();
    for (const auto& option : config::option_table())
        CHECK(help.find("--" + std::string(option.name)) != std::string::npos);
    for (const auto& option : fsd::command_only_options)
        CHECK(help.find("--" + std::string(option.name)) != std::string::npos);
    std::size_t start = 0;
    for (std::size_t end = help.find('\n'); end != std::string::npos;
         start = end + 1, end = help.find('\n', start))
        CHECK(end - start <= 110);
}
