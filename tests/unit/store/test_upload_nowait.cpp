// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "os/open.hpp"
#include "store/memory_folders.hpp"
#include "store/path_lock.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

namespace {

/// A root in memory whose own folder a worker has seen to.
struct Ready {
    explicit Ready(StoreOptions options = {}) : store(open_store(folder.path(), std::move(options))) {
        prove_nameless(*store);
        see_to("");
    }

    /// A worker's upload of a body that is here: it leaves nothing.
    void see_to(const std::string& path) const {
        REQUIRE(put(*store, path + "seen", "x", {}, true));
        fs::remove(folder / (path + "seen"));
        store->tidy();
    }

    [[nodiscard]] std::string upload(std::string_view path, std::string_view text = "text", const Guard& guard = {}) {
        const auto committed = store->upload_nowait(path, text, guard, kept);
        if (!committed) return "worker";
        return committed->created ? "created" : "replaced";
    }

    TempFolder folder{in_memory()};
    std::unique_ptr<Store> store;
    KeptFolder kept;
};

bool has_memory() {
    const auto fd = os::open_path(in_memory().c_str(), os::OpenMode::any_folder);
    if (fd && os::file_system_of(fd->get()) == os::FileSystem::memory) return true;
    MESSAGE("skipped: no file system in memory");
    return false;
}

/// Opens once.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        opened_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return is_open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool is_open_ = false;
};

/// A name in the folder whose lock is the other's, or is not.
std::string name_like(const fs::path& folder, std::string_view other, bool shares) {
    struct stat found;
    REQUIRE(::stat(folder.c_str(), &found) == 0);
    const std::size_t slot = PathLocks::slot_of(found.st_ino, other);
    for (int number = 0;; ++number) {
        const std::string name = "name" + std::to_string(number);
        if ((PathLocks::slot_of(found.st_ino, name) == slot) == shares) return name;
    }
}

}  // namespace

TEST_CASE("a new file in memory is whole at once, with the mode and the strong version of any upload") {
    if (!has_memory()) return;
    Ready ready;
    const auto committed = ready.store->upload_nowait("file", std::string_view("text"), {}, ready.kept);
    REQUIRE(committed);
    CHECK(committed->created);
    CHECK(read_file(ready.folder / "file") == "text");
    const auto worker_made = put(*ready.store, "other", "text", {}, true);
    REQUIRE(worker_made);
    CHECK(fs::status(ready.folder / "file").permissions() == fs::status(ready.folder / "other").permissions());
    // Another daemon finds the same tag, and it is strong though the file is young.
    const auto elsewhere = open_store(ready.folder.path());
    const auto entry = elsewhere->open("file");
    REQUIRE(entry);
    CHECK((*entry)->version == committed->version);
    CHECK_FALSE((*entry)->version.weak);
    CHECK(ready.upload("empty", "") == "created");
    CHECK(fs::file_size(ready.folder / "empty") == 0);
    CHECK(names_below(ready.folder.path()) == std::vector<std::string>{"empty", "file", "other"});
}

TEST_CASE("the polling thread stores nothing where no worker has been") {
    if (!has_memory()) return;
    const TempFolder folder(in_memory());
    const auto store = open_store(folder.path());
    fs::create_directory(folder / "below");
    KeptFolder kept;
    CHECK_FALSE(store->upload_nowait("file", std::string_view("text"), {}, kept));
    CHECK_FALSE(kept.fd.is_open());
    prove_nameless(*store);
    CHECK_FALSE(store->upload_nowait("file", std::string_view("text"), {}, kept));
    REQUIRE(put(*store, "first", "x", {}, true));
    CHECK(store->upload_nowait("file", std::string_view("text"), {}, kept));
    CHECK_FALSE(store->upload_nowait("below/file", std::string_view("text"), {}, kept));
    REQUIRE(put(*store, "below/first", "x", {}, true));
    CHECK(store->upload_nowait("below/file", std::string_view("text"), {}, kept));
    CHECK(names_below(folder.path()) == std::vector<std::string>{"below", "below/file", "below/first", "file", "first"});
}

TEST_CASE("what the polling thread may not decide is left to a worker, and nothing of it stays") {
    if (!has_memory()) return;
    Ready ready;
    write_file(ready.folder / "old", "old");
    fs::create_directory(ready.folder / "folder");
    fs::create_directory(ready.folder / "real");
    ready.see_to("real/");
    fs::create_symlink("real", ready.folder / "link");
    fs::create_symlink("nowhere", ready.folder / "dangling");
    const auto before = names_below(ready.folder.path());
    const char* const paths[] = {"", "old", "old", "folder", "folder/..", "link/file", "dangling", "missing/file", "old/file",
                                 ".hidden", ".filesrv-staging/file", "a//b", "../file", "folder/file"};
    for (const char* path : paths) {
        CAPTURE(path);
        CHECK(ready.upload(path) == "worker");
        CHECK(ready.upload("new") == "created");
        fs::remove(ready.folder / "new");
    }
    CHECK(ready.upload("real/file") == "created");
    fs::remove(ready.folder / "real/file");
    CHECK(read_file(ready.folder / "old") == "old");
    CHECK(names_below(ready.folder.path()) == before);
}

