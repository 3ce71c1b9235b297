// SPDX-License-Identifier: MIT
// Uploads by a form, driven without a socket: parts at every split, names, what is stored when the rest is refused.
#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "feeding.hpp"
#include "serve/limits.hpp"
#include "serve/upload_task.hpp"
#include "store/hasher.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace filesrv::test;

namespace {

using Names = std::vector<std::string>;

constexpr std::string_view closing = "--B--\r\n";

std::string part(std::string_view parameters, std::string_view data) {
    return std::string("--B\r\nContent-Disposition: form-data; name=\"n\"").append(parameters).append("\r\n\r\n").append(data).append("\r\n");
}
std::string file_part(std::string_view name, std::string_view data) {
    return part(std::string("; filename=\"").append(name).append("\""), data);
}

std::string form_head(std::string_view target, std::size_t length, std::string_view more = {}) {
    return upload_head(std::string("POST ").append(target), "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: " +
                                                                std::to_string(length) + "\r\n" + std::string(more));
}

/// What is stored in the folder `d`, which need not be there.
Names stored_in_d(const Serving& serving) {
    const auto folder = serving.root() / "d";
    return std::filesystem::exists(folder) ? names_below(folder) : Names();
}

/// Posts a whole form and says the status.
unsigned post(Serving& serving, std::string_view target, const std::string& form) {
    Feeding upload(serving, form_head(target, form.size()));
    upload.feed(form);
    return upload.status();
}

}  // namespace

TEST_CASE("every file of a form is stored below its folder, cut at any byte") {
    const std::string tricky = "\r\n--A is no end, nor is \r--B or \r\n--";  // data that looks like a boundary
    const std::string form = "preamble\r\n" + file_part("one.txt", "1") + part("", "a field") + file_part("", "") +
                             file_part("two.bin", tricky) + std::string(closing) + "epilogue";
    Serving serving;
    for (std::size_t cut = 0; cut < form.size(); ++cut) {
        CAPTURE(cut);
        const std::string folder = "d" + std::to_string(cut);
        Feeding upload(serving, form_head("/" + folder + "/", form.size(), "Accept: application/json\r\n"));
        CHECK(upload.feed(form.substr(0, cut)));
        CHECK(upload.status() == 0);
        CHECK(upload.feed(form.substr(cut)));
        CHECK(upload.status() == 200);
        CHECK(read_file(serving.root() / (folder + "/one.txt")) == "1");
        CHECK(read_file(serving.root() / (folder + "/two.bin")) == tricky);
        CHECK(names_below(serving.root() / folder) == Names{"one.txt", "two.bin"});
        const auto told = nlohmann::json::parse(upload.answer().body);
        REQUIRE(told.size() == 2);
        CHECK(told[0]["path"] == "/" + folder + "/one.txt");
        CHECK(told[1]["size"] == tricky.size());
    }
}

TEST_CASE("a chunked form comes through byte by byte") {
    const std::string form = file_part("f", "text") + std::string(closing);
    Serving serving;
    Feeding upload(serving, upload_head("POST /", "Content-Type: Multipart/Form-Data; boundary=\"B\"\r\nTransfer-Encoding: chunked\r\n"));
    for (const char byte : form) upload.feed(std::string("1\r\n") + byte + "\r\n");
    upload.feed_pieces("0\r\n\r\n", 1);
    CHECK(upload.status() == 200);
    CHECK(read_file(serving.root() / "f") == "text");
}

TEST_CASE("a browser gets a page, others a line a file") {
    const std::string form = file_part("<x>.txt", "1") + std::string(closing);
    Serving serving;
    Feeding upload(serving, form_head("/", form.size(), "Accept: text/html\r\n"));
    upload.feed(form);
    CHECK(upload.answer().content_type == "text/html; charset=utf-8");
    CHECK(upload.answer().body.find("href=\"/%3Cx%3E.txt\"") != std::string::npos);
    Feeding plain(serving, form_head("/", form.size()));
    plain.feed(form);
    CHECK(plain.answer().body.starts_with("stored /<x>.txt, 1 byte"));
}

