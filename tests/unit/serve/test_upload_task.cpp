// SPDX-License-Identifier: MIT
// Uploads of raw bodies, driven without a socket: framing at every split, answers, refusals, limits.
#include "serve/upload_task.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "feeding.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace filesrv::test;

namespace {

const std::string text = "first line\nsecond line\n";
const std::string sized = "Content-Length: " + std::to_string(text.size()) + "\r\n";
const std::string chunked = "Transfer-Encoding: chunked\r\n";
const std::string chunks = "a;x=\"y\"\r\nfirst line\r\n1\r\n\n\r\n00c\r\nsecond line\n\r\n0\r\nTrailer: t\r\n\r\n";

std::string content_of(const Serving& serving, std::string_view name) { return read_file(serving.root() / name); }

}  // namespace

TEST_CASE("a body of known length is stored, cut at any byte, and the next request is left alone") {
    Serving serving;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        CAPTURE(cut);
        const std::string name = "f" + std::to_string(cut);
        Feeding upload(serving, upload_head("PUT /" + name, sized));
        CHECK(upload.feed(text.substr(0, cut)));
        std::string following = text.substr(cut);
        if (cut < text.size()) {
            CHECK(upload.status() == 0);
            CHECK_FALSE(upload.feed(following.append("GET / HTTP/1.1\r\n")));
        }
        CHECK(upload.status() == 201);
        CHECK(content_of(serving, name) == text);
    }
}

TEST_CASE("what follows a body stays with the caller") {
    Serving serving;
    for (const auto& [fields, body] : {std::pair(sized, text), std::pair(chunked, chunks)}) {
        Feeding upload(serving, upload_head("POST /f", fields));
        const std::string bytes = body + "GET / HTTP/1.1\r\n";
        std::string_view rest = bytes;
        CHECK_FALSE(upload.task().take(rest, nullptr));
        CHECK(rest == "GET / HTTP/1.1\r\n");
        CHECK(upload.task().is_whole());
    }
}

TEST_CASE("a chunked body is stored, cut at any byte, or byte by byte") {
    Serving serving;
    for (std::size_t cut = 0; cut < chunks.size(); ++cut) {
        CAPTURE(cut);
        const std::string name = "f" + std::to_string(cut);
        Feeding upload(serving, upload_head("PUT /" + name, chunked));
        CHECK(upload.feed(chunks.substr(0, cut)));
        CHECK(upload.status() == 0);
        CHECK(upload.feed(chunks.substr(cut)));
        CHECK(upload.status() == 201);
        CHECK(content_of(serving, name) == text);
    }
    Feeding upload(serving, upload_head("PUT /slow", chunked));
    upload.feed_pieces(chunks, 1);
    CHECK(upload.status() == 201);
    CHECK(content_of(serving, "slow") == text);
}

TEST_CASE("an empty body makes an empty file") {
    Serving serving;
    Feeding nothing(serving, upload_head("PUT /sized", "Content-Length: 0\r\n"));
    REQUIRE(nothing.begun());
    CHECK(nothing.task().is_whole());
    CHECK(nothing.feed(""));
    CHECK(nothing.status() == 201);
    Feeding no_chunk(serving, upload_head("PUT /chunked", chunked));
    CHECK(no_chunk.feed("0\r\n\r\n"));
    CHECK(no_chunk.status() == 201);
    CHECK(serving.names() == "chunked sized ");
    CHECK(content_of(serving, "sized").empty());
}

TEST_CASE("PUT says created, then replaced; POST tells where, how large, and which version") {
    Serving serving;
    const auto put_once = [&] {
        Feeding upload(serving, upload_head("PUT /new/deep/a%20b.txt", sized));
        upload.feed(text);
        return upload.answer();
    };
    const Answer created = put_once();
    CHECK(created.status == http::Status::created);
    CHECK(created.fields.find("Location: /new/deep/a%20b.txt\r\n") != std::string::npos);
    CHECK(created.fields.find("ETag: \"") != std::string::npos);
    const Answer replaced = put_once();
    CHECK(replaced.status == http::Status::no_content);
    CHECK(replaced.content_type.empty());
    CHECK(replaced.body.empty());
    CHECK(replaced.fields.find("ETag: \"") != std::string::npos);
    CHECK(replaced.fields != created.fields);

    Feeding posted(serving, upload_head("POST /new/deep/a%20b.txt", sized + "Accept: application/json\r\n"));
    posted.feed(text);
    CHECK(posted.status() == 200);
    CHECK(posted.answer().fields.find("Location: /new/deep/a%20b.txt\r\n") != std::string::npos);
    const auto told = nlohmann::json::parse(posted.answer().body);
    CHECK(told["path"] == "/new/deep/a b.txt");
    CHECK(told["size"] == text.size());
    CHECK(posted.answer().fields.find("ETag: " + told["etag"].get<std::string>() + "\r\n") != std::string::npos);
}

