// SPDX-License-Identifier: MIT
// Partial downloads.
#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

#include <sys/stat.h>

#include "base/utf8.hpp"
#include "os/open.hpp"
#include "tools/filesrv-client/part_file.hpp"

using namespace filesrv;
using namespace filesrv::client;

namespace {

struct Folder {
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "part.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
        auto opened = os::open_path(name.c_str(), os::OpenMode::any_folder);
        REQUIRE(opened);
        output.emplace(std::move(*opened));
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }

    std::string content(const char* name) const {
        std::ostringstream out;
        out << std::ifstream(path / name).rdbuf();
        return out.str();
    }
    bool has(const char* name) const { return std::filesystem::exists(path / name); }
    std::size_t names() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
    }

    std::filesystem::path path;
    mutable std::optional<OutputFolder> output;
};

const PartOrigin origin{.url = "http://h/f", .validator = "\"v1\"", .size = 11};
const PartOrigin big_origin{.url = "http://h/f", .validator = "\"v1\"", .size = 1 << 20};

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

/// A small download of "f" from its beginning to its end, after which nothing else is there.
void download_alone(const Folder& folder) {
    PartFile part(*folder.output, "f");
    REQUIRE(part.adopt(origin.url));
    REQUIRE(part.restart(origin));
    REQUIRE(part.append(std::string_view("hello world")));
    REQUIRE(part.commit({}));
    CHECK(folder.content("f") == "hello world");
    CHECK(folder.names() == 1);
}

}  // namespace

TEST_CASE("an origin is read back as it was written, and nothing else is") {
    for (const PartOrigin& one : {origin, PartOrigin{.url = "u", .validator = "", .size = {}}}) CHECK(parse_origin(to_text(one)) == one);
    for (const char* bad : {"", "{", "[]", "{}", R"({"url":1,"validator":""})", R"({"url":"u"})",
                            R"({"url":"u","validator":"v","size":-1})", R"({"url":"u","validator":"v","size":"1"})"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_origin(bad));
    }
}

