// SPDX-License-Identifier: MIT
// Which of a file's compressed siblings is sent in its place.
#include "serve/precompressed.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../http/parsed.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using http::Coding;

namespace {

constexpr std::int64_t file_time = 1000;

/// What there is beside `a.txt`, and what was asked for.
struct Beside {
    struct Sibling {
        std::int64_t mtime_ns = file_time;
        store::Kind kind = store::Kind::file;
        bool on_disk = false;  ///< a look-up would block
    };

    std::map<std::string, Sibling> siblings;
    std::vector<std::string> asked;

    static store::EntryRef entry(std::string path, const Sibling& what) {
        auto made = std::make_unique<store::Entry>();
        made->path = std::move(path);
        made->kind = what.kind;
        made->version.mtime_ns = what.mtime_ns;
        return store::EntryRef::publish(std::move(made));
    }

    store::Lookup look_up(std::string_view path) {
        asked.emplace_back(path);
        const auto found = siblings.find(std::string(path));
        const Error absent{.code = ENOENT, .operation = "open", .subject = {}};
        if (found == siblings.end()) return {.status = store::LookupStatus::failed, .entry = {}, .error = absent};
        if (found->second.on_disk) return {.status = store::LookupStatus::would_block, .entry = {}, .error = {}};
        return {.status = store::LookupStatus::found, .entry = entry(found->first, found->second), .error = {}};
    }

    /// The path of what is sent for `name`; "?" when that cannot be told without a disk.
    std::string selected(const char* encodings, const std::string& name = "d/a.txt") {
        const http::test::Parsed parsed(http::test::get_with(std::string("Accept-Encoding: ") + encodings + "\r\n"));
        store::EntryRef file = entry(name, {});
        const auto coding = select_representation(parsed.head, file, [this](std::string_view path) { return look_up(path); });
        if (!coding) {
            CHECK(file->path == name);
            return "?";
        }
        CHECK(file->path == name + std::string(http::coding_suffix(*coding)));
        return file->path;
    }
};

}  // namespace

TEST_CASE("the best sibling that is there is sent") {  // RFC 9110 12.5.3
    Beside beside{.siblings = {{"d/a.txt.gz", {}}, {"d/a.txt.br", {}}}, .asked = {}};
    CHECK(beside.selected("gzip, br, zstd") == "d/a.txt.br");
    CHECK(beside.asked == std::vector<std::string>{"d/a.txt.zst", "d/a.txt.br"});
    CHECK(beside.selected("gzip, br;q=0.5") == "d/a.txt.gz");
    CHECK(beside.selected("zstd") == "d/a.txt");
    CHECK(beside.selected("identity;q=0") == "d/a.txt");
}

TEST_CASE("a sibling that is older, a folder, or not to be had is passed over") {
    Beside beside{.siblings = {{"d/a.txt.zst", {.mtime_ns = file_time - 1}},
                               {"d/a.txt.br", {.kind = store::Kind::folder}},
                               {"d/a.txt.gz", {.mtime_ns = file_time + 1}}},
                  .asked = {}};
    CHECK(beside.selected("gzip, br, zstd") == "d/a.txt.gz");
    CHECK(beside.selected("br, zstd") == "d/a.txt");
}

TEST_CASE("nothing is selected where a better sibling may be on disk") {
    Beside beside{.siblings = {{"d/a.txt.zst", {.on_disk = true}}, {"d/a.txt.gz", {}}}, .asked = {}};
    CHECK(beside.selected("gzip, zstd") == "?");
    CHECK(beside.selected("gzip") == "d/a.txt.gz");
}

TEST_CASE("nobody looks for siblings of what is compressed, nor for who takes none") {
    Beside beside;
    CHECK(beside.selected("gzip, br, zstd", "d/a.tar.gz") == "d/a.tar.gz");
    CHECK(beside.selected("") == "d/a.txt");
    CHECK(beside.selected("identity") == "d/a.txt");
    CHECK(beside.asked.empty());
}
