// SPDX-License-Identifier: MIT
#include "store/upload.hpp"

#include <doctest/doctest.h>

#include "os/file.hpp"
#include "os/open.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

TEST_CASE("an upload appears when it is committed, under any durability, and leaves nothing else") {
    for (const auto durability : {Durability::full, Durability::data, Durability::none}) {
        const TempFolder folder;
        const auto store = open_store(folder.path(), {.durability = durability});
        auto upload = store->begin_upload("a/b/file", {.length = std::nullopt});
        REQUIRE(upload);
        REQUIRE(upload->write(std::string_view("one ")));
        CHECK_FALSE(fs::exists(folder / "a"));
        REQUIRE(upload->write(std::string_view("two")));
        CHECK(upload->written() == 7);
        const auto committed = upload->commit();
        REQUIRE(committed);
        CHECK(committed->created);
        CHECK(read_file(folder / "a/b/file") == "one two");
        CHECK(committed->version == Version{mtime_of(folder / "a/b/file"), 7, false});
        store->tidy();  // an upload that lives yet keeps the staging folder
        CHECK(fs::exists(folder / ".filesrv-staging"));
        { const auto ended = std::move(*upload); }
        store->tidy();
        CHECK(names_below(folder.path()) == std::vector<std::string>{"a", "a/b", "a/b/file"});
    }
}

TEST_CASE("an upload that is given up leaves nothing, not even its folders") {
    const TempFolder folder;
    {
        const auto store = open_store(folder.path());
        auto upload = store->begin_upload("a/b/file", {.length = 10});
        REQUIRE(upload);
        REQUIRE(upload->write(std::string_view("12345")));
    }
    CHECK(names_below(folder.path()).empty());
}

TEST_CASE("a replaced file keeps its mode, a new one gets what the umask leaves") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    const mode_t mask = ::umask(027);
    CHECK(outcome(put(*store, "new", "x")) == "created");
    ::umask(mask);
    CHECK(fs::status(folder / "new").permissions() == fs::perms(0640));
    for (const unsigned mode : {0600U, 0644U, 0666U, 0755U, 0200U}) {
        fs::permissions(folder / "new", fs::perms(mode));
        CHECK(outcome(put(*store, "new", "y")) == "replaced");
        CHECK(fs::status(folder / "new").permissions() == fs::perms(mode));
    }
}

TEST_CASE("every version of a name is strictly later than the one before, even one from the future") {
    const TempFolder folder;
    const auto store = open_store(folder.path(), {.durability = Durability::none});
    std::int64_t last = 0;
    for (int i = 0; i < 200; ++i) {
        const auto committed = put(*store, "file", "same size");
        REQUIRE(committed);
        REQUIRE(committed->version.mtime_ns > last);
        REQUIRE(mtime_of(folder / "file") == committed->version.mtime_ns);
        last = committed->version.mtime_ns;
    }
    const std::int64_t future = last + 3600'000'000'000;
    set_mtime(folder / "file", future);
    CHECK(put(*store, "file", "same size")->version.mtime_ns == future + 1);
}

TEST_CASE("a file of a time beyond the last that can be told is read, and not replaced by one that would look older") {
    const TempFolder folder(in_memory());
    const auto store = open_store(folder.path(), {.durability = Durability::none});
    write_file(folder / "file", "from the year 2286");
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = 10'000'000'000, .tv_nsec = 999'999'999}};
    REQUIRE(::utimensat(AT_FDCWD, (folder / "file").c_str(), times, 0) == 0);
    const auto read = store->open("file");
    REQUIRE(read);
    CHECK((*read)->version.mtime_ns > 9'000'000'000'000'000'000);
    const auto committed = put(*store, "file", "of today");
    REQUIRE_FALSE(committed);
    CHECK(committed.error().code == EOVERFLOW);
    CHECK(read_file(folder / "file") == "from the year 2286");
}

TEST_CASE("what has just been committed is strong for every reader") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    const auto committed = put(*store, "file", "text");
    REQUIRE(committed);
    CHECK_FALSE(committed->version.weak);
    const auto other = open_store(folder.path());
    const auto read = other->open("file");
    REQUIRE(read);
    if ((*read)->version.weak) MESSAGE("skipped: this file system keeps no user attributes");
    else CHECK((*read)->version == committed->version);
    write_file(folder / "file", "TEXT");
    CHECK((*other->open("file"))->version.weak);
}

