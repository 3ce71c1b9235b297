// SPDX-License-Identifier: MIT
#include "serve/answer_text.hpp"

#include <doctest/doctest.h>

#include <array>

#include <nlohmann/json.hpp>

using namespace filesrv;
using namespace filesrv::serve;

namespace {

std::string error(BodyForm form, http::Status status, std::string_view sentence) {
    std::string out;
    append_error_body(out, form, status, sentence);
    return out;
}

std::string upload(BodyForm form, UploadKind kind, std::span<const StoredFile> files) {
    std::string out;
    append_upload_body(out, form, kind, "a b", files);
    return out;
}

const std::array<StoredFile, 2> stored = {StoredFile{.path = "a b/<x>.txt", .size = 1, .etag = "\"e\""},
                                          StoredFile{.path = "y\n200 OK", .size = 2048}};

}  // namespace

TEST_CASE("an error says its status and one sentence") {
    CHECK(error(BodyForm::text, http::Status::not_found, "No such thing.") == "404 Not Found\nNo such thing.\n");
    CHECK(error(BodyForm::text, http::Status::not_found, "") == "404 Not Found\nThere is nothing under this name.\n");
    CHECK(error(BodyForm::json, http::Status::conflict, "\"x\"") == "{\"status\":409,\"error\":\"\\\"x\\\"\"}\n");
    const std::string page = error(BodyForm::html, http::Status::forbidden, "<b>no</b>");
    CHECK(page.find("<h1>403 Forbidden</h1>\n<p>&lt;b&gt;no&lt;/b&gt;</p>") != std::string::npos);
}

TEST_CASE("an error within a form names what is stored and what is not, in every form") {
    const FormProgress progress{.folder = "in", .failed = "in/<bad>\r\nstored /x", .stored = stored};
    const auto told = [](BodyForm form, const FormProgress& came_to) {
        std::string out;
        append_error_body(out, form, http::Status::conflict, "No.", &came_to);
        return out;
    };
    CHECK(told(BodyForm::text, progress) == "409 Conflict\nNo.\nnot stored /in/<bad>??stored /x\n"
                                            "stored /a b/<x>.txt, 1 byte, ETag \"e\"\nstored /y?200 OK, 2048 bytes\n");
    const auto json = nlohmann::json::parse(told(BodyForm::json, progress));
    CHECK(json["failed"] == "/in/<bad>\r\nstored /x");
    CHECK(json["stored"].size() == 2);
    CHECK(json["stored"][0]["path"] == "/a b/<x>.txt");
    const std::string page = told(BodyForm::html, progress);
    CHECK(page.find("Not stored: <bdi>/in/&lt;bad&gt;") != std::string::npos);
    CHECK(page.find("href=\"/a%20b/%3Cx%3E.txt\"") != std::string::npos);
    CHECK(told(BodyForm::text, {}) == "409 Conflict\nNo.\n");
    CHECK(nlohmann::json::parse(told(BodyForm::json, {})) ==
          nlohmann::json{{"status", 409}, {"error", "No."}, {"stored", nlohmann::json::array()}});
}

TEST_CASE("every error status has a sentence of its own or of its class") {
    for (const unsigned code : {400u, 403u, 404u, 405u, 408u, 409u, 411u, 412u, 413u, 414u, 416u, 421u, 431u, 500u, 501u, 503u, 505u, 507u}) {
        const std::string text = error(BodyForm::text, static_cast<http::Status>(code), {});
        CAPTURE(text);
        CHECK(text.starts_with(std::to_string(code) + " "));
        CHECK(text.ends_with(".\n"));
    }
}

TEST_CASE("an upload's JSON has the shape of its kind, not of its count") {
    const auto one = std::span(stored).first(1);
    const nlohmann::json file = {{"path", "/a b/<x>.txt"}, {"size", 1}, {"etag", "\"e\""}};
    CHECK(nlohmann::json::parse(upload(BodyForm::json, UploadKind::body, one)) == file);
    CHECK(nlohmann::json::parse(upload(BodyForm::json, UploadKind::form, one)) == nlohmann::json::array({file}));
    CHECK(nlohmann::json::parse(upload(BodyForm::json, UploadKind::form, stored)).size() == 2);
    CHECK(nlohmann::json::parse(upload(BodyForm::json, UploadKind::form, {})).empty());
}

TEST_CASE("an upload's text has one line a file, whatever the names") {
    CHECK(upload(BodyForm::text, UploadKind::form, stored) ==
          "stored /a b/<x>.txt, 1 byte, ETag \"e\"\nstored /y?200 OK, 2048 bytes\n");
}

TEST_CASE("a form's page links what it stored") {
    const std::string page = upload(BodyForm::html, UploadKind::form, stored);
    CHECK(page.find("<a href=\"/a%20b/%3Cx%3E.txt\"><bdi>/a b/&lt;x&gt;.txt</bdi></a>") != std::string::npos);
    CHECK(page.find("2.0 KiB") != std::string::npos);
}

TEST_CASE("the way back from a form's page leads to the folder, whatever its name and however the address ended") {
    struct Row {
        std::string_view folder;
        std::string_view link;
    };
    for (const Row& row : {Row{"", "/"}, Row{"in", "/in/"}, Row{"a/b c", "/a/b%20c/"}, Row{"50%", "/50%25/"},
                           Row{"what?", "/what%3F/"}, Row{"n#1", "/n%231/"}, Row{"a&b;", "/a%26b%3B/"},
                           Row{"\"q\"'<i>", "/%22q%22%27%3Ci%3E/"}, Row{"Fr\xC3\xBCh", "/Fr%C3%BCh/"}, Row{"\xFF\n", "/%FF%0A/"}}) {
        CAPTURE(row.folder);
        const std::string link = std::string("<p><a href=\"").append(row.link).append("\">Back to the folder</a></p>");
        std::string page;
        append_upload_body(page, BodyForm::html, UploadKind::form, row.folder, stored);
        CHECK(page.find(link) != std::string::npos);
        page.clear();
        const FormProgress progress{.folder = row.folder, .failed = {}, .stored = stored};
        append_error_body(page, BodyForm::html, http::Status::conflict, "No.", &progress);
        CHECK(page.find(link) != std::string::npos);
    }
}

TEST_CASE("content types fit the forms") {
    CHECK(content_type(BodyForm::text) == "text/plain; charset=utf-8");
    CHECK(content_type(BodyForm::html) == "text/html; charset=utf-8");
    CHECK(content_type(BodyForm::json) == "application/json");
}
