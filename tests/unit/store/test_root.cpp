// SPDX-License-Identifier: MIT
#include "store/root.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "os/file.hpp"
#include "os/stat.hpp"
#include "temp_folder.hpp"

using namespace filesrv;
using namespace filesrv::store;
using test::TempFolder;

namespace {

/// A tree with everything that could lead out of it.
struct Tree {
    TempFolder folder;
    test::fs::path root = folder / "root";

    Tree() {
        test::write_file(root / "file", "inside");
        test::write_file(root / "a/b/deep", "deep");
        test::write_file(folder / "secret", "SECRET");
        test::write_file(folder / "root-twin/file", "SECRET");
        const auto link = [this](const char* target, const char* name) { test::fs::create_symlink(target, root / name); };
        link("file", "link");
        link("a", "folder-link");
        link("../file", "a/up");
        link("../../a/b/deep", "a/b/around");
        link("folder-link/up", "link-by-links");
        link("../secret", "out");
        link("a/../../secret", "out-later");
        link((folder / "secret").c_str(), "out-absolute");
        link((root / "file").c_str(), "in-absolute");
        link("..", "parent");
        link("../root/file", "out-and-in");
        link("loop", "loop");
        link("loop-b", "loop-a");
        link("loop-a", "loop-b");
        link("nowhere", "dangling");
        link("a/b/", "slash");
        link("file/", "file-slash");
        link("/proc/self/root", "magic");
        REQUIRE(::mkfifo((root / "fifo").c_str(), 0600) == 0);
    }
};

std::string content_of(os::Fd fd) {
    std::string text(64, '\0');
    const auto count = os::read_at(fd, text, 0);
    text.resize(count ? *count : 0);
    return text;
}

/// What opening a path for reading brings: the content, "<folder>", or "!" and the errno.
std::string look(const Root& root, std::string_view path) {
    const auto opened = root.open_beneath(path, Purpose::read, Patience::may_block);
    if (!opened) return "!" + std::to_string(opened.error().code);
    const auto stat = os::stat_fd(opened->fd.get());
    if (stat->type == os::FileType::directory) return "<folder>";
    return (opened->via_symlink ? "@" : "") + content_of(opened->fd.get());
}

const std::string absent = "!" + std::to_string(ENOENT);

}  // namespace

TEST_CASE("both ways of confinement open what is inside and nothing else") {
    const Tree tree;
    for (const bool walk : {false, true}) {
        CAPTURE(walk);
        const auto root = Root::open(tree.root.string(), {.follow_symlinks = true, .component_walk = walk});
        REQUIRE(root);
        CHECK(root->walks_components() == walk);
        struct { const char* path; std::string expected; } const table[] = {
            {"", "<folder>"}, {"file", "inside"}, {"a", "<folder>"}, {"a/b/deep", "deep"},
            {"link", "@inside"}, {"folder-link/b/deep", "@deep"}, {"a/up", "@inside"}, {"a/b/around", "@deep"},
            {"link-by-links", "@inside"}, {"slash/deep", "@deep"}, {"slash", "<folder>"},
            {"out", absent}, {"out-later", absent}, {"out-absolute", absent}, {"in-absolute", absent},
            {"parent", absent}, {"parent/secret", absent}, {"parent/root/file", absent}, {"out-and-in", absent},
            {"loop", absent}, {"loop-a", absent}, {"dangling", absent}, {"magic", absent}, {"magic/etc", absent},
            {"nothing", absent}, {"a/nothing", absent}, {"nothing/x", absent},
            {"file/x", "!" + std::to_string(ENOTDIR)}, {"file-slash", "!" + std::to_string(ENOTDIR)},
        };
        for (const auto& row : table) {
            CAPTURE(row.path);
            CHECK(look(*root, row.path) == row.expected);
        }
    }
}

TEST_CASE("without following links every link is absent") {
    const Tree tree;
    for (const bool walk : {false, true}) {
        CAPTURE(walk);
        const auto root = Root::open(tree.root.string(), {.follow_symlinks = false, .component_walk = walk});
        REQUIRE(root);
        for (const char* path : {"link", "folder-link", "folder-link/b/deep", "a/up", "out", "dangling", "loop"}) {
            CAPTURE(path);
            CHECK(look(*root, path) == absent);
        }
        CHECK(look(*root, "a/b/deep") == "deep");
    }
}

TEST_CASE("forty links are followed, one more is not") {
    const TempFolder folder;
    test::write_file(folder / "l0", "end");
    for (int i = 1; i <= 41; ++i) {
        test::fs::create_symlink("l" + std::to_string(i - 1), folder / ("l" + std::to_string(i)));
    }
    for (const bool walk : {false, true}) {
        const auto root = Root::open(folder.path().string(), {.component_walk = walk});
        CHECK(look(*root, "l40") == "@end");
        CHECK(look(*root, "l41") == absent);
    }
}

TEST_CASE("a root must be a folder that can be searched") {
    const TempFolder folder;
    test::write_file(folder / "file", "");
    CHECK(Root::open((folder / "nothing").string(), {}).error().code == ENOENT);
    CHECK(Root::open((folder / "file").string(), {}).error().code == ENOTDIR);
    CHECK(Root::open((folder / "file").string(), {}).error().message().starts_with("open root /"));
}

TEST_CASE("what is in memory is opened without blocking") {
    const Tree tree;
    const auto root = Root::open(tree.root.string(), {});
    REQUIRE(root);
    if (!root->has_cached_open()) {
        MESSAGE("skipped: no RESOLVE_CACHED here");
        return;
    }
    CHECK(look(*root, "a/b/deep") == "deep");
    CHECK(root->open_beneath("a/b/deep", Purpose::read, Patience::cached_only));
    CHECK(root->open_beneath("nothing-here", Purpose::read, Patience::cached_only).error().code != 0);
}

TEST_CASE("no rename and no swapped link leads out of the root") {
    // While one thread swaps folders for links that lead out, and moves folders out and back, whatever is opened has
    // the content that is inside.
    const Tree tree;
    test::write_file(tree.root / "swap/file", "inside");
    test::write_file(tree.root / "deep/x/y/file", "inside");
    test::fs::create_symlink("x/y/../../../file", tree.root / "deep/back");
    test::fs::create_symlink("../root-twin", tree.root / "evil");
    for (const bool walk : {false, true}) {
        CAPTURE(walk);
        const auto root = Root::open(tree.root.string(), {.component_walk = walk});
        REQUIRE(root);
        std::atomic<bool> stop{false};
        std::thread mover([&] {
            std::error_code ignored;
            while (!stop.load()) {
                test::fs::rename(tree.root / "swap", tree.root / "swap-aside", ignored);
                test::fs::rename(tree.root / "evil", tree.root / "swap", ignored);
                test::fs::rename(tree.root / "swap", tree.root / "evil", ignored);
                test::fs::rename(tree.root / "swap-aside", tree.root / "swap", ignored);
                test::fs::rename(tree.root / "deep/x", tree.folder / "moved-out", ignored);
                test::fs::rename(tree.folder / "moved-out", tree.root / "deep/x", ignored);
            }
        });
        int found = 0;
        for (int i = 0; i < 20'000; ++i) {
            for (const char* path : {"swap/file", "deep/back", "deep/x/y/file"}) {
                const auto opened = root->open_beneath(path, Purpose::read, Patience::may_block);
                if (!opened) continue;
                ++found;
                const std::string content = content_of(opened->fd.get());
                if (content != "inside") FAIL_CHECK(path << ": " << content);
            }
        }
        stop.store(true);
        mover.join();
        CHECK(found > 0);
    }
}