TEST_CASE("a download has its name only when it is whole") {
    const Folder folder;
    PartFile part(*folder.output, "f");
    REQUIRE(part.adopt(origin.url));
    REQUIRE(part.restart(origin));
    REQUIRE(part.append(std::string_view("hello world")));
    CHECK_FALSE(folder.has("f"));
    REQUIRE(part.commit({.mtime_ns = 1'000'000'000, .replace = true}));
    CHECK(folder.content("f") == "hello world");
    CHECK(folder.names() == 1);
}

TEST_CASE("what a broken download leaves is taken over for the same URL") {
    const Folder folder;
    {
        PartFile part(*folder.output, "f");
        REQUIRE(part.restart(origin));
        REQUIRE(part.append(std::string_view("hello")));
        part.keep();
    }
    PartFile again(*folder.output, "f");
    REQUIRE(again.adopt(origin.url));
    CHECK(again.size() == 5);
    CHECK(again.origin() == origin);
    REQUIRE(again.append(std::string_view(" world")));
    REQUIRE(again.commit({}));
    CHECK(folder.content("f") == "hello world");
    CHECK(folder.names() == 1);
}

TEST_CASE("what belongs to something else is not continued") {
    const Folder folder;
    const auto leave = [&](const PartOrigin& from, std::string_view bytes) {
        PartFile part(*folder.output, "f");
        REQUIRE(part.restart(from));
        REQUIRE(part.append(bytes));
        part.keep();
    };
    const auto adopted = [&](const std::string& url) {
        PartFile part(*folder.output, "f");
        REQUIRE(part.adopt(url));
        return part.size();
    };
    leave(origin, "hello");
    CHECK(adopted("http://h/other") == 0);
    leave({.url = origin.url, .validator = "", .size = 11}, "hello");
    CHECK(adopted(origin.url) == 0);
    leave(origin, "longer than it should be");
    CHECK(adopted(origin.url) == 0);
    std::ofstream(folder.path / "f.part.origin") << "torn";
    CHECK(adopted(origin.url) == 0);
}

TEST_CASE("a new version never meets the origin of an old one") {
    const Folder folder;
    {
        PartFile part(*folder.output, "f");
        REQUIRE(part.restart(origin));
        REQUIRE(part.append(std::string_view("hello")));
        part.keep();
    }
    REQUIRE(folder.has("f.part.origin"));
    PartFile part(*folder.output, "f");
    REQUIRE(part.adopt(origin.url));
    REQUIRE(part.restart({.url = origin.url, .validator = "\"v2\"", .size = 3}));
    CHECK_FALSE(folder.has("f.part.origin"));
    CHECK(folder.content("f.part").empty());
}

TEST_CASE("two clients do not write one file") {
    const Folder folder;
    PartFile one(*folder.output, "f");
    REQUIRE(one.restart(big_origin));
    PartFile two(*folder.output, "f");
    CHECK(two.restart(big_origin).error().code == EBUSY);
    one.remove();
    CHECK(two.restart(big_origin));
}

TEST_CASE("two clients of one small file both bring it whole") {
    const Folder folder;
    PartFile one(*folder.output, "f");
    PartFile two(*folder.output, "f");
    for (PartFile* part : {&one, &two}) {
        REQUIRE(part->adopt(origin.url));
        REQUIRE(part->restart(origin));
        REQUIRE(part->append(std::string_view("hello ")));
    }
    for (PartFile* part : {&one, &two}) {
        REQUIRE(part->append(std::string_view("world")));
        REQUIRE(part->commit({}));
        CHECK(folder.content("f") == "hello world");
        CHECK(folder.names() == 1);
    }
}

TEST_CASE("a small download has no file until it is whole or must be kept") {
    const Folder folder;
    PartFile part(*folder.output, "f");
    REQUIRE(part.adopt(origin.url));
    REQUIRE(part.restart(origin));
    REQUIRE(part.append(std::string_view("hello")));
    CHECK(folder.names() == 0);
    char back[8];
    CHECK(part.read(back, 1).value_or(0) == 4);
    CHECK(std::string_view(back, 4) == "ello");
    SUBCASE("given up, it is a part") {
        part.keep();
        CHECK(folder.content("f.part") == "hello");
        CHECK(parse_origin(folder.content("f.part.origin")) == origin);
        CHECK(folder.names() == 2);
    }
    SUBCASE("removed, it is nothing") {
        part.remove();
        CHECK(folder.names() == 0);
    }
    SUBCASE("begun anew, and longer") {
        REQUIRE(part.restart(big_origin));
        CHECK(part.size() == 0);
        CHECK(folder.content("f.part").empty());
    }
}

TEST_CASE("a download of unknown length goes to disk when it is no longer small") {
    const Folder folder;
    const std::string text = pattern(200'000);
    PartFile part(*folder.output, "f");
    REQUIRE(part.adopt(origin.url));
    REQUIRE(part.restart({.url = origin.url, .validator = "\"v1\"", .size = {}}));
    for (std::size_t at = 0; at < text.size(); at += 16'000) {
        REQUIRE(part.append(std::string_view(text).substr(at, 16'000)));
        CHECK(folder.has("f.part") == (at + 16'000 > 64 * 1024));
        CHECK(part.size() == std::min<std::size_t>(at + 16'000, text.size()));
    }
    CHECK(folder.has("f.part.origin"));
    REQUIRE(part.commit({}));
    CHECK(folder.content("f") == text);
    CHECK(folder.names() == 1);
}

TEST_CASE("a small download gets its name at once, also below a folder and over an old file") {
    const Folder folder;
    std::filesystem::create_directories(folder.path / "d/e");
    const auto fetch = [&](const char* name, std::string_view bytes) {
        PartFile part(*folder.output, name);
        REQUIRE(part.adopt(origin.url));
        REQUIRE(part.restart({.url = origin.url, .validator = "\"v1\"", .size = bytes.size()}));
        REQUIRE(part.append(bytes));
        return part.commit({.mtime_ns = 1'000'000'000, .replace = true});
    };
    for (const char* name : {"f", "d/f", "d/e/f"}) {
        CAPTURE(name);
        for (const std::string& text : {std::string("first"), std::string(), pattern(64 * 1024)}) {
            REQUIRE(fetch(name, text));
            CHECK(folder.content(name) == text);
            struct stat found {};
            REQUIRE(::stat((folder.path / name).c_str(), &found) == 0);
            CHECK(found.st_mtim.tv_sec == 1);
        }
    }
    CHECK(fetch("d", "text").error().code == EISDIR);
    CHECK(fetch("missing/f", "text").error().code == ENOENT);
    CHECK(folder.names() == 2);  // f and d
}

TEST_CASE("a small download that replaces a file leaves no origin of other bytes") {
    const Folder folder;
    std::ofstream(folder.path / "f") << "old";
    std::ofstream(folder.path / "f.part.origin") << to_text(big_origin);
    download_alone(folder);
}

TEST_CASE("a name as long as names may be can be downloaded, and continued") {
    for (const std::size_t length : {243U, 244U, 255U}) {
        for (const char* letter : {"x", "\u00e4"}) {
            std::string name;
            while (name.size() + std::strlen(letter) <= length) name += letter;
            CAPTURE(name);
            const Folder folder;
            std::filesystem::create_directory(folder.path / "d");
            for (const char* where : {"", "d/"}) {
                {
                    PartFile part(*folder.output, where + name);
                    REQUIRE(part.adopt(big_origin.url));
                    REQUIRE(part.restart(big_origin));
                    REQUIRE(part.append(std::string_view("hello")));
                    part.keep();
                }
                PartFile part(*folder.output, where + name);
                REQUIRE(part.adopt(big_origin.url));
                CHECK(part.size() == 5);
                REQUIRE(part.commit({}));
                CHECK(folder.content((where + name).c_str()) == "hello");
            }
            CHECK(folder.names() == 2);
            for (const auto& left : std::filesystem::directory_iterator(folder.path)) CHECK(is_utf8(left.path().native()));
        }
    }
}

TEST_CASE("long names that begin alike have parts of their own") {
    const Folder folder;
    for (const char last : {'a', 'b'}) {
        PartFile part(*folder.output, std::string(254, 'x') + last);
        REQUIRE(part.adopt(big_origin.url));
        CHECK(part.size() == 0);
        REQUIRE(part.restart(big_origin));
        REQUIRE(part.append(std::string_view("hello")));
        part.keep();
    }
    CHECK(folder.names() == 4);
}

TEST_CASE("an empty part that somebody left goes with the download") {
    const Folder folder;
    std::ofstream(folder.path / "f.part") << "";
    download_alone(folder);
}

TEST_CASE("a name that is there is replaced only when it may be") {
    const Folder folder;
    std::ofstream(folder.path / "f") << "old";
    PartFile part(*folder.output, "f");
    REQUIRE(part.restart(origin));
    REQUIRE(part.append(std::string_view("new")));
    CHECK(part.commit({.mtime_ns = {}, .replace = false}).error().code == EEXIST);
    CHECK(folder.content("f") == "old");
    REQUIRE(part.commit({}));
    CHECK(folder.content("f") == "new");
}

TEST_CASE("an empty beginning is not kept") {
    const Folder folder;
    PartFile part(*folder.output, "f");
    REQUIRE(part.restart(origin));
    part.keep();
    CHECK(folder.names() == 0);
}

TEST_CASE("no bytes are collected for a name that is a folder") {
    const Folder folder;
    std::filesystem::create_directory(folder.path / "f");
    PartFile part(*folder.output, "f");
    CHECK(part.restart(big_origin).error().code == EISDIR);
    CHECK(folder.names() == 1);
    std::ofstream(folder.path / "f.part") << "left";
    CHECK(part.adopt(origin.url).error().code == EISDIR);
}

TEST_CASE("a part that this run has left is found by the next download of the same name") {
    const Folder folder;
    for (int i = 0; i < 100; ++i) {
        PartFile other(*folder.output, "other" + std::to_string(i));
        REQUIRE(other.adopt(origin.url));
    }
    const auto left = [&] {
        PartFile part(*folder.output, "f");
        REQUIRE(part.adopt(origin.url));
        const auto size = part.size();
        REQUIRE(part.restart(origin));
        REQUIRE(part.append(std::string_view("hello")));
        part.keep();
        return size;
    };
    CHECK(left() == 0);
    CHECK(left() == 5);
}

TEST_CASE("a part that another client makes after this one has looked is not mixed with, nor taken from it") {
    const Folder folder;
    while (folder.output->may_hold("f.part")) continue;
    OutputFolder same(std::move(*os::open_path(folder.path.c_str(), os::OpenMode::any_folder)));
    PartFile theirs(same, "f");
    REQUIRE(theirs.restart(big_origin));
    REQUIRE(theirs.append(std::string_view("their")));
    PartFile ours(*folder.output, "f");
    REQUIRE(ours.adopt(origin.url));
    SUBCASE("small: it has no part of its own, and both bring the whole") {
        REQUIRE(ours.restart(origin));
        REQUIRE(ours.append(std::string_view("hello world")));
        REQUIRE(ours.commit({}));
        CHECK(folder.content("f") == "hello world");
        REQUIRE(theirs.append(std::string_view(" bytes")));
        REQUIRE(theirs.commit({}));
        CHECK(folder.content("f") == "their bytes");
        CHECK(folder.names() == 1);
    }
    SUBCASE("small, over a file that is there: one at a time") {
        std::ofstream(folder.path / "f") << "old";
        REQUIRE(ours.restart(origin));
        REQUIRE(ours.append(std::string_view("hello world")));
        CHECK(ours.commit({}).error().code == EBUSY);
        CHECK(folder.content("f") == "old");
        CHECK(folder.content("f.part") == "their");
    }
    SUBCASE("large: one at a time") {
        CHECK(ours.restart(big_origin).error().code == EBUSY);
        CHECK(folder.content("f.part") == "their");
    }
}
