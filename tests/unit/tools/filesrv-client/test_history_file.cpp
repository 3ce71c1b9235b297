// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/history_file.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "../../store/temp_folder.hpp"

using namespace filesrv::client;
using filesrv::test::TempFolder;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> loaded(const std::string& path) {
    const auto lines = HistoryFile(path).load();
    REQUIRE_MESSAGE(lines.has_value(), lines.error().message());
    return *lines;
}

constexpr auto all_permissions = fs::perms::mask;

}  // namespace

TEST_CASE("the file lies where the XDG specification says, and nowhere without a home") {
    CHECK(history_path("/state", "/home/x") == "/state/filesrv/client_history");
    CHECK(history_path("relative", "/home/x") == "/home/x/.local/state/filesrv/client_history");
    CHECK(history_path("", "/home/x") == "/home/x/.local/state/filesrv/client_history");
    CHECK(history_path(nullptr, "/home/x") == "/home/x/.local/state/filesrv/client_history");
    CHECK_FALSE(history_path(nullptr, nullptr).has_value());
    CHECK_FALSE(history_path("", "").has_value());
}

TEST_CASE("lines are there at the next start, in a file and folders of the user's alone") {
    const TempFolder folder;
    const std::string path = folder / "state/filesrv/client_history";
    CHECK(loaded(path).empty());
    HistoryFile history(path);
    for (const std::string_view line : {"LS", "GET a b", "GET a b", "", "LS"}) REQUIRE(history.add(line).has_value());
    CHECK(loaded(path) == std::vector<std::string>{"LS", "GET a b", "LS"});
    CHECK((fs::status(path).permissions() & all_permissions) == fs::perms(0600));
    for (const std::string_view made : {"state", "state/filesrv"})
        CHECK((fs::status(folder / made).permissions() & all_permissions) == fs::perms(0700));
}

TEST_CASE("a file that others could read is theirs no more once a line is added") {
    const TempFolder folder;
    const std::string path = folder / "history";
    std::ofstream(path) << "old\n";
    fs::permissions(path, fs::perms(0644));
    REQUIRE(HistoryFile(path).add("new").has_value());
    CHECK((fs::status(path).permissions() & all_permissions) == fs::perms(0600));
    CHECK(loaded(path) == std::vector<std::string>{"old", "new"});
}

TEST_CASE("two prompts lose no line of each other") {
    const TempFolder folder;
    const std::string path = folder / "history";
    HistoryFile one(path), other(path);
    for (int i = 0; i < 50; ++i) REQUIRE((i % 2 == 0 ? one : other).add(std::to_string(i)).has_value());
    CHECK(loaded(path).size() == 50);
}

TEST_CASE("half a line and one that is too long are left out") {
    const TempFolder folder;
    const std::string path = folder / "history";
    std::ofstream(path) << "a\n\n" << std::string(history_line_bytes + 1, 'x') << "\nb\nhalf";
    CHECK(loaded(path) == std::vector<std::string>{"a", "b"});
    HistoryFile history(path);
    REQUIRE(history.add(std::string(history_line_bytes + 1, 'x')).has_value());
    CHECK(fs::file_size(path) < 2 * history_line_bytes);
}

TEST_CASE("a file that has grown is cut to the newest lines") {
    const TempFolder folder;
    const std::string path = folder / "history";
    for (const std::size_t lines : {2 * history_lines - 1, 2 * history_lines}) {
        std::ofstream file(path, std::ios::trunc);
        for (std::size_t i = 0; i < lines; ++i) file << "line " << i << '\n';
        file.close();
        const auto kept = loaded(path);
        CHECK(kept.size() == history_lines);
        CHECK(kept.back() == "line " + std::to_string(lines - 1));
        const auto size = fs::file_size(path);
        CHECK((lines < 2 * history_lines) == (size > 15'000));
    }
    CHECK((fs::status(path).permissions() & all_permissions) == fs::perms(0600));
    CHECK(loaded(path).front() == "line " + std::to_string(history_lines));
    CHECK_FALSE(fs::exists(path + ".new"));
}

TEST_CASE("a place that cannot be written to is an error that names it") {
    const TempFolder folder;
    std::ofstream(folder / "file") << "";
    const std::string path = folder / "file/filesrv/client_history";
    const auto added = HistoryFile(path).add("x");
    REQUIRE_FALSE(added.has_value());
    CHECK(added.error().message().find((folder / "file").string()) != std::string::npos);
    CHECK_FALSE(HistoryFile(folder.path().string()).load().has_value());  // a folder is no history
}
