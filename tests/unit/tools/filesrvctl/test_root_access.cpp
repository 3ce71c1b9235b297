// SPDX-License-Identifier: MIT
// Who may do what with a folder, path_resolution(7).
#include "tools/filesrvctl/root_access.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "os/child.hpp"
#include "os/process.hpp"

using namespace filesrv;
using namespace filesrv::ctl;
namespace fs = std::filesystem;

TEST_CASE("the first class that fits decides, and root may everything") {
    const auto file = [](std::uint32_t mode) { return os::FileStat{.type = os::FileType::directory, .mode = mode, .uid = 10, .gid = 20}; };
    const Identity owner{.uid = 10, .groups = {20}};
    const Identity member{.uid = 11, .groups = {1, 20}};
    const Identity other{.uid = 12, .groups = {1}};
    CHECK(allows(file(0700), owner, may_read | may_write | may_search));
    CHECK_FALSE(allows(file(0077), owner, may_read));
    CHECK(allows(file(0050), member, may_read | may_search));
    CHECK_FALSE(allows(file(0707), member, may_read));
    CHECK(allows(file(0005), other, may_read | may_search));
    CHECK_FALSE(allows(file(0775), other, may_write));
    CHECK(allows(file(0), Identity{.uid = 0, .groups = {}}, may_write));
}

TEST_CASE("a folder is judged with every folder above it") {
    const fs::path top = fs::temp_directory_path() / ("filesrv-access-" + std::to_string(os::own_process_id()));
    fs::create_directories(top / "in");
    std::ofstream(top / "file").put('x');
    const Identity stranger{.uid = 4000000000, .groups = {}};
    const auto judge = [&](const char* name, bool writing) { return root_access((top / name).string(), stranger, writing); };
    fs::permissions(top, fs::perms{0755});
    fs::permissions(top / "in", fs::perms{0755});
    CHECK(judge("in", false) == RootAccess::fine);
    CHECK(judge("in", true) == RootAccess::unwritable);
    fs::permissions(top / "in", fs::perms{0700});
    CHECK(judge("in", true) == RootAccess::unreadable);
    fs::permissions(top / "in", fs::perms{0777});
    CHECK(judge("in", true) == RootAccess::fine);
    fs::permissions(top, fs::perms{0700});
    CHECK(judge("in", false) == RootAccess::unreadable);
    CHECK(judge("gone", false) == RootAccess::missing);
    fs::permissions(top, fs::perms{0755});
    CHECK(judge("file", false) == RootAccess::not_folder);
    fs::remove_all(top);
}

TEST_CASE("this process is known, and the process of no number is not") {
    const auto self = identity_of_process(static_cast<std::uint64_t>(os::own_process_id()));
    REQUIRE(self.has_value());
    CHECK(self->uid == os::effective_uid());
    CHECK_FALSE(self->groups.empty());
    CHECK_FALSE(identity_of_process(UINT64_MAX).has_value());
    CHECK_FALSE(identity_of_user("no such user").has_value());
    const auto root = identity_of_user("root");
    REQUIRE(root.has_value());
    CHECK(root->uid == 0);
}
