// SPDX-License-Identifier: MIT
// Answers by method and code.
#include "serve/answer_counts.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace filesrv;
using http::Method;
using observe::RequestCount;
using serve::AnswerCounts;
using serve::AnswerSum;

TEST_CASE("answers of several threads add up by method and code, sorted") {
    AnswerCounts one;
    AnswerCounts other;
    one.count(Method::put, 201);
    one.count(Method::get, 404);
    one.count(Method::get, 200);
    other.count(Method::get, 200);
    AnswerSum sum;
    sum.add(one);
    sum.add(other);
    const std::vector<RequestCount> wanted{{"GET", 200, 2}, {"GET", 404, 1}, {"PUT", 201, 1}};
    CHECK(sum.counts() == wanted);
}

TEST_CASE("every status that the server knows, and who left, has a place of its own; all else shares one") {
    std::size_t known = 0;
    for (unsigned code = 0; code <= http::code_max; ++code) {
        const bool has_place = code == serve::status_of_no_answer || !http::reason_if_known(static_cast<http::Status>(code)).empty();
        AnswerCounts counts;
        counts.count(Method::unknown, code);
        AnswerSum sum;
        sum.add(counts);
        CHECK(sum.counts() == std::vector<RequestCount>{{"other", has_place ? code : 0, 1}});
        known += has_place ? 1 : 0;
    }
    CHECK(known > 25);
}
