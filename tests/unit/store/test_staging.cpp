// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "os/file.hpp"
#include "os/open.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

namespace {

/// A small file system of its own, for those who may mount one.
class SmallDisk {
public:
    explicit SmallDisk(const fs::path& at, const char* type = "tmpfs") : at_(at) {
        fs::create_directories(at_);
        is_mounted_ = ::mount("none", at_.c_str(), type, 0, "size=1m") == 0;
        if (!is_mounted_) MESSAGE("skipped: mounting a file system needs root");
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (is_mounted_) ::umount2(at_.c_str(), MNT_DETACH);
    }
    [[nodiscard]] bool is_mounted() const noexcept { return is_mounted_; }

private:
    fs::path at_;
    bool is_mounted_ = false;
};

/// Runs `work` in a child that ends without any clean-up, as kill -9 would end it.
template <class Work>
void in_killed_child(Work work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        work();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
}

void abandon_upload(Store& store, std::string_view path) {
    auto upload = store.begin_upload(path, {});
    if (!upload || !upload->write(std::string_view("half"))) ::_exit(1);
    (void)new Upload(std::move(*upload));  // never destroyed: the process ends first
}

}  // namespace

TEST_CASE("a sweep removes what the dead left, and only that") {
    const TempFolder folder;
    in_killed_child([&] {
        const auto dead = Store::open({.root = folder.path().string()});
        abandon_upload(**dead, "a/file");
        if (!put(**dead, "whole", "whole")) ::_exit(1);  // leaves the lock of its path
        ::_exit(0);
    });
    CHECK(fs::exists(folder / ".filesrv-staging"));
    CHECK_FALSE(fs::exists(folder / "a"));
    const auto living = open_store(folder.path());
    auto upload = living->begin_upload("living", {});
    REQUIRE(upload);
    CHECK(names_below(folder / ".filesrv-staging").size() == 3);
    write_file(folder / ".filesrv-staging/foreign", "not ours");
    const auto other = open_store(folder.path());
    CHECK(other->sweep());
    CHECK(names_below(folder / ".filesrv-staging").size() == 2);
    fs::remove(folder / ".filesrv-staging/foreign");
    CHECK(other->sweep());
    CHECK(outcome(upload->commit()) == "created");
    CHECK(read_file(folder / "whole") == "whole");
    { const auto ended = std::move(*upload); }
    living->tidy();
    CHECK(names_below(folder.path()) == std::vector<std::string>{"living", "whole"});
}

TEST_CASE("leftovers beside a target go also with an upload that needs no name of its own") {
    const TempFolder folder;
    fs::create_directory(folder / "group");
    fs::permissions(folder / "group", fs::perms(02775));
    in_killed_child([&] {
        const auto dead = Store::open({.root = folder.path().string()});
        abandon_upload(**dead, "group/half");
    });
    CHECK(names_below(folder / "group").size() == 1);
    const auto store = open_store(folder.path());
    prove_nameless(*store);
    CHECK(names_below(folder / "group").size() == 1);
    CHECK(outcome(put(*store, "group/file", "text", {}, true)) == "created");
    CHECK(names_below(folder / "group") == std::vector<std::string>{"file"});
}

TEST_CASE("of what is all here nothing is left when its process is killed") {
    const TempFolder folder;
    in_killed_child([&] {
        const auto dead = Store::open({.root = folder.path().string()});
        prove_nameless(**dead);
        auto upload = (*dead)->begin_upload("file", {.length = 8, .is_here = true});
        if (!upload || !upload->write(std::string_view("half"))) ::_exit(1);
        (void)new Upload(std::move(*upload));
    });
    CHECK(names_below(folder.path()).empty());
}

