// SPDX-License-Identifier: MIT
#include "store/store.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

#include "os/file.hpp"
#include "os/open.hpp"
#include "os/open_hook.hpp"
#include "temp_folder.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using test::open_store;
using test::TempFolder;
using test::write_file;

namespace {

int code_of(const Result<EntryRef>& result) { return result ? 0 : result.error().code; }

}  // namespace

TEST_CASE("a small file is held whole, a larger one by its descriptor") {
    const TempFolder folder;
    write_file(folder / "empty", "");
    write_file(folder / "fits", std::string(100, 'x'));
    write_file(folder / "large", std::string(101, 'y'));
    const auto store = open_store(folder.path(), {.body_bytes_max = 100});
    const auto fits = store->open("fits");
    REQUIRE(fits);
    CHECK((*fits)->in_memory);
    CHECK((*fits)->body == std::string(100, 'x'));
    CHECK((*fits)->path == "fits");
    CHECK((*fits)->kind == Kind::file);
    CHECK_FALSE((*fits)->fd.is_open());
    CHECK((*store->open("empty"))->in_memory);
    const auto large = store->open("large");
    REQUIRE(large);
    CHECK_FALSE((*large)->in_memory);
    CHECK((*large)->body.empty());
    CHECK((*large)->size() == 101);
    REQUIRE((*large)->fd.is_open());
    // Overlay file systems cannot tell without waiting; then nothing counts as being in memory.
    std::array<char, 1> probe;
    const auto told = os::read_nowait((*large)->fd.get(), probe, 0);
    CHECK(in_page_cache((*large)->fd.get(), 0, 101) == told.has_value());
    CHECK((*large)->version == Version{test::mtime_of(folder / "large"), 101, true});
}

TEST_CASE("what is in memory is found in place, and what is not there is known in place") {
    const TempFolder folder;
    write_file(folder / "a/file", "text");
    const auto store = open_store(folder.path());
    CHECK((*store->open("a/file"))->body == "text");
    const Lookup lookup = store->open_nowait("a/file");
    if (lookup.status == LookupStatus::would_block) {
        MESSAGE("skipped: this file system cannot be asked without waiting");
        return;
    }
    REQUIRE(lookup.status == LookupStatus::found);
    CHECK(lookup.entry->body == "text");
    CHECK(code_of(store->open("a/none")) == ENOENT);
    const Lookup none = store->open_nowait("a/none");
    CHECK(none.status == LookupStatus::failed);
    CHECK(none.error.code == ENOENT);
}

TEST_CASE("only regular files and folders are served, and a pipe does not hold anybody up") {
    const TempFolder folder;
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    const auto store = open_store(folder.path());
    CHECK(code_of(store->open("fifo")) == ENOENT);
    CHECK(store->open_nowait("fifo").status != LookupStatus::found);
    if (::mknod((folder / "null").c_str(), S_IFCHR | 0666, 0x103) == 0) CHECK(code_of(store->open("null")) == ENOENT);
    const auto root = store->open("");
    REQUIRE(root);
    CHECK((*root)->kind == Kind::folder);
}

namespace {
volatile sig_atomic_t leased_fd = -1;
}

