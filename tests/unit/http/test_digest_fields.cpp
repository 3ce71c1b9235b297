// SPDX-License-Identifier: MIT
#include "http/digest_fields.hpp"

#include "http/base64.hpp"
#include "parsed.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace filesrv;
using namespace filesrv::http;
using test::Parsed;

namespace {

// Of `{"hello": "world"}` and a line feed, RFC 9530 appendix A and B.1.
constexpr std::string_view sha_256 = "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=";
constexpr std::string_view sha_512 = "YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==";
// Of the same without the line feed.
constexpr std::string_view other_256 = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";

std::string member(std::string_view algorithm, std::string_view base64) {
    return std::string(algorithm).append("=:").append(base64).append(":");
}

const std::string good_256 = member("sha-256", sha_256);
const std::string good_512 = member("sha-512", sha_512);

std::string repr(const std::string& value) { return "Repr-Digest: " + value + "\r\n"; }

std::string told(const DigestSet& set) {
    std::string all;
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        if (const Digest* digest = set.find(algorithm)) all += digest_member(*digest) + ";";
    }
    return all;
}

std::string wanted(const std::string& fields, KnownField which = KnownField::want_repr_digest) {
    const Parsed parsed(test::get_with(fields));
    std::string all;
    const WantedDigests order = wanted_digests(parsed.head, which);
    for (const DigestAlgorithm algorithm : order.best_first()) {
        all.append(name(algorithm)).append(" ");
    }
    return all;
}

}  // namespace

TEST_CASE("base64 comes back as it went") {  // RFC 4648 10
    for (const auto& [plain, coded] : std::vector<std::pair<std::string, std::string>>{
             {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
             {"foobar", "Zm9vYmFy"}}) {
        CAPTURE(plain);
        const std::vector<std::uint8_t> bytes(plain.begin(), plain.end());
        std::string text;
        append_base64(text, bytes);
        CHECK(text == coded);
        std::vector<std::uint8_t> back(plain.size());
        CHECK(decode_base64(coded, back) == plain.size());
        CHECK(back == bytes);
    }
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
            std::string text;
            append_base64(text, bytes);
            std::vector<std::uint8_t> back(2);
            REQUIRE(decode_base64(text, back) == 2U);
            REQUIRE(back == bytes);
        }
    }
}

TEST_CASE("every pair of characters that is no base64 is refused, every other taken") {
    const auto is_digit = [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; };
    std::uint8_t room[4];
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second)};
            const bool is_good = is_digit(static_cast<unsigned char>(first)) && is_digit(static_cast<unsigned char>(second));
            REQUIRE(decode_base64(text, room).has_value() == is_good);
        }
    }
}

TEST_CASE("base64 may lack its padding or have bits left over, and nothing else") {  // RFC 8941 4.2.7
    std::uint8_t room[8];
    for (const auto& [text, length] : std::vector<std::pair<std::string_view, int>>{
             {"Zg", 1}, {"Zm8", 2}, {"Zh==", 1}, {"Zm9", 2}, {"Z", -1}, {"=", -1}, {"==", -1}, {"Zg=", -1}, {"Zg===", -1},
             {"Z===", -1}, {"Zm9v=", -1}, {"Zm9v==", -1}, {"Zm9vY", -1}, {"Z=g=", -1}, {"Zg==Zg==", -1}, {"Zg ==", -1},
             {"Zm9vYmFyZm9vYmFy", 12}}) {
        CAPTURE(text);
        const auto found = decode_base64(text, room);
        CHECK((found ? static_cast<int>(*found) : -1) == length);
    }
}

TEST_CASE("a digest is written as it was read") {  // RFC 9530 appendix B.1
    const Parsed parsed(test::get_with(repr(good_256) + "Content-Digest: " + good_512 + "\r\n"));
    const auto claimed = claimed_digests(parsed.head);
    REQUIRE(claimed);
    CHECK(told(claimed->repr) == good_256 + ";");
    CHECK(told(claimed->content) == good_512 + ";");
    CHECK(claimed->algorithms().contains(DigestAlgorithm::sha_256));
    CHECK(claimed->algorithms().contains(DigestAlgorithm::sha_512));
    CHECK(digest_line(KnownField::repr_digest, *claimed->repr.find(DigestAlgorithm::sha_256)) ==
          "Repr-Digest: " + good_256 + "\r\n");
}