TEST_CASE("a sweep without a staging folder, or with a link in its place, does nothing") {
    const TempFolder folder;
    const TempFolder elsewhere;
    write_file(elsewhere / "upload-precious", "x");
    CHECK(open_store(folder.path())->sweep());
    fs::create_symlink(elsewhere.path(), folder / ".filesrv-staging");
    const auto store = open_store(folder.path());
    (void)store->sweep();
    CHECK(fs::exists(elsewhere / "upload-precious"));
    CHECK(outcome(put(*store, "file", "beside")) == "created");
    CHECK(names_below(elsewhere.path()).size() == 1);
}

TEST_CASE("a target on another mount is staged beside it, and leftovers there go with the next upload") {
    const TempFolder folder;
    const SmallDisk disk(folder / "disk");
    if (!disk.is_mounted()) return;
    in_killed_child([&] {
        const auto dead = Store::open({.root = folder.path().string()});
        abandon_upload(**dead, "disk/half");
    });
    CHECK(names_below(folder / "disk").size() == 1);
    const auto store = open_store(folder.path());
    CHECK(outcome(put(*store, "disk/a/b/file", "text")) == "created");
    CHECK(outcome(put(*store, "disk/a/b/file", "text")) == "replaced");
    CHECK(names_below(folder / "disk") == std::vector<std::string>{"a", "a/b", "a/b/file"});
}

TEST_CASE("a folder that hands its group down is staged in") {
    const TempFolder folder;
    fs::create_directory(folder / "group");
    fs::permissions(folder / "group", fs::perms(02775));
    const auto store = open_store(folder.path());
    auto upload = store->begin_upload("group/file", {});
    REQUIRE(upload);
    CHECK(names_below(folder / "group").size() == 1);
    CHECK(outcome(upload->commit()) == "created");
    CHECK(names_below(folder / "group") == std::vector<std::string>{"file"});
}

TEST_CASE("a drop box in a root that is somebody else's takes uploads") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: becoming another user needs root");
        return;
    }
    const TempFolder folder;
    fs::permissions(folder.path(), fs::perms(0755));
    fs::create_directory(folder / "box");
    fs::permissions(folder / "box", fs::perms(01733));
    write_file(folder / "box/foreign", "x");
    write_file(folder / "box/locked", "x");
    fs::permissions(folder / "box/foreign", fs::perms(0666));
    in_killed_child([&] {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
        const auto store = Store::open({.root = folder.path().string()});
        if (outcome(put(**store, "box/mine", "x")) != "created") ::_exit(3);
        if (outcome(put(**store, "box/mine", "y")) != "replaced") ::_exit(4);
        if (outcome(put(**store, "box/sub/mine", "y")) != "created") ::_exit(5);
        if (outcome(put(**store, "top", "y")) != "EACCES") ::_exit(6);
        if (outcome(put(**store, "box/locked", "y")) != "EACCES") ::_exit(7);
        if (outcome(put(**store, "box/foreign", "y")) != "EPERM") ::_exit(8);  // sticky: not ours to replace
    });
    CHECK(names_below(folder.path()) ==
          std::vector<std::string>{"box", "box/foreign", "box/locked", "box/mine", "box/sub", "box/sub/mine"});
}

TEST_CASE("a sticky folder's refusal comes before the body, and root keeps a file's owner") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: becoming another user needs root");
        return;
    }
    const TempFolder folder;
    fs::permissions(folder.path(), fs::perms(01777));
    write_file(folder / "foreign", "x");
    fs::permissions(folder / "foreign", fs::perms(0666));
    in_killed_child([&] {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
        const auto store = Store::open({.root = folder.path().string()});
        const auto begun = (*store)->begin_upload("foreign", {});
        if (begun || begun.error().code != EPERM) ::_exit(3);
    });
    REQUIRE(::chown((folder / "foreign").c_str(), 65534, 65533) == 0);
    fs::permissions(folder / "foreign", fs::perms(0640));
    CHECK(outcome(put(*open_store(folder.path()), "foreign", "y")) == "replaced");
    struct stat found;
    REQUIRE(::stat((folder / "foreign").c_str(), &found) == 0);
    CHECK(found.st_uid == 65534);
    CHECK(found.st_gid == 65533);
    CHECK((found.st_mode & 07777) == 0640);
}

