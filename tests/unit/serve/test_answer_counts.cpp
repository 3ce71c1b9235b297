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

TEST_CASE("every code that the server may answer has a place of its own") {
    for (const unsigned code : {200U, 201U, 204U, 206U, 301U, 303U, 304U, 307U, 308U, 400U, 403U, 404U, 405U, 406U, 408U, 409U, 411U, 412U,
                                413U, 414U, 415U, 416U, 417U, 421U, 429U, 431U, 499U, 500U, 501U, 503U, 505U, 507U}) {
        AnswerCounts counts;
        counts.count(Method::unknown, code);
        AnswerSum sum;
        sum.add(counts);
        CHECK(sum.counts() == std::vector<RequestCount>{{"other", code, 1}});
    }
}