TEST_CASE("a file that another server holds by a lease is waited for") {
    const TempFolder folder;
    write_file(folder / "file", "text");
    const auto store = open_store(folder.path());
    leased_fd = ::open((folder / "file").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(leased_fd >= 0);
    struct sigaction give_up{};
    struct sigaction before{};
    give_up.sa_handler = [](int) { (void)::fcntl(leased_fd, F_SETLEASE, F_UNLCK); };
    REQUIRE(::sigaction(SIGIO, &give_up, &before) == 0);
    if (::fcntl(leased_fd, F_SETLEASE, F_WRLCK) == 0) {
        const auto entry = store->open("file");
        REQUIRE(entry);
        CHECK((*entry)->body == "text");
    } else {
        MESSAGE("skipped: no leases here");
    }
    ::close(leased_fd);
    REQUIRE(::sigaction(SIGIO, &before, nullptr) == 0);
}

TEST_CASE("hidden names are shown only on demand, reserved ones never") {
    const TempFolder folder;
    for (const char* name : {".hidden", "a/.b/c", ".filesrv-staging/x", ".filesrv-upload-1", "a/.filesrv-upload-2"}) {
        write_file(folder / name, "x");
    }
    test::fs::create_symlink(".filesrv-staging/x", folder / "sly");
    test::fs::create_symlink(".filesrv-staging", folder / "sly-folder");
    for (const bool hidden : {false, true}) {
        CAPTURE(hidden);
        const auto store = open_store(folder.path(), {.hidden = hidden});
        for (const char* name : {".hidden", "a/.b/c", "a/.b"}) CHECK(code_of(store->open(name)) == (hidden ? 0 : ENOENT));
        for (const char* name : {".filesrv-staging", ".filesrv-staging/x", ".filesrv-upload-1", "a/.filesrv-upload-2",
                                 "sly", "sly-folder", "sly-folder/x"}) {
            CAPTURE(name);
            CHECK(code_of(store->open(name)) == ENOENT);
        }
    }
}

TEST_CASE("names that cannot be are refused by their own codes") {
    const TempFolder folder;
    write_file(folder / "file", "x");
    const auto store = open_store(folder.path());
    CHECK(code_of(store->open(std::string(256, 'x'))) == ENAMETOOLONG);
    CHECK(code_of(store->open(std::string_view("a\0b", 3))) == EINVAL);
    CHECK(code_of(store->open("file/below")) == ENOTDIR);
    CHECK(code_of(store->open("none/below")) == ENOENT);
}

TEST_CASE("the opener's annotation is kept with the entry") {
    const TempFolder folder;
    write_file(folder / "file", "text");
    const auto store = open_store(folder.path(), {.annotate = [](Entry& entry) {
                                      entry.head = entry.path + ":" + std::to_string(entry.size());
                                  }});
    CHECK((*store->open("file"))->head == "file:4");
}

TEST_CASE("the hook of a test is asked before each open and may refuse it") {
    const TempFolder folder;
    write_file(folder / "slow/file", "x");
    const auto store = open_store(folder.path());
    static std::atomic<int> by_worker{0};
    os::open_hook = [](const os::OpenAttempt& attempt) noexcept {
        if (!attempt.path.starts_with("slow")) return 0;
        if (attempt.worker) ++by_worker;
        return attempt.cached ? EAGAIN : EMFILE;
    };
    CHECK(store->open_nowait("slow/file").status == LookupStatus::would_block);
    CHECK(code_of(store->open("slow/file")) == EMFILE);
    CHECK(by_worker == 1);
    os::open_hook = nullptr;
    CHECK(code_of(store->open("slow/file")) == 0);
}

TEST_CASE("a file that is rewritten while it is read is never torn") {
    // The writer replaces the content by rename; whatever is read is one of the two, whole.
    const TempFolder folder;
    const std::string one(60'000, 'a');
    const std::string two(50'000, 'b');
    write_file(folder / "file", one);
    const auto store = open_store(folder.path());
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        for (int i = 0; !stop.load(); ++i) {
            write_file(folder / "next", i % 2 == 0 ? two : one);
            test::fs::rename(folder / "next", folder / "file");
        }
    });
    for (int i = 0; i < 2'000; ++i) {
        const auto entry = store->open("file");
        REQUIRE(entry);
        REQUIRE(((*entry)->body == one || (*entry)->body == two));
        REQUIRE((*entry)->version.size == (*entry)->body.size());
    }
    stop.store(true);
    writer.join();
}

TEST_CASE("an entry of a file whose length changes while it is read has the length it says") {
    const TempFolder folder;
    write_file(folder / "log", "x");
    const auto store = open_store(folder.path());
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        while (!stop.load()) {
            std::ofstream(folder / "log", std::ios::app) << std::string(100, 'x');
            if (test::fs::file_size(folder / "log") > 50'000) test::fs::resize_file(folder / "log", 10);
        }
    });
    for (int i = 0; i < 5'000; ++i) {
        const auto entry = store->open("log");
        REQUIRE(entry);
        if ((*entry)->in_memory) REQUIRE((*entry)->body == std::string((*entry)->size(), 'x'));
        else REQUIRE((*entry)->fd.is_open());
    }
    stop.store(true);
    writer.join();
}
