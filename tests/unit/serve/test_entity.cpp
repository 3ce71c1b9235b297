// SPDX-License-Identifier: MIT
// A stored file as HTTP sees it.
#include "serve/entity.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

#include "../http/parsed.hpp"
#include "dying.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using http::test::Parsed;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t mtime_ns = 1'700'000'000'123'456'789;  // Tue, 14 Nov 2023 22:13:20 GMT
constexpr WallTime much_later = WallTime(Duration(1'800'000'000s));
const http::EntityFieldPolicy policy;

std::unique_ptr<store::Entry> entry(std::string path, std::uint64_t size) {
    auto made = std::make_unique<store::Entry>();
    made->path = std::move(path);
    made->stat.size = size;
    made->version = {.mtime_ns = mtime_ns, .size = size, .weak = false};
    return made;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

store::Guard guard_for(std::string_view fields) {
    const Parsed parsed(http::test::get_with(fields));
    REQUIRE(parsed.verdict() == 0);
    return guard_of(parsed.request);  // the request is gone when the guard is asked
}

bool allows(const store::Guard& guard, const std::optional<store::VersionInfo>& current) {
    return guard(current) == store::GuardVerdict::allow;
}

}  // namespace

TEST_CASE("an entry's facts are its size, time, tag and type") {
    const auto file = entry("folder/page.html", 1234);
    const EntityFacts facts(*file, much_later, policy);
    CHECK(facts.info().size == 1234);
    CHECK(facts.info().modified == WallTime(Duration(mtime_ns)));
    CHECK(facts.info().etag == http::EtagText({.mtime_ns = mtime_ns, .size = 1234}).view());
    CHECK(facts.info().content_type == "text/html; charset=utf-8");
    CHECK(has(facts.block().full(), "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n"));
    CHECK(has(facts.block().full(), std::string("ETag: ").append(facts.info().etag).append("\r\n")));
    CHECK(has(facts.block().full(), "Cache-Control: no-cache\r\n"));
}

TEST_CASE("a weak version has a weak tag") {
    const auto file = entry("f", 1);
    file->version.weak = true;
    CHECK(EntityFacts(*file, much_later, policy).info().etag.starts_with("W/\""));
}

TEST_CASE("a file from the future was changed now, for all we know") {
    const auto file = entry("f", 1);
    const EntityFacts facts(*file, WallTime(Duration(1'600'000'000s)), policy);
    CHECK(has(facts.block().full(), "Last-Modified: Sun, 13 Sep 2020 12:26:40 GMT\r\n"));
}

TEST_CASE("a compressed sibling has the type of the file that it stands for, and a tag of its own") {  // RFC 9110 8.8.3.3
    const auto sibling = entry("folder/page.html.gz", 99);
    const http::EntityFieldPolicy varying = entity_policy_of("no-cache", true);
    const EntityFacts facts(*sibling, much_later, varying, http::Coding::gzip);
    CHECK(facts.info().content_type == "text/html; charset=utf-8");
    CHECK(facts.info().size == 99);
    CHECK(facts.info().etag == http::EtagText({.mtime_ns = mtime_ns, .size = 99}, "gz").view());
    CHECK(has(facts.block().full(), "Content-Encoding: gzip\r\n"));
    CHECK(has(facts.block().not_modified(), "Vary: Accept-Encoding\r\n"));
    CHECK(test::aborts([&] { const EntityFacts other(*sibling, much_later, varying, http::Coding::br); }));

    const EntityFacts direct(*sibling, much_later, varying);
    CHECK(direct.info().content_type == "application/gzip");
    CHECK_FALSE(has(direct.block().full(), "Content-Encoding"));
    CHECK(direct.vary().empty());
    CHECK(EntityFacts(*entry("page.html", 1), much_later, varying).vary() == "Accept-Encoding");
}

TEST_CASE("a head for standing in is kept only where siblings count") {
    const auto made = [](std::string path, bool precompressed) {
        auto file = entry(std::move(path), 7);
        set_ready_heads(*file, entity_policy_of("no-cache", precompressed));
        return file;
    };
    const auto sibling = made("a.txt.br", true);
    CHECK(has(sibling->sibling_head, "Content-Type: text/plain; charset=utf-8\r\n"));
    CHECK(has(sibling->sibling_head, "Content-Encoding: br\r\n"));
    CHECK(sibling->sibling_head.ends_with("Content-Length: 7\r\n"));
    CHECK_FALSE(has(sibling->head, "Content-Encoding"));
    CHECK(made("a.txt", true)->sibling_head.empty());
    CHECK(has(made("a.txt", true)->head, "Vary: Accept-Encoding\r\n"));
    CHECK(made("a.txt.br", false)->sibling_head.empty());
    CHECK_FALSE(has(made("a.txt", false)->head, "Vary"));
}

TEST_CASE("a ready head is the entity's fields with its length; a folder has none") {
    auto file = entry("picture.png", 5);
    const std::string head = ready_head(*file, policy);
    CHECK(has(head, "Content-Type: image/png\r\n"));
    CHECK(head.ends_with("Content-Length: 5\r\n"));
    CHECK_FALSE(has(head, "\r\n\r\n"));
    CHECK(has(ready_head(*entry("empty", 0), policy), "Content-Length: 0\r\n"));
    file->kind = store::Kind::folder;
    CHECK(ready_head(*file, policy).empty());
    CHECK(test::aborts([&] { const EntityFacts facts(*file, much_later, policy); }));
}

TEST_CASE("a request without conditions has no guard") {
    CHECK_FALSE(guard_for(""));
    CHECK(guard_for("If-None-Match: *\r\n"));
}

TEST_CASE("guards decide by what is there at the time, when the request is long gone") {
    const store::Version strong{.mtime_ns = mtime_ns, .size = 7, .weak = false};
    const store::Version weak{.mtime_ns = mtime_ns, .size = 7, .weak = true};
    const store::Version other{.mtime_ns = mtime_ns + 1, .size = 7, .weak = false};
    const std::string tag(http::EtagText(http_version_of(strong)).view());
    const struct { std::string fields; bool nothing, strong, weak, other; } table[] = {
        {"If-None-Match: *\r\n", true, false, false, false},
        {"If-Match: *\r\n", false, true, true, true},
        {"If-Match: " + tag + "\r\n", false, true, false, false},  // compared strongly, RFC 9110 section 13.1.1
        {"If-Match: \"x\", " + tag + "\r\n", false, true, false, false},
        {"If-Match: W/" + tag + "\r\n", false, false, false, false},
        {"If-None-Match: " + tag + "\r\n", true, false, false, true},  // compared weakly, section 13.1.2
        {"If-None-Match: nonsense\r\n", false, false, false, false},
        {"If-Unmodified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\n", true, true, true, true},
        {"If-Unmodified-Since: Tue, 14 Nov 2023 22:13:19 GMT\r\n", true, false, false, false},  // nothing has no date, section 13.1.4
        {"If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\n", true, true, true, true},  // for reads only, section 13.1.3
    };
    for (const auto& row : table) {
        CAPTURE(row.fields);
        const store::Guard guard = guard_for(row.fields);
        REQUIRE(guard);
        CHECK(allows(guard, std::nullopt) == row.nothing);
        CHECK(allows(guard, strong) == row.strong);
        CHECK(allows(guard, weak) == row.weak);
        CHECK(allows(guard, other) == row.other);
    }
}
