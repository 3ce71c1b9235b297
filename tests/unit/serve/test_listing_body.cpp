// SPDX-License-Identifier: MIT
#include "serve/listing_body.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "serve/limits.hpp"
#include "serving.hpp"

using namespace filesrv;
using namespace filesrv::serve;

namespace {

ListingBody body_of(test::Serving& serving, ListingForm form) {
    const auto& store = serving.server().store();
    const auto entry = store.open("");
    REQUIRE(entry);
    auto reader = store::FolderReader::open(store, **entry);
    REQUIRE(reader);
    return ListingBody(std::move(*reader), form, "", false);
}

void write_numbered(const test::Serving& serving, int count) {
    for (int i = 0; i < count; ++i) test::write_file(serving.root() / ("n" + std::to_string(10000 + i)), "x");
}

}  // namespace

TEST_CASE("a listing comes in pieces that are neither small nor large, and then ends for good") {
    test::Serving serving;
    write_numbered(serving, 2500);
    ListingBody body = body_of(serving, ListingForm::json);
    std::string all;
    FileTransfer none;
    std::size_t pieces = 0;
    for (;;) {
        std::string piece;
        const auto made = body.next(piece, none);
        REQUIRE(made);
        REQUIRE_FALSE(none.is_active());
        if (*made == BodySource::Next::end) {
            CHECK(piece.empty());
            break;
        }
        CHECK(piece.size() < limits::listing_piece_bytes + 4096);
        all += piece;
        ++pieces;
    }
    CHECK(pieces == all.size() / limits::listing_piece_bytes + 1);
    CHECK(*body.next(all, none) == BodySource::Next::end);
    const auto list = nlohmann::json::parse(all);
    REQUIRE(list.size() == 2500);
    for (std::size_t i = 0; i < list.size(); ++i) REQUIRE(list[i]["name"] == "n" + std::to_string(10000 + i));
}

TEST_CASE("an empty folder is one piece") {
    test::Serving serving;
    ListingBody body = body_of(serving, ListingForm::html);
    std::string all;
    FileTransfer none;
    CHECK(*body.next(all, none) == BodySource::Next::piece);
    CHECK(all.starts_with("<!DOCTYPE html>"));
    CHECK(all.ends_with("</html>\n"));
    CHECK(*body.next(all, none) == BodySource::Next::end);
}

TEST_CASE("a listing is the same with a seat for many names at a time and without, and gives the seat back") {
    test::Serving serving;
    write_numbered(serving, 4000);
    std::string all[2];
    FileTransfer none;
    Seats& seats = serving.server().long_windows();
    const std::size_t free = seats.free();
    for (const bool seated : {false, true}) {
        ListingBody body = body_of(serving, ListingForm::html);  // JSON has tags, which change with a file's age
        REQUIRE(body.next(all[seated ? 1 : 0], none));
        body.settle(seated ? seats.take() : nullptr);
        CHECK(seats.free() == free - (seated ? 1 : 0));
        while (*body.next(all[seated ? 1 : 0], none) == BodySource::Next::piece) {}
    }
    CHECK(seats.free() == free);
    CHECK((all[0] == all[1]));
    CHECK(all[0].ends_with("</html>\n"));
}
