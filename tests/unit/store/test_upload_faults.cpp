// SPDX-License-Identifier: MIT
// Uploads whose system calls are counted, or fail at a chosen moment.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

namespace {

std::atomic<int> fsyncs{0};
std::atomic<int> fdatasyncs{0};

int result(long returned) noexcept { return static_cast<int>(returned); }

}  // namespace

// A symbol of the program wins over one of a library: these stand in front of the C library's.
extern "C" {

int fsync(int fd) {
    ++fsyncs;
    return result(::syscall(SYS_fsync, fd));
}
int fdatasync(int fd) {
    ++fdatasyncs;
    return result(::syscall(SYS_fdatasync, fd));
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