TEST_CASE("where a file can hold no attribute its committer still knows its own commits") {
    const TempFolder folder;
    const SmallDisk disk(folder / "disk", "ramfs");
    if (!disk.is_mounted()) return;
    const auto store = open_store(folder / "disk");
    const auto committed = put(*store, "file", "text");
    REQUIRE(committed);
    CHECK((*store->open("file"))->version == committed->version);
    CHECK((*open_store(folder / "disk")->open("file"))->version.weak);
    const auto unchanged = [&](const std::optional<VersionInfo>& current) {
        return current == committed->version ? GuardVerdict::allow : GuardVerdict::refuse;
    };
    CHECK(outcome(put(*store, "file", "TEXT", unchanged)) == "replaced");
    write_file(folder / "disk/file", "foreign");
    CHECK((*store->open("file"))->version.weak);
}

TEST_CASE("a mount inside the root is served, and in place once it is known") {
    const TempFolder folder;
    const SmallDisk disk(folder / "disk");
    if (!disk.is_mounted()) return;
    write_file(folder / "disk/file", "text");
    const auto store = open_store(folder.path());
    CHECK(store->open_nowait("disk/file").status == LookupStatus::would_block);
    CHECK((*store->open("disk/file"))->body == "text");
    CHECK(store->open_nowait("disk/file").status == LookupStatus::found);
}

