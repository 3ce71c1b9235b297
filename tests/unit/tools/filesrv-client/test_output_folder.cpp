// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/output_folder.hpp"

#include <string>

#include <doctest/doctest.h>

#include "../../store/temp_folder.hpp"
#include "os/open.hpp"

using namespace filesrv;
using namespace filesrv::client;

namespace {

struct Fixture {
    test::TempFolder folder;
    OutputFolder output{std::move(*os::open_path(folder.path().c_str(), os::OpenMode::any_folder))};

    /// How often downloads have to look for a part of their own, of `times`.
    int looks(int times) {
        int count = 0;
        for (int i = 0; i < times; ++i) count += output.may_hold("f.part");
        return count;
    }
};

constexpr int few = 8;

}  // namespace

TEST_CASE("a few downloads look each for its own part, and many soon need not") {
    Fixture fixture;
    CHECK(fixture.looks(few) == few);
    CHECK(fixture.looks(100) == 0);
}

TEST_CASE("a folder of many names is read a few at a time") {
    Fixture fixture;
    for (int i = 0; i < 80; ++i) test::write_file(fixture.folder / ("name" + std::to_string(i)), "");
    CHECK(fixture.looks(few) == few);
    CHECK(fixture.looks(100) == 80 / 8);
}

TEST_CASE("where there is any part, each download looks for its own") {
    Fixture fixture;
    SUBCASE("left by an earlier run") {
        test::write_file(fixture.folder / "other.part", "");
        CHECK(fixture.looks(100) == 100);
    }
    SUBCASE("made in this run") {
        CHECK(fixture.looks(100) == few);
        fixture.output.note_part();
        CHECK(fixture.looks(100) == 100);
    }
    SUBCASE("left between two runs") {
        CHECK(fixture.looks(100) == few);
        test::write_file(fixture.folder / "f.part", "");
        fixture.output.forget();
        CHECK(fixture.looks(100) == 100);
    }
    SUBCASE("perhaps, in another folder") {
        CHECK(fixture.looks(100) == few);
        CHECK(fixture.output.may_hold("sub/f.part"));
    }
}
