// SPDX-License-Identifier: MIT
// Every call of a few deeds fails once, in each way that matters, by tests/support's seams: the deed is done or says why
// not, what was there is whole, nothing is left behind, and the next one succeeds.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "../../support/failing.hpp"
#include "store/folder.hpp"
#include "store/name_window.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

namespace {

const std::string old_text(2000, 'o');
const std::string new_text(3000, 'n');

/// A root, and a store on it that each case opens anew.
struct World {
    TempFolder folder{in_memory()};
    StoreOptions options;

    void lay_out() const {
        write_file(folder / "small", old_text);
        write_file(folder / "folder/inner", old_text);
        fs::remove_all(folder / "new");
        fs::remove(folder / "folder/fresh");
        std::error_code ignored;
        fs::create_symlink("folder", folder / "link", ignored);
        fs::create_symlink("small", folder / "alias", ignored);
    }
};

int code_of(const Error& error) { return error.code; }

template <class T>
int code_of(const Result<T>& result) {
    return result ? 0 : code_of(result.error());
}

int list(const Store& store, std::string_view path) {
    const auto folder = store.open(path);
    if (!folder) return code_of(folder);
    auto reader = FolderReader::open(store, **folder, {.window_bytes = NameWindow::bytes_min, .versions = true});
    if (!reader) return code_of(reader);
    for (;;) {
        const auto item = reader->next();
        if (!item) return code_of(item);
        if (!*item) return 0;
    }
}

/// What would block is not wrong: a worker does it.
int look(const Store& store, std::string_view path) { return code_of(store.open_nowait(path).error); }

struct Deed {
    std::string name;
    std::function<int(Store&)> run;     ///< 0 or the errno
    const char* writes = nullptr;       ///< the file that has the new text when it succeeds, else the old or none
};

const Deed deeds[] = {
    {"open", [](Store& store) { return code_of(store.open("small")); }},
    {"open by a link", [](Store& store) { return code_of(store.open("link/inner")); }},
    {"look", [](Store& store) { return look(store, "folder/inner"); }},
    {"list", [](Store& store) { return list(store, ""); }},
    {"replace", [](Store& store) { return code_of(put(store, "small", new_text)); }, "small"},
    {"create", [](Store& store) { return code_of(put(store, "folder/fresh", new_text)); }, "folder/fresh"},
    {"create at once", [](Store& store) { return code_of(put(store, "folder/fresh", new_text, {}, true)); }, "folder/fresh"},
    {"create with folders", [](Store& store) { return code_of(put(store, "new/a/file", new_text)); }, "new/a/file"},
    {"replace by a link", [](Store& store) { return code_of(put(store, "alias", new_text)); }, "small"},
    {"remove", [](Store& store) { return code_of(store.remove("folder/inner", {})); }},
    {"sweep", [](Store& store) { return code_of(store.sweep()); }},
};

struct Fault {
    std::string call;
    std::vector<int> codes;
};

const Fault faults[] = {
    {"open", {EMFILE}}, {"openat", {EMFILE, ENOENT, EACCES}}, {"openat2", {EAGAIN, ENFILE, EACCES}},
    {"fstat", {EIO}}, {"fstatat", {EIO, ENAMETOOLONG}}, {"fstatfs", {EIO}}, {"fstatvfs", {EIO}}, {"statx", {EIO}},
    {"pread", {EIO, instead::short_transfer, instead::end_of_file}}, {"preadv2", {EAGAIN, EOPNOTSUPP, instead::short_transfer}},
    {"pwrite", {ENOSPC, instead::short_transfer}}, {"fallocate", {ENOSPC}}, {"ftruncate", {EIO}},
    {"fsync", {EIO, EINVAL}}, {"fdatasync", {EIO}}, {"syncfs", {EIO}}, {"futimens", {EIO}}, {"fchmod", {EIO}}, {"fchown", {EPERM}},
    {"fsetxattr", {ENOTSUP}}, {"fgetxattr", {EIO}}, {"mkdirat", {ENOSPC, ENOENT, EEXIST}}, {"unlinkat", {EIO}},
    {"renameat", {EIO, ENOENT}}, {"renameat2", {EIO, EINVAL, EEXIST}}, {"linkat", {EIO, EPERM}}, {"flock", {EIO, ENOLCK, EWOULDBLOCK}},
    {"fdopendir", {ENOMEM}}, {"readdir", {EIO, ENOENT}}, {"faccessat", {EROFS}}, {"readlinkat", {EIO, EINVAL}},
};

std::uint64_t calls_of(std::string_view call) { return seam_at(seam_index(call)).calls; }

/// Of each fault's call, how many the deed makes.
std::vector<std::uint64_t> count_calls(const World& world, const Deed& deed) {
    world.lay_out();
    const auto store = open_store(world.folder.path(), world.options);
    std::vector<std::uint64_t> counts;
    for (const Fault& fault : faults) counts.push_back(calls_of(fault.call));
    REQUIRE(deed.run(*store) == 0);
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = calls_of(faults[i].call) - counts[i];
    return counts;
}

void check_whole(const World& world, const Deed& deed, int code) {
    if (deed.writes == nullptr) return;
    const fs::path path = world.folder / deed.writes;
    const std::string found = fs::exists(path) ? read_file(path) : "";
    if (code == 0) CHECK(found == new_text);
    else CHECK((found.empty() || found == old_text || found == new_text));
}

/// Whether the fault hinders the removal of what was staged: then the next sweep finds it.
bool hinders_removal(std::string_view call) { return call == "unlinkat" || call == "renameat" || call == "openat"; }

void check_case(const World& world, const Deed& deed, const Fault& fault, int code, std::uint64_t number) {
    CAPTURE(deed.name);
    CAPTURE(fault.call);
    CAPTURE(code);
    CAPTURE(number);
    world.lay_out();
    const auto store = open_store(world.folder.path(), world.options);
    int result = 0;
    {
        const Failing failing(fault.call, code, 1, number);
        result = deed.run(*store);
    }
    check_whole(world, deed, result);
    store->tidy();
    const bool is_clean = !fs::exists(world.folder / ".filesrv-staging");
    if (!hinders_removal(fault.call)) CHECK(is_clean);
    REQUIRE(store->sweep());
    world.lay_out();
    CHECK(deed.run(*store) == 0);
    store->tidy();
}

/// The first `most` calls of each kind.
std::size_t check_all(const World& world, std::uint64_t most) {
    std::size_t cases = 0;
    for (const Deed& deed : deeds) {
        const auto counts = count_calls(world, deed);
        for (std::size_t i = 0; i < counts.size(); ++i) {
            for (const int code : faults[i].codes) {
                for (std::uint64_t number = 1; number <= std::min(counts[i], most); ++number, ++cases) {
                    check_case(world, deed, faults[i], code, number);
                }
            }
        }
    }
    return cases;
}

}  // namespace

