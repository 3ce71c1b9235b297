// SPDX-License-Identifier: MIT
#include "http/content_coding.hpp"

#include "parsed.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace filesrv::http;
using test::Parsed;

namespace {

/// The names of the codings to try, in order.
std::string wanted(const char* fields) {
    const Parsed parsed(test::get_with(fields));
    REQUIRE(parsed.verdict() == 0);
    std::string names;
    for (const Coding coding : wanted_codings(parsed.head)) {
        if (!names.empty()) names += ' ';
        names += coding_name(coding);
    }
    return names;
}

}  // namespace

TEST_CASE("codings are tried by weight, equals by their usual size, none below identity") {  // RFC 9110 12.5.3
    struct Row {
        const char* fields;
        const char* codings;
    };
    for (const Row& row : {
             Row{"", ""},
             {"Accept-Encoding:\r\n", ""},
             {"Accept-Encoding: identity\r\n", ""},
             {"Accept-Encoding: gzip\r\n", "gzip"},
             {"Accept-Encoding: GZip\r\n", "gzip"},
             {"Accept-Encoding: x-gzip\r\n", "gzip"},  // 8.4.1.3
             {"Accept-Encoding: deflate, compress\r\n", ""},
             {"Accept-Encoding: gzip, deflate, br, zstd\r\n", "zstd br gzip"},
             {"Accept-Encoding: gzip;q=1.0, br;q=0.9, zstd;q=0.95\r\n", "gzip zstd br"},
             {"Accept-Encoding: gzip;q=0.001\r\n", "gzip"},
             {"Accept-Encoding: gzip;q=0\r\n", ""},
             {"Accept-Encoding: gzip;q=0.000, br\r\n", "br"},
             {"Accept-Encoding: br\r\nAccept-Encoding: gzip;q=0.5\r\n", "br gzip"},
             {"Accept-Encoding: *\r\n", "zstd br gzip"},
             {"Accept-Encoding: *;q=0.5\r\n", "zstd br gzip"},
             {"Accept-Encoding: *;q=0\r\n", ""},
             {"Accept-Encoding: br;q=0, *\r\n", "zstd gzip"},
             {"Accept-Encoding: *;q=0.3, gzip;q=0.8\r\n", "gzip zstd br"},
             {"Accept-Encoding: *;q=0.8, gzip;q=0.3\r\n", "zstd br"},  // the wildcard is identity, too
             {"Accept-Encoding: gzip, *;q=0\r\n", "gzip"},
             {"Accept-Encoding: identity;q=0\r\n", ""},
             {"Accept-Encoding: identity;q=0, gzip;q=0.1\r\n", "gzip"},
             {"Accept-Encoding: identity;q=0.5, gzip;q=0.5, br;q=0.4\r\n", "gzip"},
             {"Accept-Encoding: identity, gzip;q=0.9\r\n", ""},
             {"Accept-Encoding: identity, gzip\r\n", "gzip"},
             {"Accept-Encoding: gzip;q=1.5\r\n", ""},
             {"Accept-Encoding: gzip;q=nan, br\r\n", "br"},
             {"Accept-Encoding: gzip;q=0, gzip\r\n", ""},  // the first of equals
             {"Accept-Encoding: ,, gzip ;q=0.5 ,\r\n", "gzip"},
             {"Accept-Encoding: gzipped, brotli, zst\r\n", ""},
         }) {
        CAPTURE(row.fields);
        CHECK(wanted(row.fields) == row.codings);
    }
}

TEST_CASE("the end of a name tells the coding of a file") {
    struct Row {
        const char* name;
        Coding coding;
    };
    for (const Row& row : {Row{"a.txt.gz", Coding::gzip}, {"a.br", Coding::br}, {"a.tar.zst", Coding::zstd},
                           {"a.txt", Coding::identity}, {"a.gz.txt", Coding::identity}, {"a.GZ", Coding::identity},
                           {"gz", Coding::identity}, {".gz", Coding::identity}, {"", Coding::identity}}) {
        CAPTURE(row.name);
        CHECK(coding_of_name(row.name) == row.coding);
    }
}

TEST_CASE("a coding's ending leads back to it") {
    for (const Coding coding : encoded_codings) {
        CHECK(coding_of_name(std::string("a").append(coding_suffix(coding))) == coding);
        CHECK_FALSE(coding_name(coding).empty());
    }
    CHECK(coding_suffix(Coding::identity).empty());
    CHECK(coding_name(Coding::identity).empty());
}