TEST_CASE("a guard that refuses a new file is a worker's to tell of") {
    if (!has_memory()) return;
    Ready ready;
    CHECK(ready.upload("file", "text", [](const auto&) { return GuardVerdict::refuse; }) == "worker");
    CHECK(ready.upload("file", "text", only_if_new) == "created");
    CHECK(ready.upload("file", "more", only_if_new) == "worker");
    CHECK(read_file(ready.folder / "file") == "text");
}

TEST_CASE("nothing is stored at once that the options refuse, or that free space has to be asked for") {
    if (!has_memory()) return;
    Ready ready;
    ready.store->tune({.read_only = true});
    CHECK(ready.upload("file") == "worker");
    ready.store->tune({.min_free = 1});
    CHECK(ready.upload("file") == "worker");
    ready.store->tune({});
    CHECK(ready.upload("file") == "created");
    const auto on_disk = os::open_path(fs::temp_directory_path().c_str(), os::OpenMode::any_folder);
    if (!on_disk || os::file_system_of(on_disk->get()) == os::FileSystem::memory) return;
    const TempFolder disk;
    const auto store = open_store(disk.path(), {.durability = Durability::none});
    KeptFolder kept;
    for (const char* name : {"first", "second", "third"}) REQUIRE(put(*store, name, "x", {}, true));
    CHECK_FALSE(store->upload_nowait("file", std::string_view("text"), {}, kept));
}

TEST_CASE("a folder that is kept open takes uploads only as long as its path leads to it") {
    if (!has_memory()) return;
    Ready ready;
    const fs::path here = ready.folder / "a/b";
    fs::create_directories(here);
    ready.see_to("a/b/");
    REQUIRE(ready.upload("a/b/1") == "created");
    REQUIRE(ready.kept.path == "a/b");
    const os::Fd before = ready.kept.fd.get();
    REQUIRE(ready.upload("a/b/2") == "created");
    CHECK(ready.kept.fd.get().number() == before.number());

    fs::rename(ready.folder / "a", ready.folder / "moved");
    CHECK(ready.upload("a/b/3") == "worker");
    fs::create_directory_symlink("moved", ready.folder / "a");  // the very same folder, by a link
    CHECK(ready.upload("a/b/3") == "worker");
    fs::remove(ready.folder / "a");
    fs::create_directories(here);  // another of that name, where nobody has been
    CHECK(ready.upload("a/b/3") == "worker");
    ready.see_to("a/b/");
    CHECK(ready.upload("a/b/3") == "created");
    CHECK(ready.upload("moved/b/4") == "created");
    CHECK(names_below(ready.folder / "moved/b") == std::vector<std::string>{"1", "2", "4"});
    CHECK(names_below(here) == std::vector<std::string>{"3"});
    REQUIRE(ready.upload("a/b/5") == "created");
    fs::rename(ready.folder / "a", ready.folder / "away");  // while it is kept
    fs::rename(ready.folder / "moved", ready.folder / "a");
    CHECK(ready.upload("a/b/6") == "created");
    CHECK(names_below(here) == std::vector<std::string>{"1", "2", "4", "6"});
}

TEST_CASE("an upload does not wait for a worker that is stuck in the same folder with a path's lock") {
    if (!has_memory()) return;
    Ready ready;
    write_file(ready.folder / "old", "old");
    const std::string shares = name_like(ready.folder.path(), "old", true);
    const std::string differs = name_like(ready.folder.path(), "old", false);
    Gate has_lock;
    Gate may_go;
    int looks = 0;
    std::thread stuck([&] {
        const auto hold = [&](const std::optional<VersionInfo>&) {
            if (++looks == 2) {  // the look under the lock
                has_lock.open();
                may_go.pass();
            }
            return GuardVerdict::allow;
        };
        CHECK(outcome(put(*ready.store, "old", "new", hold)) == "replaced");
    });
    has_lock.pass();
    const std::string beside = ready.upload(shares);
    const std::string elsewhere = ready.upload(differs);
    may_go.open();
    stuck.join();
    CHECK(beside == "worker");
    CHECK(elsewhere == "created");
    CHECK_FALSE(fs::exists(ready.folder / shares));
    CHECK(ready.upload(shares) == "created");
    CHECK(read_file(ready.folder / "old") == "new");
}

TEST_CASE("of folders in memory those that fall on one place push one another out, and other devices never get in") {
    if (!has_memory()) return;
    const TempFolder folder(in_memory());
    const auto fd = os::open_path(folder.path().c_str(), os::OpenMode::any_folder);
    REQUIRE(fd);
    os::FileStat place = *os::stat_fd(fd->get());
    MemoryFolders folders;
    folders.add(place);
    CHECK(folders.is_empty());
    CHECK_FALSE(folders.contains(place));
    folders.learn(place, fd->get());
    CHECK_FALSE(folders.contains(place));
    for (int number = 0; number < 4096; ++number) {
        ++place.inode;
        folders.add(place);
        REQUIRE(folders.contains(place));
    }
    os::FileStat foreign = place;
    ++foreign.device;
    folders.add(foreign);
    CHECK_FALSE(folders.contains(foreign));
    CHECK(folders.contains(place));
    folders.drop(place);
    CHECK(folders.is_empty());
    CHECK_FALSE(folders.contains(place));
}