TEST_CASE("what can be known before the body is refused before the body, and nothing changes") {
    Serving serving;
    write_file(serving.root() / "file", "old");
    write_file(serving.root() / "folder/x", "old");
    const auto before = serving.names();
    const struct { std::string line, fields; unsigned status; } table[] = {
        {"PUT /new", "", 411},
        {"PUT /new", sized + "Content-Encoding: gzip\r\n", 415},
        {"PUT /new", sized + "Content-Range: bytes 0-22/23\r\n", 400},
        {"PUT /folder", sized, 409},
        {"PUT /folder/", sized, 409},
        {"PUT /", sized, 409},
        {"POST /", sized, 409},
        {"PUT /new/", sized, 409},
        {"PUT /file/below", sized, 409},
        {"PUT /.hidden", sized, 404},
        {"PUT /.filesrv-staging/x", sized, 404},
        {"PUT /" + std::string(300, 'n'), sized, 400},
        {"PUT /file", sized + "If-None-Match: *\r\n", 412},
        {"PUT /file", sized + "If-Match: \"no\"\r\n", 412},
        {"PUT /new", sized + "If-Match: *\r\n", 412},
    };
    for (const auto& row : table) {
        CAPTURE(row.line);
        CAPTURE(row.fields);
        const Feeding upload(serving, upload_head(row.line, row.fields));
        CHECK_FALSE(upload.begun());
        CHECK(upload.status() == row.status);
    }
    CHECK(serving.names() == before);
    CHECK(content_of(serving, "file") == "old");
}

TEST_CASE("a store that is read-only or too full takes nothing") {
    Serving read_only({.read_only = true});
    CHECK(Feeding(read_only, upload_head("PUT /f", sized)).status() == 403);
    Serving full({.min_free = std::uint64_t{1} << 62});
    CHECK(Feeding(full, upload_head("PUT /f", sized)).status() == 507);
    CHECK(full.names().empty());
}

TEST_CASE("the largest upload: exactly the limit passes, one byte more does not") {
    Serving serving({.upload_bytes_max = text.size()});
    Feeding fits(serving, upload_head("PUT /sized", sized));
    fits.feed(text);
    CHECK(fits.status() == 201);
    Feeding chunks_fit(serving, upload_head("PUT /chunked", chunked));
    chunks_fit.feed_pieces(chunks, 1);
    CHECK(chunks_fit.status() == 201);

    const Feeding announced(serving, upload_head("PUT /more", "Content-Length: " + std::to_string(text.size() + 1) + "\r\n"));
    CHECK_FALSE(announced.begun());
    CHECK(announced.status() == 413);
    CHECK(announced.answer().body.find("--max-upload") != std::string::npos);

    const std::string one_more = chunks.substr(0, chunks.find("0\r\nTrailer")) + "1\r\n!\r\n0\r\n\r\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, one_more.size()}) {
        Feeding grows(serving, upload_head("PUT /more", chunked));
        grows.feed_pieces(one_more, piece);
        CHECK(grows.status() == 413);
    }
    CHECK(serving.names() == "chunked sized ");
}

TEST_CASE("broken framing is refused and stores nothing, wherever it is cut") {
    Serving serving;
    for (const std::string body : {"x\r\n", "5\r\nhello!\r\n", "3\r\nabc\r\n0\r\nbad trailer\r\n\r\n", "-1\r\n", "+1\r\na\r\n"}) {
        for (const std::size_t piece : {std::size_t{1}, body.size()}) {
            CAPTURE(body);
            Feeding upload(serving, upload_head("PUT /f", chunked));
            upload.feed_pieces(body, piece);
            CHECK(upload.status() == 400);
        }
    }
    CHECK(serving.names().empty());
}

TEST_CASE("an upload that is dropped leaves the file as it was") {
    Serving serving;
    write_file(serving.root() / "f", "old");
    for (std::size_t cut = 0; cut < text.size(); cut += 7) {
        Feeding upload(serving, upload_head("PUT /f", sized));
        upload.feed(text.substr(0, cut));
        CHECK(upload.status() == 0);
        CHECK(content_of(serving, "f") == "old");
    }
    CHECK(content_of(serving, "f") == "old");
    CHECK(serving.names() == "f ");
}

TEST_CASE("preconditions are decided again when the body is there") {
    Serving serving;
    Feeding create(serving, upload_head("PUT /f", sized + "If-None-Match: *\r\n"));
    REQUIRE(create.begun());
    create.feed(text.substr(0, 5));
    write_file(serving.root() / "f", "somebody was quicker");
    create.feed(text.substr(5));
    CHECK(create.status() == 412);
    CHECK(content_of(serving, "f") == "somebody was quicker");
}

TEST_CASE("reads are asked for up to the end of a body of known length, never beyond") {
    Serving serving;
    Feeding known(serving, upload_head("PUT /f", sized));
    CHECK(known.task().wanted_bytes(1'000'000) == text.size());
    CHECK(known.task().wanted_bytes(3) == 3);
    known.feed(text.substr(0, text.size() - 1));
    CHECK(known.task().wanted_bytes(1'000'000) == 1);
    Feeding unknown(serving, upload_head("PUT /g", chunked));
    CHECK(unknown.task().wanted_bytes(1'000) == 1'000);
}