TEST_CASE("a staging folder that cannot be looked at, or a lock that cannot be had, is not left behind") {
    const struct {
        const char* call;
        std::uint64_t number;
    } rows[] = {{"faccessat", 2}, {"flock", 2}};   // of the staging folder; of the path
    for (const auto& row : rows) {
        CAPTURE(row.call);
        const World world;
        world.lay_out();
        const auto store = open_store(world.folder.path());
        {
            const Failing failing(row.call, EIO, 1, row.number);
            CHECK(code_of(put(*store, "small", new_text)) == EIO);
            CHECK(failing.fired() == 1);
        }
        store->tidy();
        CHECK_FALSE(fs::exists(world.folder / ".filesrv-staging"));
    }
}

TEST_CASE("whatever call fails once, a file is whole, nothing is left, and the next try succeeds") {
    World world;
    CHECK(check_all(world, 8) > 100);
    world.options.component_walk = true;
    world.options.durability = Durability::data;
    world.options.body_bytes_max = 100;
    CHECK(check_all(world, 3) > 100);
}

TEST_CASE("a name that cannot be looked up is left out of a listing; trouble of ours fails it") {
    const World world;
    world.lay_out();
    const auto store = open_store(world.folder.path());
    for (const int code : {ENOENT, ENOTDIR, ELOOP, EXDEV, ENXIO, ENODEV, ENAMETOOLONG, EILSEQ, EINVAL}) {
        CAPTURE(code);
        const Failing failing("fstatat", code);
        CHECK(list(*store, "") == 0);
    }
    for (const int code : {EIO, ENOMEM, ESTALE, EACCES}) {
        CAPTURE(code);
        const Failing failing("fstatat", code);
        CHECK(list(*store, "") == code);
    }
}

TEST_CASE("an upload needs no staging folder, no locks, and no call that places only what is new") {
    struct Want {
        const char* call;
        std::vector<int> codes;
    };
    const Want wants[] = {{"mkdirat", {EACCES, EPERM, EROFS, ENOTDIR, ELOOP, ENOSPC, EDQUOT}},
                          {"flock", {ENOLCK, EOPNOTSUPP, EBADF, EINVAL}},
                          {"renameat2", {EINVAL, ENOSYS}},
                          {"fchown", {EPERM}},
                          {"fsetxattr", {ENOTSUP}},
                          {"getxattr", {EIO}}};
    const World world;
    for (const Want& want : wants) {
        for (const int code : want.codes) {
            CAPTURE(want.call);
            CAPTURE(code);
            world.lay_out();
            fs::remove(world.folder / "fresh");
            const auto store = open_store(world.folder.path());
            const Failing failing(want.call, code);
            CHECK(outcome(put(*store, "fresh", new_text)) == "created");
            CHECK(outcome(put(*store, "small", new_text)) == "replaced");
        }
    }
}

