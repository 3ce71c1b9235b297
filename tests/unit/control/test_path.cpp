// SPDX-License-Identifier: MIT
// Where the control socket is, by option and environment.
#include "control/path.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace filesrv::control;

TEST_CASE("the socket is where it was asked for, else in the manager's, the user's, the temporary folder") {
    struct Row {
        const char* why;
        const char* wanted;
        PathVariables variables;
        SocketPlace place;
    };
    const PathVariables all{.runtime_directory = "/run/filesrv", .xdg_runtime_dir = "/run/user/7", .tmpdir = "/var/tmp"};
    const Row rows[] = {
        {"asked for", "/srv/x.sock", all, {.path = "/srv/x.sock", .folder = "/srv"}},
        {"asked for in the root", "/x.sock", all, {.path = "/x.sock", .folder = "/"}},
        {"asked for in the working folder", "x.sock", all, {.path = "x.sock", .folder = "."}},
        {"the manager's", "", all, {.path = "/run/filesrv/control.sock", .folder = "/run/filesrv"}},
        {"the manager's first", "", {.runtime_directory = "/run/a:/run/b"}, {.path = "/run/a/control.sock", .folder = "/run/a"}},
        {"the user's", "", {.xdg_runtime_dir = "/run/user/7", .tmpdir = "/var/tmp"},
         {.path = "/run/user/7/filesrv/8080.sock", .folder = "/run/user/7/filesrv", .owner = FolderOwner::us}},
        {"the user's, with a slash", "", {.xdg_runtime_dir = "/run/user/7//"},
         {.path = "/run/user/7/filesrv/8080.sock", .folder = "/run/user/7/filesrv", .owner = FolderOwner::us}},
        {"the temporary one", "", {.tmpdir = "/var/tmp"},
         {.path = "/var/tmp/filesrv-7/8080.sock", .folder = "/var/tmp/filesrv-7", .owner = FolderOwner::us}},
        {"nothing set", "", {}, {.path = "/tmp/filesrv-7/8080.sock", .folder = "/tmp/filesrv-7", .owner = FolderOwner::us}},
        {"set to nothing", "", {.runtime_directory = "", .xdg_runtime_dir = "", .tmpdir = ""},
         {.path = "/tmp/filesrv-7/8080.sock", .folder = "/tmp/filesrv-7", .owner = FolderOwner::us}},
        {"relative ones", "", {.runtime_directory = "run", .xdg_runtime_dir = "user", .tmpdir = "tmp"},
         {.path = "/tmp/filesrv-7/8080.sock", .folder = "/tmp/filesrv-7", .owner = FolderOwner::us}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const SocketPlace place = socket_place(row.wanted, row.variables, {.uid = 7, .port = 8080});
        CHECK(place.path == row.place.path);
        CHECK(place == row.place);
    }
}

TEST_CASE("a daemon that listens on Unix sockets only has no port in its control socket's name") {
    const SocketPlace place = socket_place("", {.xdg_runtime_dir = "/run/user/7"}, {.uid = 7, .port = std::nullopt});
    CHECK(place.path == "/run/user/7/filesrv/unix.sock");
}

TEST_CASE("every place of our own is in a folder that is searched") {
    for (const PathVariables& variables : {PathVariables{}, PathVariables{.xdg_runtime_dir = "/run/user/7"},
                                           PathVariables{.xdg_runtime_dir = "/run/user/7", .tmpdir = "/t"}, PathVariables{.tmpdir = "/t"}}) {
        const SocketPlace place = socket_place("", variables, {.uid = 7, .port = 1});
        const auto folders = search_folders(variables, 7);
        CHECK(std::find(folders.begin(), folders.end(), place.folder) != folders.end());
    }
    CHECK(search_folders({.xdg_runtime_dir = "/run/user/7"}, 7) == std::vector<std::string>{"/run/user/7/filesrv", "/tmp/filesrv-7"});
    CHECK(manager_folders({.xdg_runtime_dir = "/run/user/7"}) == std::vector<std::string>{"/run", "/run/user/7"});
    CHECK(manager_folders({}) == std::vector<std::string>{"/run"});
}
