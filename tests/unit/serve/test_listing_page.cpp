// SPDX-License-Identifier: MIT
#include "serve/listing_page.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

using namespace filesrv::serve;

namespace {

std::string whole(ListingForm form, std::string_view path, bool uploads, const std::vector<ListingRow>& rows) {
    ListingPage page(form, uploads);
    std::string out;
    page.header(out, path);
    for (const ListingRow& row : rows) page.row(out, row);
    page.footer(out);
    return out;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const ListingRow photo{.name = "photo 1.jpg", .size = 1536, .mtime_ns = 1'795'403'353'123'456'789, .etag = "\"1a-2b\""};
const ListingRow music{.name = "music", .folder = true, .mtime_ns = 0};

}  // namespace

TEST_CASE("a page links every name, with its size and date") {
    const std::string page = whole(ListingForm::html, "a/b", false, {music, photo});
    CHECK(contains(page, "<title>/a/b/</title>"));
    CHECK(contains(page, "<a href=\"../\">"));
    CHECK(contains(page, "<a href=\"music/\"><bdi>music</bdi>/</a><td><td>1970-01-01 00:00\n"));
    CHECK(contains(page, "<a href=\"photo%201.jpg\"><bdi>photo 1.jpg</bdi></a>"));
    CHECK(contains(page, "<td title=\"1536 bytes\">1.5 KiB<td>2026-11-23 03:09\n"));
    CHECK(contains(page, "<footer>1 folder, 1 file</footer>"));
    CHECK_FALSE(contains(page, "<form"));
}

TEST_CASE("the root has no parent, and an upload form only where uploads are on") {
    const std::string page = whole(ListingForm::html, "", true, {});
    CHECK(contains(page, "<title>/</title>"));
    CHECK_FALSE(contains(page, "../"));
    CHECK(contains(page, "method=\"post\" enctype=\"multipart/form-data\""));
    CHECK(contains(page, "type=\"file\" name=\"file\" multiple"));
    CHECK(contains(page, "type=\"submit\""));
    CHECK(contains(page, "0 folders, 0 files<"));
    CHECK_FALSE(contains(page, "script"));
}

TEST_CASE("a hostile name is neither markup nor a link to elsewhere") {
    for (const std::string name : {"<img src=x onerror=alert(1)>", "\" onclick=\"x", "javascript:alert(1)", "..%2f", "a&amp;b", "#x?y",
                                   "\xFF\xFE", "a\nb", "http:", "\\\\host"}) {
        CAPTURE(name);
        const std::string page = whole(ListingForm::html, "", false, {{.name = name}});
        const auto from = page.find("<tr><td><a href=\"") + 17;
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
    CHECK(list[2]["href"] == "q%22%5C%FF%0A");
    CHECK(nlohmann::json::parse(whole(ListingForm::json, "", false, {})).empty());
}

TEST_CASE("every folder on the way is a link upwards, and names on the way are text") {
    const std::string page = whole(ListingForm::html, "a <b>/c/d", false, {});
    CHECK(contains(page, "<h1><a href=\"../../../\"><bdi></bdi>/</a><a href=\"../../\"><bdi>a &lt;b&gt;</bdi>/</a>"
                         "<a href=\"../\"><bdi>c</bdi>/</a><bdi>d</bdi>/</h1>"));
    CHECK(contains(whole(ListingForm::html, "", false, {}), "<h1><bdi></bdi>/</h1>"));
}

TEST_CASE("a way of two thousand folders makes no long page") {
    std::string path = "a";
    while (path.size() < 4000) path += "/a";
    const std::string page = whole(ListingForm::html, path, false, {});
    CHECK(page.size() < 60'000);
    CHECK(contains(page, "<bdi>a</bdi>/</h1>"));
}

TEST_CASE("a row costs little beyond its name, since a page may have a million") {
    const auto length = [](const std::vector<ListingRow>& rows) { return whole(ListingForm::html, "", true, rows).size(); };
    CHECK(length({{.name = "n", .size = 5}}) - length({}) < 75);
}

TEST_CASE("a date before 1970 is rounded towards the past") {
    CHECK(contains(whole(ListingForm::json, "", false, {{.name = "x", .mtime_ns = -1}}), "1969-12-31T23:59:59Z"));
}