TEST_CASE("what cannot be is refused before the body, by its own code") {
    const TempFolder folder;
    write_file(folder / "file", "x");
    write_file(folder / "folder/x", "x");
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
    fs::create_symlink("../outside", folder / "out");
    fs::create_symlink("/", folder / "absolute");
    fs::create_symlink("loop", folder / "loop");
    fs::create_symlink("folder/", folder / "slash");
    fs::create_symlink(".filesrv-staging", folder / "sly");
    fs::create_directory(folder / ".filesrv-staging");
    const auto before = names_below(folder.path());
    for (const bool walk : {false, true}) {
        const auto store = open_store(folder.path(), {.component_walk = walk});
        struct { std::string path; const char* expected; } const table[] = {
            {"", "EISDIR"}, {"folder", "EISDIR"}, {"slash", "EISDIR"}, {"file/below", "ENOTDIR"},
            {"file/below/it", "ENOTDIR"}, {"fifo", "ENOENT"}, {"fifo/x", "ENOTDIR"}, {"out", "ENOENT"},
            {"out/x", "ENOENT"}, {"out/x/y", "ENOENT"}, {"absolute/x", "ENOENT"}, {"loop", "ENOENT"}, {"loop/x", "ENOENT"},
            {"sly/x", "ENOENT"}, {"sly", "ENOENT"}, {".filesrv-staging/x", "ENOENT"}, {"a/.filesrv-upload-x", "ENOENT"},
            {".hidden", "ENOENT"}, {"a/.b/c", "ENOENT"}, {std::string(256, 'x'), "ENAMETOOLONG"},
            {std::string("a\0b", 3), "EINVAL"},
        };
        for (const auto& row : table) {
            CAPTURE(row.path);
            CHECK(outcome(put(*store, row.path, "text")) == row.expected);
        }
        CHECK(store->begin_upload("huge", {.length = ~0ULL}).error().code == EFBIG);
    }
    CHECK(outcome(put(*open_store(folder.path(), {.read_only = true}), "new", "x")) == "EROFS");
    CHECK(outcome(put(*open_store(folder.path(), {.min_free = 1ULL << 60}), "new", "x")) == "ENOSPC");
    CHECK(open_store(folder.path())->begin_upload("new", {.length = 1ULL << 60}).error().code == ENOSPC);
    CHECK(names_below(folder.path()) == before);
}

TEST_CASE("hidden names are taken on demand, reserved ones never") {
    const TempFolder folder;
    const auto store = open_store(folder.path(), {.hidden = true});
    CHECK(outcome(put(*store, ".a/.b", "x")) == "created");
    CHECK(outcome(put(*store, ".filesrv-staging/x", "x")) == "ENOENT");
    CHECK(outcome(put(*store, ".filesrv-upload-x", "x")) == "ENOENT");
}

TEST_CASE("an upload through a link inside the root replaces what the link names") {
    const TempFolder folder;
    write_file(folder / "real/file", "old");
    fs::create_symlink("real/file", folder / "link");
    fs::create_symlink("real", folder / "folder");
    fs::create_symlink("../folder/link-again", folder / "real/through");
    fs::create_symlink("file", folder / "real/link-again");
    fs::create_symlink("real/not-yet", folder / "dangling");
    for (const bool walk : {false, true}) {
        CAPTURE(walk);
        const auto store = open_store(folder.path(), {.component_walk = walk});
        for (const char* path : {"link", "folder/file", "folder/through"}) {
            CAPTURE(path);
            CHECK(outcome(put(*store, path, path)) == "replaced");
            CHECK(read_file(folder / "real/file") == path);
        }
        CHECK(outcome(put(*store, "dangling", "x")) == (walk ? "replaced" : "created"));
        CHECK(outcome(put(*store, "folder/new/file", "x")) == (walk ? "replaced" : "created"));
        CHECK(fs::is_symlink(folder / "link"));
        CHECK(fs::is_symlink(folder / "dangling"));
        CHECK(read_file(folder / "real/new/file") == "x");
    }
    const auto strict = open_store(folder.path(), {.follow_symlinks = false});
    for (const char* path : {"link", "folder/file", "dangling", "folder/new2/file"}) {
        CAPTURE(path);
        CHECK(outcome(put(*strict, path, "x")) == "ENOENT");
    }
}

TEST_CASE("the guard decides before the body and again at the commit") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    CHECK(outcome(put(*store, "file", "one", only_if_new)) == "created");
    CHECK(outcome(put(*store, "file", "two", only_if_new)) == "refused");
    CHECK(store->begin_upload("file", {.guard = only_if_new}).error().code == ECANCELED);

    auto late = store->begin_upload("a/late", {.guard = only_if_new});
    REQUIRE(late);
    CHECK(outcome(put(*store, "a/late", "first")) == "created");
    CHECK(outcome(late->commit()) == "refused");
    CHECK(read_file(folder / "a/late") == "first");

    std::optional<Version> expected = put(*store, "file", "two")->version;
    const auto if_match = [&](const std::optional<VersionInfo>& current) {
        return current == expected ? GuardVerdict::allow : GuardVerdict::refuse;
    };
    auto slow = store->begin_upload("file", {.guard = if_match});
    REQUIRE(slow);
    CHECK(outcome(put(*store, "file", "new")) == "replaced");
    CHECK(outcome(slow->commit()) == "refused");
    CHECK(read_file(folder / "file") == "new");
}

