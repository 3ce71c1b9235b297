// SPDX-License-Identifier: MIT
// Methods, statuses and known fields: the tables of names.
#include "http/known_field.hpp"
#include "http/method.hpp"
#include "http/status.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace filesrv::http;

TEST_CASE("methods are case-sensitive tokens") {  // RFC 9110 9.1
    for (unsigned i = 0; i + 1 < method_count; ++i) {
        const auto method = static_cast<Method>(i);
        CHECK(parse_method(name(method)) == method);
        std::string lowered(name(method));
        lowered[0] = static_cast<char>(lowered[0] + 32);
        CHECK(parse_method(lowered) == Method::unknown);
    }
    for (const char* other : {"", "G", "GETT", "UNKNOWN", "PROPFIND", "GET "})
        CHECK(parse_method(other) == Method::unknown);
}

TEST_CASE("safe methods are those that only ask") {  // RFC 9110 9.2.1
    CHECK(is_safe(Method::get));
    CHECK(is_safe(Method::head));
    CHECK(is_safe(Method::options));
    CHECK(is_safe(Method::trace));
    for (const Method method :
         {Method::post, Method::put, Method::delete_, Method::patch, Method::connect, Method::unknown}) {
        CHECK_FALSE(is_safe(method));
    }
}

TEST_CASE("Allow lists the methods that are offered, and no other") {  // RFC 9110 9.1, 10.2.1, 15.5.6
    struct Row {
        MethodOffer offer;
        const char* allow;
    };
    for (const Row& row : {Row{{.uploads = false, .deletes = false}, "GET, HEAD, OPTIONS"},
                           {{.uploads = true, .deletes = false}, "GET, HEAD, OPTIONS, POST, PUT"},
                           {{.uploads = true, .deletes = true}, "GET, HEAD, OPTIONS, POST, PUT, DELETE"},
                           {{.uploads = false, .deletes = true}, "GET, HEAD, OPTIONS, DELETE"}}) {
        CHECK(allow_list(row.offer) == row.allow);
        const std::string list = std::string(row.allow) + ",";
        for (unsigned i = 0; i < method_count; ++i) {
            const auto method = static_cast<Method>(i);
            const bool is_listed = list.find(std::string(name(method)) + ",") != std::string::npos;
            CAPTURE(name(method));
            CHECK(is_offered(method, row.offer) == is_listed);
        }
    }
}

TEST_CASE("TRACE and CONNECT are never offered") {  // RFC 9110 9.3.6, 9.3.8
    for (const Method method : {Method::trace, Method::connect}) {
        CHECK_FALSE(is_offered(method, {.uploads = true, .deletes = true}));
    }
}

TEST_CASE("204 and 304 end with their head") {  // RFC 9112 6.3
    CHECK_FALSE(has_body(Status::no_content));
    CHECK_FALSE(has_body(Status::not_modified));
    CHECK(has_body(Status::ok));
    CHECK(has_body(Status::precondition_failed));
}

TEST_CASE("a status has the phrase that is registered for it") {  // RFC 9110 15
    const std::pair<Status, std::string_view> rows[] = {
        {Status::ok, "OK"}, {Status::request_timeout, "Request Timeout"}, {Status::length_required, "Length Required"},
        {Status::content_too_large, "Content Too Large"}, {Status::unsupported_media_type, "Unsupported Media Type"},
        {Status::range_not_satisfiable, "Range Not Satisfiable"}, {Status::insufficient_storage, "Insufficient Storage"}};
    for (const auto& [status, phrase] : rows) CHECK(reason(status) == phrase);
}

TEST_CASE("every known field is recognised in any case, and nothing else is") {  // RFC 9110 5.1
    for (std::size_t i = 0; i + 1 < known_field_count; ++i) {
        const auto field = static_cast<KnownField>(i);
        std::string text(name(field));
        CAPTURE(text);
        REQUIRE_FALSE(text.empty());
        CHECK(recognise_field(text) == field);
        for (char& c : text)
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32)
                                     : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        CHECK(recognise_field(text) == field);
        for (std::size_t at = 0; at < text.size(); ++at) {
            std::string other = text;
            other[at] = '_';
            CHECK(recognise_field(other) == KnownField::other);
        }
        CHECK(recognise_field(text + "x") == KnownField::other);
        CHECK(recognise_field(text.substr(1)) != field);
    }
    CHECK(recognise_field("") == KnownField::other);
    CHECK(recognise_field("\r\x10st") == KnownField::other);
}
