// SPDX-License-Identifier: MIT
#include "serve/listing_page.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace filesrv::serve;

namespace {

std::string whole(ListingForm form, std::string_view path, bool uploads, const std::vector<ListingRow>& rows) {
    ListingPage page(form, path, uploads);
    std::string out;
    page.header(out);
    for (const ListingRow& row : rows) page.row(out, row);
    page.footer(out);
    return out;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const ListingRow photo{.name = "photo 1.jpg", .size = 1536, .mtime_ns = 1'795'403'353'123'456'789, .etag = "\"1a-2b\""};
const ListingRow music{.name = "music", .folder = true, .mtime_ns = 0};

}  // namespace

TEST_CASE("folders come first, then names in byte order") {
    std::vector<ListingRow> rows = {{.name = "b"}, {.name = "a"}, {.name = "z", .folder = true}, {.name = "B"}, {.name = "\xFF"}};
    sort_listing(rows);
    std::string order;
    for (const ListingRow& row : rows) order += row.name;
    CHECK(order == "zBab\xFF");
}

TEST_CASE("a page links every name, with its size and date") {
    const std::string page = whole(ListingForm::html, "a/b", false, {music, photo});
    CHECK(contains(page, "<title>/a/b/</title>"));
    CHECK(contains(page, "<a href=\"../\">"));
    CHECK(contains(page, "<a href=\"music/\"><bdi>music</bdi>/</a>"));
    CHECK(contains(page, "<a href=\"photo%201.jpg\"><bdi>photo 1.jpg</bdi></a>"));
    CHECK(contains(page, "title=\"1536 bytes\">1.5 KiB<"));
    CHECK(contains(page, "<time datetime=\"2026-11-23T03:09:13Z\">2026-11-23 03:09</time>"));
    CHECK(contains(page, "1 folder, 1 file;"));
    CHECK_FALSE(contains(page, "<form"));
}

TEST_CASE("the root has no parent, and an upload form only where uploads are on") {
    const std::string page = whole(ListingForm::html, "", true, {});
    CHECK(contains(page, "<title>/</title>"));
    CHECK_FALSE(contains(page, "../"));
    CHECK(contains(page, "method=\"post\" enctype=\"multipart/form-data\""));
    CHECK(contains(page, "type=\"file\" name=\"file\" multiple"));
    CHECK(contains(page, "type=\"submit\""));
    CHECK(contains(page, "0 folders, 0 files;"));
    CHECK_FALSE(contains(page, "script"));
}

TEST_CASE("a hostile name is neither markup nor a link to elsewhere") {
    for (const std::string name : {"<img src=x onerror=alert(1)>", "\" onclick=\"x", "javascript:alert(1)", "..%2f", "a&amp;b", "#x?y",
                                   "\xFF\xFE", "a\nb", "http:", "\\\\host"}) {
        CAPTURE(name);
        const std::string page = whole(ListingForm::html, "", false, {{.name = name}});
        const auto from = page.find("<li><a href=\"") + 13;
        const std::string href = page.substr(from, page.find('"', from) - from);
        CHECK_FALSE(href.empty());
        CHECK(href.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%") == std::string::npos);
        CHECK_FALSE(contains(page, "<img"));
        CHECK_FALSE(contains(page, "onclick=\"x"));
    }
}

TEST_CASE("JSON tells the same, and stays JSON whatever the names") {
    const auto list = nlohmann::json::parse(whole(ListingForm::json, "a", true, {music, photo, {.name = "q\"\\\xFF\n"}}));
    REQUIRE(list.size() == 3);
    CHECK(list[0] == nlohmann::json{{"name", "music"}, {"type", "folder"}, {"mtime", "1970-01-01T00:00:00Z"}});
    CHECK(list[1] == nlohmann::json{{"name", "photo 1.jpg"}, {"type", "file"}, {"size", 1536}, {"mtime", "2026-11-23T03:09:13Z"}, {"etag", "\"1a-2b\""}});
    CHECK(list[2]["name"] == "q\"\\\xEF\xBF\xBD\n");
    CHECK(nlohmann::json::parse(whole(ListingForm::json, "", false, {})).empty());
}

TEST_CASE("a date before 1970 is rounded towards the past") {
    CHECK(contains(whole(ListingForm::json, "", false, {{.name = "x", .mtime_ns = -1}}), "1969-12-31T23:59:59Z"));
}