TEST_CASE("folders made for an upload that was refused at the last moment are removed again") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    int calls = 0;
    auto upload = store->begin_upload("a/b/file", {.guard = [&](const auto&) {
                                          return ++calls == 1 ? GuardVerdict::allow : GuardVerdict::refuse;
                                      }});
    REQUIRE(upload);
    CHECK(outcome(upload->commit()) == "refused");
    CHECK_FALSE(fs::exists(folder / "a"));
}

TEST_CASE("a folder that is removed between begin and commit is made again") {
    const TempFolder folder;
    fs::create_directories(folder / "a/b");
    const auto store = open_store(folder.path());
    auto upload = store->begin_upload("a/b/file", {});
    REQUIRE(upload);
    fs::remove_all(folder / "a");
    CHECK(outcome(upload->commit()) == "created");
    auto blocked = store->begin_upload("a/b/other", {});
    REQUIRE(blocked);
    fs::create_directory(folder / "a/b/other");
    CHECK(outcome(blocked->commit()) == "EISDIR");
}

TEST_CASE("a long upload is whole, and not a block longer than its body") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    std::string piece(1 << 20, 'p');
    const std::uint64_t length = 70ULL << 20;
    auto upload = store->begin_upload("big", {.length = length});
    REQUIRE(upload);
    for (std::uint64_t done = 0; done < length; done += piece.size()) REQUIRE(upload->write(piece));
    REQUIRE(upload->commit());
    struct stat found;
    REQUIRE(::stat((folder / "big").c_str(), &found) == 0);
    CHECK(static_cast<std::uint64_t>(found.st_size) == length);
    CHECK(static_cast<std::uint64_t>(found.st_blocks) * 512 <= length + (1 << 20));
}

TEST_CASE("an empty upload makes an empty file") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    CHECK(outcome(put(*store, "empty", "")) == "created");
    CHECK(fs::file_size(folder / "empty") == 0);
}

TEST_CASE("what is all here has no name before it has its own, and then it has all that others have") {
    const TempFolder folder;
    fs::create_directory(folder / "group");
    fs::permissions(folder / "group", fs::perms(02775));
    for (const auto durability : {Durability::full, Durability::none}) {
        const auto store = open_store(folder.path(), {.durability = durability});
        prove_nameless(*store);
        for (const char* path : {"file", "group/file"}) {
            CAPTURE(path);
            auto upload = store->begin_upload(path, {.length = 4, .is_here = true});
            REQUIRE(upload);
            REQUIRE(upload->write(std::string_view("text")));
            CHECK(names_below(folder.path()) == std::vector<std::string>{"group"});
            const auto committed = upload->commit();
            REQUIRE(committed);
            CHECK(committed->created);
            CHECK(committed->version == Version{mtime_of(folder / path), 4, false});
            CHECK(read_file(folder / path) == "text");
            CHECK((fs::status(folder / path).permissions() & fs::perms(0111)) == fs::perms::none);
            CHECK((*store->open(path))->version == committed->version);
            fs::remove(folder / path);
        }
        CHECK(names_below(folder.path()) == std::vector<std::string>{"group"});
    }
}

TEST_CASE("what is all here never replaces what came before its commit unseen") {
    struct {
        Guard guard;
        const char* outcome;
        const char* text;
    } const rows[] = {{{}, "replaced", "ours"}, {only_if_new, "refused", "theirs"}};
    for (const auto& row : rows) {
        CAPTURE(row.outcome);
        const TempFolder folder;
        const auto store = open_store(folder.path());
        prove_nameless(*store);
        auto upload = store->begin_upload("file", {.length = 4, .guard = row.guard, .is_here = true});
        REQUIRE(upload);
        REQUIRE(upload->write(std::string_view("ours")));
        write_file(folder / "file", "theirs");
        fs::permissions(folder / "file", fs::perms(0640));
        CHECK(outcome(upload->commit()) == row.outcome);
        CHECK(read_file(folder / "file") == row.text);
        CHECK(fs::status(folder / "file").permissions() == fs::perms(0640));
        { const auto ended = std::move(*upload); }
        store->tidy();
        CHECK(names_below(folder.path()) == std::vector<std::string>{"file"});
    }
}

TEST_CASE("what is all here is stored though its folder went, or became a link, before the commit") {
    for (const bool is_linked : {false, true}) {
        const TempFolder folder;
        fs::create_directory(folder / "a");
        const auto store = open_store(folder.path());
        prove_nameless(*store);
        auto upload = store->begin_upload("a/file", {.length = 4, .is_here = true});
        REQUIRE(upload);
        REQUIRE(upload->write(std::string_view("text")));
        fs::remove(folder / "a");
        if (is_linked) {
            fs::create_directory(folder / "b");
            fs::create_directory_symlink("b", folder / "a");
        }
        CHECK(outcome(upload->commit()) == "created");
        CHECK(read_file(folder / (is_linked ? "b/file" : "a/file")) == "text");
    }
}
