// SPDX-License-Identifier: MIT
#include "store/fixed_folders.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdio.h>

#include "os/open.hpp"
#include "temp_folder.hpp"

using namespace filesrv;
using namespace filesrv::store;
using test::TempFolder;
namespace fs = test::fs;

namespace {

/// a/b/c in a folder that is watched; on some file systems nothing is.
class Watched {
public:
    explicit Watched(std::size_t folders_max = 100) : news(open()), folders(news, folders_max) {}

    /// As of now.
    bool is_fixed(const FixedFolders::Ref& folder) {
        news.expect_changes();
        return folders.is_fixed(folder);
    }
    [[nodiscard]] bool can_tell() const { return os::tells_of_moves(root_.get()); }
    fs::path operator/(std::string_view name) const { return folder_ / name; }

private:
    os::Fd open() {
        fs::create_directories(folder_ / "a/b/c");
        auto opened = os::open_path(folder_.path().c_str(), os::OpenMode::any_folder);
        REQUIRE(opened);
        root_ = std::move(*opened);
        return root_.get();
    }

    TempFolder folder_;
    os::UniqueFd root_;

public:
    TreeNews news;
    FixedFolders folders;
};

}  // namespace

TEST_CASE("a folder is fixed until it or one above it is moved, and again when it is back") {
    Watched tree;
    if (!tree.can_tell()) return;
    const auto folder = tree.folders.refer("a/b/c");
    REQUIRE(folder);
    struct { const char* name; void (*change)(const Watched&); void (*undo)(const Watched&); } const rows[] = {
        {"moved", [](const Watched& t) { fs::rename(t / "a/b/c", t / "z"); },
         [](const Watched& t) { fs::rename(t / "z", t / "a/b/c"); }},
        {"a parent moved, a link in its place",
         [](const Watched& t) { fs::rename(t / "a/b", t / "z"); fs::create_symlink("../z", t / "a/b"); },
         [](const Watched& t) { fs::remove(t / "a/b"); fs::rename(t / "z", t / "a/b"); }},
        {"swapped for a link",
         [](const Watched& t) {
             fs::create_symlink("z", t / "z");
             REQUIRE(::renameat2(AT_FDCWD, (t / "a").c_str(), AT_FDCWD, (t / "z").c_str(), RENAME_EXCHANGE) == 0);
         },
         [](const Watched& t) { fs::remove(t / "a"); fs::rename(t / "z", t / "a"); }},
        {"gone", [](const Watched& t) { fs::remove(t / "a/b/c"); },
         [](const Watched& t) { fs::create_directory(t / "a/b/c"); }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(tree.is_fixed(folder));
        CHECK(tree.is_fixed(folder));
        row.change(tree);
        // What is gone is no other folder: whoever looks for a name in it will see.
        if (std::string_view(row.name) != "gone") CHECK_FALSE(tree.is_fixed(folder));
        row.undo(tree);
    }
    CHECK(tree.news.watches() <= 3);
}

TEST_CASE("a folder whose rights change is looked at again, and what happens to files in it is no news") {
    Watched tree;
    if (!tree.can_tell()) return;
    const auto folder = tree.folders.refer("a/b");
    CHECK(tree.is_fixed(folder));
    const auto before = tree.news.catch_up();
    test::write_file(tree / "a/b/file", "text");
    fs::permissions(tree / "a/b/file", fs::perms(0600));
    fs::rename(tree / "a/b/file", tree / "a/b/other");
    fs::remove(tree / "a/b/other");
    tree.news.expect_changes();
    CHECK(tree.news.catch_up() == before);
    for (const char* changed : {"a", "a/b", "."}) {
        CAPTURE(changed);
        CHECK(tree.is_fixed(folder));
        CHECK(tree.folders.watches_root());
        const auto number = tree.news.catch_up();
        fs::permissions(tree / changed, fs::perms(0711));
        tree.news.expect_changes();
        CHECK(tree.news.catch_up() != number);
    }
}

TEST_CASE("a folder behind a link is never fixed") {
    Watched tree;
    fs::create_directory_symlink("a", tree / "link");
    if (!tree.can_tell()) return;
    CHECK_FALSE(tree.is_fixed(tree.folders.refer("link/b")));
    CHECK_FALSE(tree.is_fixed(tree.folders.refer("link")));
    CHECK_FALSE(tree.is_fixed(tree.folders.refer("absent")));
    CHECK(tree.news.watches() == 0);
}

TEST_CASE("what is told is taken notice of when changes are expected, not before") {
    Watched tree;
    if (!tree.can_tell()) return;
    const auto folder = tree.folders.refer("a");
    CHECK(tree.is_fixed(folder));
    fs::rename(tree / "a", tree / "z");
    CHECK(tree.folders.is_fixed(folder));  // of requests that were there before the move
    CHECK_FALSE(tree.is_fixed(folder));
}

TEST_CASE("folders are watched once, no more than so many, and no longer than somebody refers to them") {
    Watched tree(3);
    if (!tree.can_tell()) return;
    {
        const auto one = tree.folders.refer("a/b");
        const auto same = tree.folders.refer("a/b");
        const auto third = tree.folders.refer("a/b/c");
        CHECK((tree.is_fixed(one) && tree.is_fixed(same) && tree.is_fixed(third)));
        CHECK(tree.news.watches() == 3);
        fs::create_directory(tree / "d");
        CHECK_FALSE(tree.folders.refer("d"));
        CHECK_FALSE(tree.folders.refer("a/b/c/d"));
        CHECK_FALSE(tree.folders.refer(""));
    }
    CHECK(tree.news.watches() == 0);
    const auto other = tree.folders.refer("d");
    CHECK(tree.is_fixed(other));
}

TEST_CASE("when more happens than the kernel keeps, everything is looked at again") {
    Watched tree;
    if (!tree.can_tell()) return;
    const auto b = tree.folders.refer("a/b");
    fs::create_directories(tree / "x");
    const auto x = tree.folders.refer("x");
    CHECK((tree.is_fixed(b) && tree.is_fixed(x)));
    std::size_t kept = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> kept;
    if (kept == 0 || kept > 100'000) return;
    for (std::size_t i = 0; i <= kept; i += 4) {  // two in turn: what is told twice over is kept once
        for (const auto& [from, to] : {std::pair{"x", "y"}, {"a/b", "a/z"}, {"y", "x"}, {"a/z", "a/b"}}) {
            REQUIRE(::rename((tree / from).c_str(), (tree / to).c_str()) == 0);
        }
    }
    CHECK((tree.is_fixed(b) && tree.is_fixed(x)));
    fs::rename(tree / "x", tree / "y");
    CHECK_FALSE(tree.is_fixed(x));
    CHECK(tree.is_fixed(b));
}
