// SPDX-License-Identifier: MIT
// Uploads whose system calls are counted, or fail at a chosen moment.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <utility>

#include "os/open.hpp"
#include "store/folder_mutexes.hpp"
#include "store/path.hpp"
#include "store/staged_file.hpp"
#include "store/staged_tree.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

namespace {

std::atomic<int> fsyncs{0};
std::atomic<int> fdatasyncs{0};
std::atomic<int> renames_new{0};

std::function<void()> before_fsync;  // set only while no other thread runs, as the next

/// Asked before a rename that must not replace: 0, or the errno to fail with.
using RenameHook = std::function<int()>;
RenameHook rename_hook;

/// Sets the hook for as long as it lives.
class Hooked {
public:
    explicit Hooked(RenameHook hook) {
        renames_new = 0;
        rename_hook = std::move(hook);
    }
    Hooked(const Hooked&) = delete;
    Hooked& operator=(const Hooked&) = delete;
    ~Hooked() { rename_hook = nullptr; }
};

int result(long returned) noexcept { return static_cast<int>(returned); }

}  // namespace

// A symbol of the program wins over one of a library: these stand in front of the C library's.
extern "C" {

int fsync(int fd) {
    ++fsyncs;
    if (before_fsync) before_fsync();
    return result(::syscall(SYS_fsync, fd));
}
int fdatasync(int fd) {
    ++fdatasyncs;
    return result(::syscall(SYS_fdatasync, fd));
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
    ++renames_new;
    const int code = rename_hook ? rename_hook() : 0;
    errno = code;
    return code != 0 ? -1 : result(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

}  // extern "C"

TEST_CASE("an upload is synced as it was promised when it began, whatever is set in the middle of its commit") {
    struct {
        Durability before;
        Durability after;
        int fsyncs;
        int fdatasyncs;
    } const cases[] = {
        {Durability::data, Durability::full, 0, 1},
        {Durability::none, Durability::full, 0, 0},
        {Durability::full, Durability::none, 2, 0},  // the file and its folder
        {Durability::full, Durability::data, 2, 0},
    };
    for (const auto& row : cases) {
        CAPTURE(static_cast<int>(row.before));
        CAPTURE(static_cast<int>(row.after));
        const TempFolder folder;
        const auto store = open_store(folder.path(), {.durability = row.before});
        int looks = 0;
        // The second look is that of the commit, when the contents are synced and the name is not there yet.
        const auto set_in_commit = [&](const std::optional<VersionInfo>&) {
            if (++looks == 2) store->tune({.durability = row.after});
            return GuardVerdict::allow;
        };
        fsyncs = 0;
        fdatasyncs = 0;
        CHECK(outcome(put(*store, "file", "text", set_in_commit)) == "created");
        CHECK(looks == 2);
        CHECK(fsyncs == row.fsyncs);
        CHECK(fdatasyncs == row.fdatasyncs);
    }
}

TEST_CASE("what is stored at once is synced as promised, in memory too") {
    struct {
        Durability durability;
        int fsyncs;
        int fdatasyncs;
    } const cases[] = {{Durability::none, 0, 0}, {Durability::data, 0, 1}, {Durability::full, 2, 0}};
    for (const auto& row : cases) {
        CAPTURE(static_cast<int>(row.durability));
        const TempFolder folder(in_memory());
        const auto store = open_store(folder.path(), {.durability = row.durability});
        prove_nameless(*store);
        REQUIRE(put(*store, "seen", "x", {}, true));
        fsyncs = 0;
        fdatasyncs = 0;
        KeptFolder kept;
        if (!store->upload_nowait("file", std::string_view("text"), {}, kept)) return;  // no file system in memory
        CHECK(fsyncs == row.fsyncs);
        CHECK(fdatasyncs == row.fdatasyncs);
    }
}

TEST_CASE("as long as folders are unsynced that another upload has made, nothing durable is stored at once") {
    const TempFolder folder(in_memory());
    const auto store = open_store(folder.path());
    prove_nameless(*store);
    REQUIRE(put(*store, "seen", "x", {}, true));
    KeptFolder kept;
    const std::string_view text = "text";
    if (!store->upload_nowait("first", text, {}, kept)) return;  // no file system in memory
    bool is_stored = false;
    int syncs = 0;
    bool is_beside = false;  // which syncs as well
    before_fsync = [&] {
        if (std::exchange(is_beside, true)) return;
        is_stored = store->upload_nowait("beside-" + std::to_string(++syncs), text, {}, kept).has_value();
        is_beside = false;
    };
    const auto made = put(*store, "a/b/file", "text");
    before_fsync = nullptr;
    REQUIRE(made);
    CHECK_FALSE(is_stored);  // at the last sync, which is of a folder that was made
    CHECK(store->upload_nowait("last", text, {}, kept));
}

TEST_CASE("an upload that got lost on its way back from its folders fails at once, by the first error") {
    const TempFolder folder;
    const fs::path staging = folder / ".filesrv-staging";
    const auto store = open_store(folder.path());
    auto upload = store->begin_upload("a/b/file", {});
    REQUIRE(upload);
    const std::string staged = names_below(staging).front();
    const Hooked hooked([&] {
        fs::create_directory(staging / staged);  // in its way: rename(2) of a file over a folder is EISDIR
        return EEXIST;
    });
    CHECK(outcome(upload->commit()) == "EIO");
    CHECK(renames_new == 1);
    CHECK_FALSE(fs::exists(folder / "a"));
    CHECK_FALSE(fs::exists(staging / (staged + ".d")));
}

TEST_CASE("a staged tree is taken apart whole, also where its path is longer than a path may be") {
    const TempFolder folder;
    FolderMutexes mutexes;
    auto place = std::make_shared<StagingPlace>();
    auto fd = os::open_path(folder.path().c_str(), os::OpenMode::folder);
    REQUIRE(fd);
    place->fd = std::move(*fd);
    place->names = &mutexes.of({});
    auto file = StagedFile::create(place, "upload-", 0666);
    REQUIRE(file);
    const std::vector<std::string> one{file->name()};
    for (const std::size_t levels : {1u, 2u, 15u, 16u, 17u}) {
        CAPTURE(levels);
        const std::vector<std::string> folders(levels, std::string(component_bytes_max, 'd'));
        {
            const auto tree = StagedTree::build(*file, folders, "file");
            REQUIRE(tree);
            CHECK(fs::exists(folder / (file->name() + ".d")));
        }
        REQUIRE_FALSE(fs::exists(folder / (file->name() + ".d")));
        CHECK(names_below(folder.path()) == one);
    }
}

TEST_CASE("where no rename can refuse to replace, folders are built out of sight once and never again") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    const Hooked hooked([] { return EINVAL; });
    CHECK(outcome(put(*store, "a/b/file", "x")) == "created");
    CHECK(renames_new == 2);  // of the folders, then of the file
    store->tidy();
    for (const char* path : {"c/d/file", "a/e/file"}) {
        renames_new = 0;
        CHECK(outcome(put(*store, path, "x")) == "created");
        CHECK(renames_new == 1);  // of the file
    }
    store->tidy();
    CHECK(names_below(folder.path()).size() == 8);
}
