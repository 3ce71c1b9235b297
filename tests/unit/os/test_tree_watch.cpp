// SPDX-License-Identifier: MIT
// By the real kernel: what it tells, and that it tells at once.
#include "os/tree_watch.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/xattr.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "../store/temp_folder.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"

using namespace filesrv;
using namespace filesrv::os;
namespace fs = test::fs;
using test::TempFolder;

namespace {

UniqueFd open_here(const fs::path& path, int flags) { return UniqueFd::adopt(::open(path.c_str(), flags | O_CLOEXEC)); }

}  // namespace

TEST_CASE("whatever begins or makes a change of a watched file is told within the call") {
    const TempFolder folder;
    const UniqueFd root = open_here(folder.path(), O_PATH | O_DIRECTORY);
    if (!tells_of_writers(root.get())) return;
    auto watch = TreeWatch::create();
    REQUIRE(watch);
    struct { const char* name; void (*change)(const TempFolder&); } const rows[] = {
        {"opened for reading", [](const TempFolder& f) { open_here(f / "f", O_RDONLY); }},
        {"opened for writing", [](const TempFolder& f) { open_here(f / "f", O_WRONLY); }},
        {"opened by another name", [](const TempFolder& f) { open_here(f / "link", O_WRONLY); }},
        {"cut", [](const TempFolder& f) { REQUIRE(::truncate((f / "f").c_str(), 1) == 0); }},
        {"its mode", [](const TempFolder& f) { fs::permissions(f / "f", fs::perms(0600)); }},
        {"its times", [](const TempFolder& f) { test::set_mtime(f / "f", 1); }},
        {"another name", [](const TempFolder& f) { fs::create_hard_link(f / "f", f / "third"); }},
        {"removed", [](const TempFolder& f) { fs::remove(f / "f"); }},
        {"moved", [](const TempFolder& f) { fs::rename(f / "f", f / "moved"); }},
        {"replaced", [](const TempFolder& f) { fs::rename(f / "other", f / "f"); }},
        {"exchanged", [](const TempFolder& f) {
             REQUIRE(::renameat2(AT_FDCWD, (f / "other").c_str(), AT_FDCWD, (f / "f").c_str(), RENAME_EXCHANGE) == 0);
         }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        for (const auto& old : fs::directory_iterator(folder.path())) fs::remove_all(old);
        test::write_file(folder / "f", "text");
        test::write_file(folder / "other", "text");
        fs::create_hard_link(folder / "f", folder / "link");
        const auto id = watch->watch_file(open_here(folder / "f", O_RDONLY).get());
        REQUIRE(id);
        CHECK_FALSE(watch->look());
        row.change(folder);
        const auto news = watch->look();
        REQUIRE(news);
        CHECK_FALSE((news->lost || news->mounts));
        const bool only_opened = std::string_view(row.name).starts_with("opened");
        CHECK(std::ranges::count(news->opened, *id) >= only_opened);
        CHECK((std::ranges::count(news->ids, *id) == 0) == only_opened);
        CHECK_FALSE(watch->look());
        watch->forget(*id);
        (void)watch->look();
    }
}

TEST_CASE("that nobody writes is proved only while nobody has the file open or mapped for writing") {
    const TempFolder folder;
    test::write_file(folder / "f", "text");
    const UniqueFd file = open_here(folder / "f", O_RDONLY);
    if (!tells_of_writers(file.get())) return;
    const auto error = [&] {
        const auto proof = prove_unwritten(file.get());
        return proof ? 0 : proof.error().code;
    };
    CHECK(error() == 0);
    UniqueFd reader = open_here(folder / "f", O_RDONLY);
    CHECK(error() == 0);
    UniqueFd writer = open_here(folder / "f", O_RDWR);
    CHECK(error() == EAGAIN);
    void* const mapping = ::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, writer.get().number(), 0);
    REQUIRE(mapping != MAP_FAILED);
    writer.reset();
    CHECK(error() == EAGAIN);
    ::munmap(mapping, 4);
    CHECK(error() == 0);
    // No proof, and no harm, for what is no regular file.
    CHECK_FALSE(prove_unwritten(open_here(folder.path(), O_RDONLY).get()));
}

TEST_CASE("who opens a file for writing while it is asked about is let in, and nobody is ended by a signal") {
    const TempFolder folder;
    test::write_file(folder / "f", "text");
    const UniqueFd file = open_here(folder / "f", O_RDONLY);
    if (!tells_of_writers(file.get())) return;
    std::atomic<bool> over{false};
    std::thread writer([&] {
        while (!over) FS_ASSERT(open_here(folder / "f", O_WRONLY).is_open());
    });
    for (int i = 0; i < 3000; ++i) {
        const auto proof = prove_unwritten(file.get());
        CHECK((proof || proof.error().code == EAGAIN));
    }
    over = true;
    writer.join();
    CHECK(prove_unwritten(file.get()));
}

TEST_CASE("mounts are told of only where the own one is among them") {
    const TempFolder folder;
    const UniqueFd root = open_here(folder.path(), O_PATH | O_DIRECTORY);
    auto watch = TreeWatch::create();
    if (!watch) return;
    const auto own = mount_id(root.get());
    REQUIRE(own);
    const auto other = watch->watch_mounts(0);
    REQUIRE_FALSE(other);
    CHECK(other.error().code == ENOENT);
    CHECK(watch->watch_mounts(*own));
    (void)watch->look();  // others may mount what they like, so no more can be said
}
