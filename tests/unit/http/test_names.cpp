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
    for (const Method method :
         {Method::post, Method::put, Method::delete_, Method::patch, Method::connect, Method::unknown}) {
        CHECK_FALSE(is_safe(method));
    }
}

TEST_CASE("1xx, 204 and 304 end with their head") {  // RFC 9112 6.3
    CHECK_FALSE(has_body(Status::continue_));
    CHECK_FALSE(has_body(Status::no_content));
    CHECK_FALSE(has_body(Status::not_modified));
    CHECK(has_body(Status::ok));
    CHECK(has_body(Status::precondition_failed));
    CHECK(reason(Status::range_not_satisfiable) == "Range Not Satisfiable");
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
