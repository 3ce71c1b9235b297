// SPDX-License-Identifier: MIT
#include "http/grammar.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace filesrv::http;

namespace {

std::vector<std::string> elements(std::string_view list) {
    std::vector<std::string> all;
    while (const auto element = grammar::next_element(list)) all.emplace_back(*element);
    return all;
}

/// `name=value` of each parameter, then "!" when the rest is malformed.
std::string parameters(std::string_view rest) {
    std::string all;
    grammar::Parameter parameter;
    for (;;) {
        switch (grammar::next_parameter(rest, parameter)) {
            case grammar::ParameterResult::end: return all;
            case grammar::ParameterResult::malformed: return all + "!";
            case grammar::ParameterResult::parameter: break;
        }
        all.append(parameter.name).append("=");
        all.append(parameter.quoted ? grammar::unquote(parameter.raw_value)
                                    : std::string(parameter.raw_value))
            .append(" ");
    }
}

}  // namespace

TEST_CASE("a field's value has no control character but the tab, wherever it stands") {  // RFC 9110 5.5
    for (std::size_t length = 1; length < 20; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(length, 'a');
                text[at] = static_cast<char>(byte);
                const bool good = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
                REQUIRE(grammar::is_field_value(text) == good);
            }
        }
    }
    CHECK(grammar::is_field_value(""));
    CHECK(grammar::is_field_value("\xff\xfe\x80\x81 \x9f\xa0~\t"));
}

TEST_CASE("token characters are those of the grammar") {  // RFC 9110 5.6.2
    std::string tokens;
    for (int byte = 0; byte < 256; ++byte) {
        if (grammar::is_token_char(static_cast<char>(byte))) tokens.push_back(static_cast<char>(byte));
    }
    CHECK(tokens == "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
    CHECK_FALSE(grammar::is_token(""));
}

TEST_CASE("lists are split at commas outside of quotes") {  // RFC 9110 5.6.1
    CHECK(elements("a, b ,\tc") == std::vector<std::string>{"a", "b", "c"});
    CHECK(elements("a,,b,") == std::vector<std::string>{"a", "", "b", ""});
    CHECK(elements("x=\"a,b\\\",c\", d") == std::vector<std::string>{"x=\"a,b\\\",c\"", "d"});
    CHECK(elements("\"a,b") == std::vector<std::string>{"\"a,b"});
    CHECK(elements("") == std::vector<std::string>{""});
    CHECK(elements("\"\\") == std::vector<std::string>{"\"\\"});
}

TEST_CASE("parameters are names and values") {  // RFC 9110 5.6.6
    CHECK(parameters("") == "");
    CHECK(parameters("; a=b;c=\"d;e\\\"\"") == "a=b c=d;e\" ");
    CHECK(parameters(" ;; ; a=b ; ") == "a=b ");
    for (const char* bad :
         {"a=b", ";a", ";a=", ";=b", ";a =b", ";a= b", ";a=\"b", ";a=\"b\\", ";a=b c", ";a=\"\x01\""}) {
        CAPTURE(bad);
        CHECK(parameters(bad).ends_with("!"));
    }
    CHECK(parameters(";a=\"\"") == "a= ");
    CHECK(parameters(std::string(100000, ';')) == "");
}