TEST_CASE("names of files lose the folders of either system, and never leave the target") {
    Serving serving;
    CHECK(post(serving, "/in/", file_part("../../up.txt", "1") + std::string(closing)) == 200);
    CHECK(post(serving, "/in", file_part("C:\\\\photos\\\\cat.jpg", "2") + std::string(closing)) == 200);
    CHECK(post(serving, "/in/", file_part("/etc/passwd", "3") + std::string(closing)) == 200);
    CHECK(serving.names() == "in in/cat.jpg in/passwd in/up.txt ");
    for (const char* name : {"..", ".", "a/..", "/"}) {
        CAPTURE(name);
        CHECK(post(serving, "/in/", file_part(name, "4") + std::string(closing)) == 400);
    }
    CHECK(post(serving, "/in/", file_part(".hidden", "5") + std::string(closing)) == 404);
    CHECK(serving.names() == "in in/cat.jpg in/passwd in/up.txt ");
}

TEST_CASE("forms that cannot be stored are refused before the body") {
    Serving serving;
    write_file(serving.root() / "file", "old");
    const auto refused = [&](std::string_view line, const std::string& fields) {
        const Feeding upload(serving, upload_head(line, "Content-Length: 5\r\n" + fields));
        CHECK_FALSE(upload.begun());
        return upload.status();
    };
    CHECK(refused("POST /", "Content-Type: multipart/form-data\r\n") == 400);
    CHECK(refused("POST /", "Content-Type: multipart/form-data; boundary=\r\n") == 400);
    CHECK(refused("POST /", "Content-Type: MULTIPART/FORM-DATA; boundary=" + std::string(71, 'b') + "\r\n") == 400);
    CHECK(refused("POST /file", "Content-Type: multipart/form-data; boundary=B\r\n") == 409);
    CHECK(serving.names() == "file ");
}

TEST_CASE("PUT of a form stores the form itself") {
    Serving serving;
    const std::string form = file_part("f", "text") + std::string(closing);
    Feeding upload(serving, upload_head("PUT /form", "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: " +
                                                         std::to_string(form.size()) + "\r\n"));
    upload.feed(form);
    CHECK(upload.status() == 201);
    CHECK(read_file(serving.root() / "form") == form);
}

TEST_CASE("a form without a file is refused") {
    Serving serving;
    CHECK(post(serving, "/", std::string(closing)) == 400);
    CHECK(post(serving, "/", part("", "field") + std::string(closing)) == 400);
    CHECK(post(serving, "/", file_part("", "") + std::string(closing)) == 400);
    CHECK(serving.names().empty());
}

TEST_CASE("a form that ends early keeps the files that were whole, and nothing of the one that was cut") {
    Serving serving;
    const std::string whole = file_part("whole", "1");
    CHECK(post(serving, "/", whole + file_part("cut", "2")) == 400);
    CHECK(serving.names() == "whole ");
    CHECK(post(serving, "/", "no boundary at all") == 400);
    CHECK(post(serving, "/", whole + "--Bjunk\r\n") == 400);
    CHECK(serving.names() == "whole ");
}

TEST_CASE("a part that cannot be stored refuses the rest of the form") {
    Serving serving;
    test::fs::create_directory(serving.root() / "taken");
    CHECK(post(serving, "/", file_part("first", "1") + file_part("taken", "2") + file_part("third", "3") + std::string(closing)) == 409);
    CHECK(serving.names() == "first taken ");
}