TEST_CASE("digests that a client claims are found in all their spellings") {  // RFC 9530 2 and 3, RFC 8941 3.2
    const std::string md5 = "md5=:Sd/dVLAcvNLSq16eXua5uQ==:";
    for (const auto& [fields, expected] : std::vector<std::pair<std::string, std::string>>{
             {"", ""},
             {repr(""), ""},
             {repr(md5), ""},
             {repr("foo, bar=1, baz=(1 2), sha=tok"), ""},
             {repr(md5 + ", " + good_256 + ",unixsum=:AQ==:"), good_256 + ";"},
             {repr(good_512 + " ,\t" + good_256), good_256 + ";" + good_512 + ";"},
             {repr(good_256) + repr(good_512), good_256 + ";" + good_512 + ";"},
             {repr(good_256 + ";note=\"x\""), good_256 + ";"},
             // The last of one key counts, also over lines, and also when an earlier one is of no use.
             {repr(member("sha-256", other_256) + ", " + good_256), good_256 + ";"},
             {repr(member("sha-256", other_256)) + repr(good_256), good_256 + ";"},
             {repr("sha-256=:AQ==:, " + good_256), good_256 + ";"},
             {repr("sha-256=1, " + good_256), good_256 + ";"},
             {repr(member("sha-256", sha_256.substr(0, 43))), good_256 + ";"},
         }) {
        CAPTURE(fields);
        const Parsed parsed(test::get_with(fields));
        const auto claimed = claimed_digests(parsed.head);
        REQUIRE(claimed);
        CHECK(told(claimed->repr) == expected);
        CHECK(claimed->content.empty());
    }
}

TEST_CASE("a digest field that is malformed, or of the wrong length, is refused") {  // RFC 9530 2, RFC 8941 4.2
    for (const std::string& value : std::vector<std::string>{
             std::string(sha_256), "sha-256", "sha-256=" + std::string(sha_256), "sha-256=\"" + std::string(sha_256) + "\"",
             "SHA-256=:" + std::string(sha_256) + ":", good_256 + ",", "," + good_256, good_256 + " " + good_512,
             member("sha-256", "!"), member("sha-256", std::string(sha_256).append("=")), "sha-256=:" + std::string(sha_256),
             "sha-256=::", "sha-256=1", "sha-256=?1", "sha-256=(" + good_256 + ")", member("sha-256", sha_512),
             member("sha-512", sha_256), member("sha-256", "AQ=="), good_256 + ", sha-256=:AQ==:", good_256 + ", sha-256",
             "md5=:A:", good_256 + ", foo=:A=A:"}) {
        CAPTURE(value);
        for (const std::string field : {"Repr-Digest", "Content-Digest"}) {
            const Parsed parsed(test::get_with(field + ": " + value + "\r\n"));
            const auto claimed = claimed_digests(parsed.head);
            REQUIRE_FALSE(claimed);
            CHECK(claimed.error().status == Status::bad_request);
            CHECK(claimed.error().detail.find(field) != std::string_view::npos);
        }
    }
}

TEST_CASE("one false claim is enough") {  // RFC 9530 2 and 3
    const std::string content = "Content-Digest: ";
    const auto claims = [](const std::string& fields) {
        const Parsed parsed(test::get_with(fields));
        return *claimed_digests(parsed.head);
    };
    const DigestSet real = claims(repr(good_256 + ", " + good_512)).repr;
    CHECK(claims("").find_false(real) == nullptr);
    CHECK(claims(repr(good_256) + content + good_512 + "\r\n").find_false(real) == nullptr);
    const std::string lie = member("sha-256", other_256);
    for (const std::string& fields :
         {repr(lie), repr(lie + ", " + good_512), content + lie + "\r\n", repr(good_256) + content + lie + "\r\n"}) {
        CAPTURE(fields);
        const ClaimedDigests claimed = claims(fields);
        const Digest* found = claimed.find_false(real);
        REQUIRE(found != nullptr);
        CHECK(digest_member(*found) == lie);
    }
}

TEST_CASE("wanted digests come in the order of their preferences") {  // RFC 9530 4 and appendix C
    const std::string field = "Want-Repr-Digest: ";
    for (const auto& [value, expected] : std::vector<std::pair<std::string, std::string>>{
             {"", ""},
             {"sha-256=1", "sha-256 "},
             {"sha-512=3, sha-256=10, unixsum=0", "sha-256 sha-512 "},
             {"sha-256=3, sha-512=10", "sha-512 sha-256 "},
             {"sha-512=5, sha-256=5", "sha-256 sha-512 "},
             {"sha-256=0, sha-512=1", "sha-512 "},
             {"sha-256=0", ""},
             {"sha-256=-0", ""},
             {"md5=10, sha=9", ""},
             {"md5=99, sha-512=1, x=\"y\"", "sha-512 "},
             {"sha-256=10, sha-256=0", ""},
             {"sha-256=010", "sha-256 "},
             // Of no use, so it counts as not sent (RFC 8941 4.2).
             {"sha-256=11, sha-512=1", ""},
             {"sha-256=-1", ""},
             {"sha-256=1.0", ""},
             {"sha-256", ""},
             {"sha-256=:AQ==:", ""},
             {"sha-256=1,", ""},
             {"SHA-256=1", ""},
         }) {
        CAPTURE(value);
        CHECK(wanted(field + value + "\r\n") == expected);
    }
    CHECK(wanted("") == "");
    CHECK(wanted(field + "sha-512=9\r\n" + field + "sha-256=10\r\n") == "sha-256 sha-512 ");
    CHECK(wanted("Want-Content-Digest: sha-512=9\r\n") == "");
    CHECK(wanted("Want-Content-Digest: sha-512=9\r\n", KnownField::want_content_digest) == "sha-512 ");
}