TEST_CASE("a full disk refuses before the body or stops within it, and nothing is left") {
    const TempFolder folder;
    const SmallDisk disk(folder / "disk");
    if (!disk.is_mounted()) return;
    const auto store = open_store(folder / "disk", {.min_free = 100'000});
    CHECK(store->begin_upload("file", {.length = 2'000'000}).error().code == ENOSPC);
    CHECK(store->begin_upload("file", {.length = 1'000'000}).error().code == ENOSPC);
    {
        auto upload = store->begin_upload("file", {});
        REQUIRE(upload);
        Result<void> written;
        const std::string piece(64 << 10, 'x');
        for (int i = 0; written && i < 100; ++i) written = upload->write(piece);
        REQUIRE_FALSE(written);
        CHECK(written.error().code == ENOSPC);
    }
    CHECK(outcome(put(*store, "small", std::string(500'000, 'x'))) == "created");
    store->tidy();
    CHECK(names_below(folder / "disk") == std::vector<std::string>{"small"});
}

TEST_CASE("what a process left that died while it made folders is swept with all that is in it") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    const std::string staging = ".filesrv-staging/";
    write_file(folder / (staging + "upload-1-0.d/b/c/d/file"), "half");
    write_file(folder / (staging + "upload-2-0.d/file"), "half");
    fs::create_directories(folder / (staging + "upload-3-0.d/b"));
    fs::create_directories(folder / (staging + "upload-4-0.d~"));
    std::string deep = (folder / (staging + "upload-5-0.d")).string();
    for (int level = 0; level < 12; ++level) deep += "/" + std::string(250, 'd');
    fs::create_directories(deep);
    // One that lives: locked, as its process has it.
    fs::create_directories(folder / (staging + "upload-6-0.d/b"));
    const auto living = os::open_path((folder / (staging + "upload-6-0.d")).c_str(), os::OpenMode::folder);
    REQUIRE(living);
    REQUIRE(os::lock_file(living->get(), os::LockWait::try_once) == 0);
    CHECK(store->sweep());
    CHECK(names_below(folder / ".filesrv-staging") == std::vector<std::string>{"upload-6-0.d", "upload-6-0.d/b"});
}

TEST_CASE("what somebody else has under a staged name, or one that begins alike, stays whole") {
    const TempFolder folder;
    const TempFolder elsewhere;
    fs::create_directory(folder / "group");
    fs::permissions(folder / "group", fs::perms(02775));  // staged in, so the first upload sweeps it
    const std::string prefix = "group/.filesrv-upload-";
    for (int i = 0; i < 100; ++i) write_file(folder / (prefix + "notes/" + std::to_string(i)), "theirs");
    write_file(folder / (prefix + "note/only"), "theirs");
    for (int i = 0; i < 2; ++i) write_file(folder / (prefix + "1-0.d/a/b/" + std::to_string(i)), "theirs");
    write_file(folder / (prefix + "2-0.d/a/file"), "theirs");
    fs::create_directory(folder / (prefix + "2-0.d/b"));
    fs::create_directories(folder / (prefix + "3-0.d/a"));
    fs::create_symlink(elsewhere.path(), folder / (prefix + "3-0.d/a/link"));
    for (const char* name : {"notes.txt", "1", "lock-", "lock-1a", "0123456789abcdef", "0123456789abcdef-", "0123456789abcde-0",
                             "0123456789abcdef-0-1", "0123456789abcdeg-0", "x0123456789abcdef-0"}) {
        write_file(folder / (prefix + name), "theirs");
    }
    const auto before = names_below(folder / "group");
    const auto store = open_store(folder.path());
    CHECK(outcome(put(*store, "group/f", "x")) == "created");
    fs::remove(folder / "group/f");
    CHECK(names_below(folder / "group") == before);
}

TEST_CASE("folders made for an upload get the group of a folder that hands it down, and of no other") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: giving a folder away needs root");
        return;
    }
    const TempFolder folder;
    fs::create_directories(folder / "group");
    fs::create_directories(folder / "plain");
    for (const char* name : {"", "group"}) {
        REQUIRE(::chown((folder / name).c_str(), 0, 65533) == 0);
        fs::permissions(folder / name, fs::perms(02775));
    }
    const auto store = open_store(folder.path());
    for (const char* path : {"a/b/file", "group/a/b/file", "plain/a/b/file"}) {
        CAPTURE(path);
        CHECK(outcome(put(*store, path, "x")) == "created");
        const bool is_handed_down = std::string_view(path).substr(0, 5) != "plain";
        for (fs::path place = folder / path; place.filename() != "plain" && place != folder.path(); place = place.parent_path()) {
            CAPTURE(place.string());
            struct stat found;
            REQUIRE(::stat(place.c_str(), &found) == 0);
            CHECK(found.st_gid == (is_handed_down ? 65533u : 0u));
        }
    }
    store->tidy();
    CHECK(names_below(folder.path()).size() == 11);
}

TEST_CASE("folders made for an upload get the group of a folder that came while its body did") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: giving a folder away needs root");
        return;
    }
    const TempFolder folder;
    const auto group_of = [&](const char* name, std::uint32_t mode) {
        struct stat found;
        REQUIRE(::stat((folder / name).c_str(), &found) == 0);
        CHECK((found.st_mode & 07000) == mode);
        return found.st_gid;
    };
    const auto store = open_store(folder.path());
    auto upload = store->begin_upload("g/y/file", {});
    REQUIRE(upload);
    fs::create_directory(folder / "g");
    REQUIRE(::chown((folder / "g").c_str(), 0, 65533) == 0);
    fs::permissions(folder / "g", fs::perms(02775));
    CHECK(outcome(upload->commit()) == "created");
    CHECK(group_of("g/y", 02000) == 65533);

    // And the other way round: staged in a folder that hands its group down, for one that does not.
    auto other = store->begin_upload("g/plain/y/file", {});
    REQUIRE(other);
    fs::create_directory(folder / "g/plain");
    REQUIRE(::chown((folder / "g/plain").c_str(), 0, 0) == 0);
    REQUIRE(::chmod((folder / "g/plain").c_str(), 0755) == 0);
    CHECK(outcome(other->commit()) == "created");
    CHECK(group_of("g/plain/y", 0) == 0);
}
