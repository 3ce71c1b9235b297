// SPDX-License-Identifier: MIT
#include "http/accept.hpp"

#include "parsed.hpp"

#include <doctest/doctest.h>

using namespace filesrv::http;
using test::Parsed;

TEST_CASE("listings are JSON for who asks for it, HTML for the rest") {  // RFC 9110 12.5.1
    struct Row {
        const char* fields;
        bool json, html;
    };
    for (const Row& row :
         {Row{"", false, false},
          {"Accept: */*\r\n", false, false},
          {"Accept:\r\n", false, false},
          {"Accept: application/json\r\n", true, false},
          {"Accept: Application/JSON;charset=utf-8\r\n", true, false},
          {"Accept: application/json, text/plain, */*\r\n", true, false},
          {"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n", false,
           true},
          {"Accept: text/html, application/json\r\n", false, true},
          {"Accept: text/html;q=0.5, application/json\r\n", true, false},
          {"Accept: text/html;q=0.5\r\nAccept: application/json;q=0.6\r\n", true, false},
          {"Accept: application/json;q=0\r\n", false, false},
          {"Accept: application/*\r\n", true, false},
          {"Accept: text/*, application/json;q=0.9\r\n", false, false},
          {"Accept: application/json;q=2\r\n", false, false},
          {"Accept: application/json;q=0.1234\r\n", false, false},
          {"Accept: application/json;q=1.001\r\n", false, false},
          {"Accept: application/json;q=\"1\"\r\n", false, false},
          {"Accept: application\r\n", false, false},
          {"Accept: application/json;q\r\n", false, false},
          {"Accept: application/json;=1\r\n", false, false},
          {"Accept: ,,application/json,,\r\n", true, false}}) {
        CAPTURE(row.fields);
        const Parsed parsed(test::get_with(row.fields));
        CHECK(prefers_json(parsed.head) == row.json);
        CHECK(prefers_html(parsed.head) == row.html);
    }
}

TEST_CASE("the most specific range decides") {  // RFC 9110 12.5.1, its example
    const Parsed parsed(test::get_with("Accept: text/*;q=0.3, text/plain;q=0.7, */*;q=0.5\r\n"));
    CHECK(accept_weight(parsed.head, "text", "plain") == 700);
    CHECK(accept_weight(parsed.head, "text", "html") == 300);
    CHECK(accept_weight(parsed.head, "image", "jpeg") == 500);
    CHECK(accept_weight(Parsed(test::get_with("")).head, "image", "jpeg") == 1000);
}

TEST_CASE("codings have weights, too") {  // RFC 9110 12.5.3
    const auto weight = [](const char* fields, const char* coding) {
        return encoding_weight(Parsed(test::get_with(fields)).head, coding);
    };
    CHECK(weight("", "gzip") == 0);
    CHECK(weight("Accept-Encoding:\r\n", "gzip") == 0);
    CHECK(weight("Accept-Encoding: gzip, br;q=0.5\r\n", "br") == 500);
    CHECK(weight("Accept-Encoding: GZIP\r\n", "gzip") == 1000);
    CHECK(weight("Accept-Encoding: *, gzip;q=0\r\n", "gzip") == 0);
    CHECK(weight("Accept-Encoding: *;q=0.2\r\n", "zstd") == 200);
}
