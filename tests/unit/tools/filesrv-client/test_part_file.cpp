// SPDX-License-Identifier: MIT
// Partial downloads.
#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

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
        fd = std::move(*opened);
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
    os::UniqueFd fd;
};

const PartOrigin origin{.url = "http://h/f", .validator = "\"v1\"", .size = 11};

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
    PartFile part(folder.fd.get(), "f");
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
        PartFile part(folder.fd.get(), "f");
        REQUIRE(part.restart(origin));
        REQUIRE(part.append(std::string_view("hello")));
        part.keep();
    }
    PartFile again(folder.fd.get(), "f");
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
        PartFile part(folder.fd.get(), "f");
        REQUIRE(part.restart(from));
        REQUIRE(part.append(bytes));
        part.keep();
    };
    const auto adopted = [&](const std::string& url) {
        PartFile part(folder.fd.get(), "f");
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
        PartFile part(folder.fd.get(), "f");
        REQUIRE(part.restart(origin));
        REQUIRE(part.append(std::string_view("hello")));
        part.keep();
    }
    REQUIRE(folder.has("f.part.origin"));
    PartFile part(folder.fd.get(), "f");
    REQUIRE(part.adopt(origin.url));
    REQUIRE(part.restart({.url = origin.url, .validator = "\"v2\"", .size = 3}));
    CHECK_FALSE(folder.has("f.part.origin"));
    CHECK(folder.content("f.part").empty());
}

TEST_CASE("two clients do not write one file") {
    const Folder folder;
    PartFile one(folder.fd.get(), "f");
    REQUIRE(one.restart(origin));
    PartFile two(folder.fd.get(), "f");
    CHECK(two.restart(origin).error().code == EBUSY);
    one.remove();
    CHECK(two.restart(origin));
}

TEST_CASE("a name that is there is replaced only when it may be") {
    const Folder folder;
    std::ofstream(folder.path / "f") << "old";
    PartFile part(folder.fd.get(), "f");
    REQUIRE(part.restart(origin));
    REQUIRE(part.append(std::string_view("new")));
    CHECK(part.commit({.mtime_ns = {}, .replace = false}).error().code == EEXIST);
    CHECK(folder.content("f") == "old");
    REQUIRE(part.commit({}));
    CHECK(folder.content("f") == "new");
}

TEST_CASE("an empty beginning is not kept") {
    const Folder folder;
    PartFile part(folder.fd.get(), "f");
    REQUIRE(part.restart(origin));
    part.keep();
    CHECK(folder.names() == 0);
}