TEST_CASE("a form that fails in its middle tells which files are stored and which one failed") {
    const std::string good = file_part("one", "1") + file_part("two", "22");
    const struct {
        const char* what;
        std::string rest;
        unsigned status;
        const char* failed;  ///< "" = none of them
    } cases[] = {
        {"a folder has the name", file_part("taken", "3") + std::string(closing), 409, "/in/taken"},
        {"a hidden name", file_part(".three", "3"), 404, "/in/.three"},
        {"no usable name", file_part("..", "3"), 400, ""},
        {"cut within a file", "--B\r\nContent-Disposition: form-data; name=n; filename=three\r\n\r\ncut", 400, "/in/three"},
        {"cut before a file", "--B\r\n", 400, "/in/two"},
        {"a broken boundary", "--Bx", 400, "/in/two"},
        {"a broken part", "--B\r\nno field\r\n\r\n", 400, "/in/two"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.what);
        Serving serving;
        test::fs::create_directories(serving.root() / "in/taken");
        const std::string form = good + one.rest;
        Feeding upload(serving, form_head("/in/", form.size(), "Accept: application/json\r\n"));
        upload.feed(form);
        REQUIRE(upload.status() == one.status);
        const auto told = nlohmann::json::parse(upload.answer().body);
        CHECK(told.value("failed", "") == one.failed);
        std::string stored;
        for (const auto& file : told["stored"]) stored += file["path"].get<std::string>() + " ";
        const bool is_second_stored = test::fs::exists(serving.root() / "in/two");
        CHECK(stored == (is_second_stored ? "/in/one /in/two " : "/in/one "));
        CHECK(is_second_stored == (std::string_view(one.failed) != "/in/two"));
    }
}

TEST_CASE("a form beyond the largest upload tells what was stored before") {
    Serving serving({.upload_bytes_max = 300});
    Feeding upload(serving, upload_head("POST /", "Content-Type: multipart/form-data; boundary=B\r\nTransfer-Encoding: chunked\r\n"));
    const std::string two = file_part("two", std::string(500, 'x'));
    for (const std::string& piece : {file_part("one", "1") + two.substr(0, 100), two.substr(100)}) {
        char size[16];
        std::snprintf(size, sizeof size, "%zx", piece.size());
        upload.feed(std::string(size) + "\r\n" + piece + "\r\n");
    }
    CHECK(upload.status() == 413);
    CHECK(upload.answer().body.find("\nnot stored /two\nstored /one, 1 byte") != std::string::npos);
    CHECK_FALSE(test::fs::exists(serving.root() / "two"));
}

TEST_CASE("of two parts with one name the later one stays") {
    Serving serving;
    CHECK(post(serving, "/", file_part("f", "1") + file_part("f", "22") + std::string(closing)) == 200);
    CHECK(read_file(serving.root() / "f") == "22");
}

TEST_CASE("the largest upload bounds a whole form, framing included") {
    const std::string form = file_part("f", "text") + std::string(closing);
    Serving exact({.upload_bytes_max = form.size()});
    CHECK(post(exact, "/", form) == 200);
    Serving smaller({.upload_bytes_max = form.size() - 1});
    CHECK(post(smaller, "/", form) == 413);
    CHECK(smaller.names().empty());
}

TEST_CASE("a file of a form is not stored when the digest in its part's head does not hold") {  // RFC 9530 2, RFC 7578 4.8
    const std::string of_1 = "sha-256=:a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=:";
    const std::string of_2 = "sha-256=:1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR+Q2jpmbuwTqzU=:";
    const auto with = [](std::string_view name, std::string_view line, std::string_view data) {
        return part(std::string("; filename=\"").append(name).append("\"\r\n").append(line), data);
    };
    Serving serving;
    struct { std::string line; unsigned status; } const table[] = {
        {"Repr-Digest: " + of_1, 200}, {"content-digest: " + of_1, 200}, {"Repr-Digest: md5=:AA==:", 200},
        {"Repr-Digest: " + of_2 + "\r\nRepr-Digest: " + of_1, 200}, {"Repr-Digest: " + of_2, 400},
        {"Repr-Digest: " + of_1 + "\r\nContent-Digest: " + of_2, 400}, {"Repr-Digest: sha-256=:AA==:", 400},
        {"Repr-Digest: sha-256", 400},
    };
    for (const auto& row : table) {
        CAPTURE(row.line);
        CHECK(post(serving, "/d/", with("one", row.line, "1") + std::string(closing)) == row.status);
        CHECK(stored_in_d(serving).empty() == (row.status != 200));
        std::filesystem::remove_all(serving.root() / "d");
    }
    // What was stored before it stays.
    CHECK(post(serving, "/d/", file_part("zero", "0") + with("one", "Repr-Digest: " + of_2, "1") + std::string(closing)) == 400);
    CHECK(stored_in_d(serving) == Names{"zero"});
}

