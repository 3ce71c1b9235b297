// SPDX-License-Identifier: MIT
// Where lifetime counters are kept.
#include "daemon/lifetime_file.hpp"

#include <doctest/doctest.h>

using filesrv::daemon::state_folder;

TEST_CASE("the state folder is the one asked for, else the manager's first, else the user's") {
    CHECK(state_folder("/asked", {.state_directory = "/a:/b", .xdg_state_home = "/home"}) == "/asked");
    CHECK(state_folder("", {.state_directory = "/a:/b", .xdg_state_home = "/home"}) == "/a");
    CHECK(state_folder("", {.state_directory = "/a", .xdg_state_home = nullptr}) == "/a");
    CHECK(state_folder("", {.state_directory = "", .xdg_state_home = "/home"}) == "/home/filesrv");
    CHECK(state_folder("", {.state_directory = nullptr, .xdg_state_home = "relative"}).empty());
    CHECK(state_folder("", {}).empty());
}