TEST_CASE("what is all here is created also where it cannot be nameless, or the link of it is refused") {
    struct Row {
        const char* call;
        std::vector<int> codes;
    };
    const Row rows[] = {{"openat", {EOPNOTSUPP, EISDIR, EINVAL, ENOENT}}, {"linkat", {EXDEV, EPERM, EMLINK, EEXIST}}};
    const World world;
    for (const Row& row : rows) {
        for (const int code : row.codes) {
            CAPTURE(row.call);
            CAPTURE(code);
            world.lay_out();
            const auto store = open_store(world.folder.path());
            prove_nameless(*store);
            const Failing failing(row.call, code, 1);
            CHECK(outcome(put(*store, "folder/fresh", new_text, only_if_new, true)) == "created");
            CHECK(failing.fired() == 1);
            CHECK(read_file(world.folder / "folder/fresh") == new_text);
            store->tidy();
            CHECK_FALSE(fs::exists(world.folder / ".filesrv-staging"));
        }
    }
}

TEST_CASE("where a nameless file gets no name, no upload is lost to finding that out") {
    const World world;
    world.lay_out();
    const auto store = open_store(world.folder.path());
    const Failing failing("linkat", EPERM);
    CHECK(outcome(put(*store, "folder/fresh", new_text, {}, true)) == "created");
    const auto fired = failing.fired();
    CHECK(fired > 0);
    CHECK(outcome(put(*store, "folder/second", new_text, {}, true)) == "created");
    CHECK(failing.fired() == fired);
}

TEST_CASE("a file system that has once refused nameless files is not asked again") {
    const World world;
    world.lay_out();
    const auto store = open_store(world.folder.path());
    prove_nameless(*store);
    {
        const Failing failing("openat", EOPNOTSUPP, 1);
        REQUIRE(outcome(put(*store, "folder/first", new_text, {}, true)) == "created");
    }
    const auto before = calls_of("linkat");
    CHECK(outcome(put(*store, "folder/second", new_text, {}, true)) == "created");
    CHECK(calls_of("linkat") == before);
}

TEST_CASE("where neither a rename nor a link can refuse to replace, the path's lock does, and folders are made one by one") {
    const World world;
    for (const int code : {EPERM, EOPNOTSUPP, EMLINK}) {
        CAPTURE(code);
        world.lay_out();
        const auto store = open_store(world.folder.path());
        const Failing no_rename("renameat2", EINVAL);
        const Failing no_link("linkat", code);
        CHECK(outcome(put(*store, "new/a/file", new_text, only_if_new)) == "created");
        CHECK(outcome(put(*store, "new/a/file", new_text, only_if_new)) == "refused");
    }
}

TEST_CASE("folders that were made one by one are removed again when one of them cannot be made") {
    const World world;
    world.lay_out();
    const auto store = open_store(world.folder.path());
    const Failing no_rename("renameat2", EINVAL);
    REQUIRE(outcome(put(*store, "new/file", new_text)) == "created");  // no folders are built out of sight from here on
    for (const std::uint64_t number : {2, 3}) {  // the first is the staging folder's
        store->tidy();
        const Failing failing("mkdirat", EDQUOT, 1, number);
        CHECK(outcome(put(*store, "new/b/c/file", new_text)) == "EDQUOT");
        CHECK(failing.fired() == 1);
        CHECK_FALSE(fs::exists(world.folder / "new/b"));
    }
}

TEST_CASE("a file that somebody holds by a lease is waited for when trying again is no use") {
    const World world;
    world.lay_out();
    const auto store = open_store(world.folder.path());
    const Failing failing("openat2", EAGAIN, 256);
    CHECK(store->open("small"));
    CHECK(failing.fired() == 256);
}

TEST_CASE("an upload does without room set aside where the file system sets none aside") {
    const TempFolder folder;
    const auto store = open_store(folder.path(), {.durability = Durability::none});
    const Failing failing("fallocate", EOPNOTSUPP);
    CHECK(outcome(put(*store, "file", std::string(2 << 20, 'x'))) == "created");
}

TEST_CASE("what is stored at once where no mark can be kept has the tag that it was answered with, or is a worker's") {
    const World world;
    const auto store = open_store(world.folder.path());
    prove_nameless(*store);
    REQUIRE(put(*store, "seen", "x", {}, true));
    KeptFolder kept;
    if (!store->upload_nowait("marked", new_text, {}, kept)) return;  // no file system in memory
    const Failing no_mark("fsetxattr", ENOTSUP);
    const auto committed = store->upload_nowait("fresh", new_text, {}, kept);
    REQUIRE(committed);
    CHECK(committed->created);
    CHECK(no_mark.fired() == 1);
    const auto opened = store->open("fresh");
    REQUIRE(opened);
    CHECK_FALSE((*opened)->version.weak);
    CHECK((*opened)->version.mtime_ns == committed->version.mtime_ns);
    const Failing no_look("fstat", EIO);
    CHECK_FALSE(store->upload_nowait("second", new_text, {}, kept));
    CHECK(no_look.fired() == 1);
    CHECK_FALSE(fs::exists(world.folder / "second"));
}