TEST_CASE("a form whose own digest does not hold stores none of its files") {  // RFC 9530 2
    using store::Hasher;
    Serving serving;
    const auto post_with = [&](const std::string& claimed, const std::string& sent, std::size_t piece) {
        DigestAlgorithms algorithms;
        algorithms.add(DigestAlgorithm::sha_256);
        Hasher hasher(algorithms);
        hasher.update(claimed);
        const DigestSet digests = hasher.finish();
        const std::string line = http::digest_line(http::KnownField::repr_digest, *digests.find(DigestAlgorithm::sha_256));
        Feeding upload(serving, form_head("/d/", sent.size(), line));
        upload.feed_pieces(sent, piece);
        return upload.status();
    };
    std::string form;
    for (std::size_t i = 0; i < limits::held_files_max; ++i) form += file_part("f" + std::to_string(i), "x");
    const std::string too_many = form + file_part("more", "x") + std::string(closing);
    form += closing;
    form += "epilogue";
    const auto stored = [&] { return stored_in_d(serving).size(); };
    CHECK(post_with("another", form, 7) == 400);
    CHECK(stored() == 0);
    CHECK(post_with(too_many, too_many, 1000) == 413);
    CHECK(stored() == 0);
    for (const std::size_t piece : {std::size_t{1}, form.size()}) {
        CHECK(post_with(form, form, piece) == 200);
        CHECK(stored() == limits::held_files_max);
    }
}

TEST_CASE("forms that come with a digest hold no more files together than the server can spare") {
    Serving serving({.held_files_max = 3});
    const auto& held = serving.server().held_files();
    const std::string two = file_part("one", "1") + file_part("two", "2");
    const std::string form = two + std::string(closing);
    DigestAlgorithms algorithms;
    algorithms.add(DigestAlgorithm::sha_256);
    store::Hasher hasher(algorithms);
    hasher.update(form);
    const DigestSet digests = hasher.finish();
    const std::string line = http::digest_line(http::KnownField::repr_digest, *digests.find(DigestAlgorithm::sha_256));
    {
        Feeding slow(serving, form_head("/d/", form.size(), line));
        slow.feed(form.substr(0, form.size() - 2));
        CHECK(slow.status() == 0);
        CHECK(held.free() == 1);
        Feeding late(serving, form_head("/d/", form.size(), line));
        late.feed(form);
        CHECK(late.status() == 503);
        CHECK(late.answer().fields.find("Retry-After: 1\r\n") != std::string::npos);
        CHECK(late.answer().body.find("open files") != std::string::npos);
        CHECK(post(serving, "/other/", form) == 200);  // without a digest nothing waits
    }
    CHECK(held.free() == 3);  // cut off, and refused
    CHECK(stored_in_d(serving).empty());
    for (const unsigned status : {200U, 400U}) {
        const std::string sent = status == 200 ? form : file_part("one", "x") + file_part("two", "2") + std::string(closing);
        {
            Feeding upload(serving, form_head("/d/", sent.size(), line));
            upload.feed(sent);
            CHECK(upload.status() == status);
        }
        CHECK(held.free() == 3);
    }
}

TEST_CASE("a form whose answer would name too much is refused, and what it stored before is named") {
    Serving serving;
    std::string folder = "/";
    for (int i = 0; i < 14; ++i) folder.append(200, '&').append("/");  // five bytes each on a page, once more in its links
    std::string form;
    for (int i = 0; i < 500; ++i) form += file_part(std::to_string(i), "x");
    form += closing;
    const auto asked_for = [&](std::string_view type) {
        Feeding upload(serving, form_head(folder, form.size(), std::string("Accept: ").append(type).append("\r\n")));
        upload.feed_pieces(form, 4000);
        CHECK(upload.answer().body.size() < limits::form_answer_bytes + 16 * 1024);
        return upload.status();
    };
    CHECK(asked_for("text/html") == 413);
    CHECK(asked_for("text/plain") == 200);
    CHECK(names_below(serving.root().path()).size() >= 500);
}
