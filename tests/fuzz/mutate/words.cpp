// SPDX-License-Identifier: MIT
// The word lists. Order means nothing; a word given twice is met twice as often.
#include "words.hpp"

#include <array>

namespace filesrv::mutate::words {
namespace {

using namespace std::string_view_literals;

// A word a line would be long.
// clang-format off

// RFC 9110 §9.
constexpr std::array method_words{
    "GET"sv, "HEAD"sv, "POST"sv, "PUT"sv, "DELETE"sv, "OPTIONS"sv, "TRACE"sv, "PATCH"sv, "CONNECT"sv,
    "get"sv, "GETT"sv, "G"sv, "PROPFIND"sv, "PRI"sv, ""sv, "GET\t"sv, "M-SEARCH"sv};

// RFC 9112 §3.2; traversal, doubled slashes, overlong UTF-8, encoded separators.
constexpr std::array target_words{
    "/"sv, "*"sv, "/f"sv, "/a/b.txt"sv, "/a"sv, "/a/"sv, "/site/"sv, "/site"sv, "/big.bin"sv, "/empty"sv,
    "/pre.txt"sv, "/made/x"sv, "/made/y"sv, "/made/deep/er/z"sv, "/f/"sv, "/f/g"sv, "/.hidden"sv,
    "/.filesrv-staging/"sv, "/../outside"sv, "/%2e%2e/outside"sv, "/a/..%2f..%2foutside"sv, "/leave"sv,
    "/leave/outside"sv, "/inside"sv, "//f"sv, "//evil.example/"sv, "/a//b.txt"sv, "/a/./b.txt"sv,
    "/a/../f"sv, "/%66"sv, "/%00"sv, "/f%00.txt"sv, "/%c0%ae%c0%ae/"sv, "/\\..\\outside"sv, "/%"sv, "/%4"sv,
    "/%zz"sv, "/?json"sv, "/a/?json"sv, "/f?x=/../y"sv, "/f#g"sv, "http://localhost/f"sv,
    "http://[::1]:80/"sv, "HTTP://LOCALHOST:/a"sv, "https://localhost/f"sv, "http://user@localhost/f"sv,
    "http:///f"sv, "localhost:80"sv, "f"sv, ""sv, "/pipe"sv, "/\xc3\xa9\xff"sv};

constexpr std::array version_words{
    "HTTP/1.1"sv, "HTTP/1.0"sv, "HTTP/1.2"sv, "HTTP/2.0"sv, "HTTP/0.9"sv, "HTTP/1.10"sv, "http/1.1"sv,
    "HTTP/1,1"sv, "HTTP/11"sv, ""sv, "HTTP/1.1 "sv, "HTTP/9.9"sv};

constexpr std::array name_words{
    "Host"sv, "Content-Length"sv, "Transfer-Encoding"sv, "Connection"sv, "Expect"sv, "Range"sv,
    "If-Range"sv, "If-Match"sv, "If-None-Match"sv, "If-Modified-Since"sv, "If-Unmodified-Since"sv,
    "Accept"sv, "Accept-Encoding"sv, "Content-Type"sv, "Content-Encoding"sv, "Content-Range"sv,
    "Repr-Digest"sv, "Content-Digest"sv, "Want-Repr-Digest"sv, "Want-Content-Digest"sv, "Origin"sv,
    "Sec-Fetch-Site"sv, "Referer"sv, "User-Agent"sv, "Trailer"sv, "TE"sv, "Upgrade"sv, "Keep-Alive"sv,
    "Date"sv, "Cookie"sv, "X-Forwarded-For"sv, "Content-Disposition"sv, "content_length"sv,
    "Content-Length "sv, ""sv, "X"sv};

constexpr std::array value_words{
    "localhost"sv, "localhost:8080"sv, "[::1]"sv, "[::1]:80"sv, "example.org"sv, "127.0.0.1"sv, "0"sv,
    "5"sv, "chunked"sv, "gzip, chunked"sv, "chunked, chunked"sv, "identity"sv, "xchunked"sv, "close"sv,
    "keep-alive"sv, "keep-alive, close"sv, "Upgrade, HTTP2-Settings"sv, "100-continue"sv, "200-ok"sv,
    "bytes=0-0"sv, "bytes=-1"sv, "bytes=1-"sv, "bytes=0-1,3-4,-1"sv, "bytes=5-2"sv, "bytes=-0"sv,
    "bytes=999-,1000-"sv, "bytes=0-,0-,0-,0-,0-,0-,0-,0-"sv, "bytes=0-0,2-2,4-4,6-6,8-8,10-10"sv,
    "BYTES=0-1"sv, "lines=1-2"sv, "*"sv, "\"x\""sv, "W/\"x\""sv, "\"a\", \"b\""sv, "\""sv,
    "Sun, 06 Nov 1994 08:49:37 GMT"sv, "Sunday, 06-Nov-94 08:49:37 GMT"sv, "Sun Nov  6 08:49:37 1994"sv,
    "Fri, 31 Dec 9999 23:59:59 GMT"sv, "Thu, 01 Jan 1970 00:00:00 GMT"sv, "*/*"sv, "application/json"sv,
    "text/html;q=0.5, */*;q=0.1"sv, "gzip;q=1.0, br, zstd;q=0.001"sv, "*;q=0"sv, "identity;q=0, *;q=0"sv,
    "multipart/form-data; boundary=B"sv, "multipart/form-data; boundary=\"B\""sv, "multipart/form-data"sv,
    "text/plain;charset=utf-8"sv, "bytes 0-4/5"sv, "bytes */*"sv,
    "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"sv, "sha-256=:AAAA:, sha-512=:AAAA:"sv,
    "sha-256=1, sha-512=9"sv, "sha-256"sv, "unixsum=:AA==:"sv, "null"sv, "http://localhost"sv,
    "http://evil.example"sv, "same-origin"sv, "cross-site"sv, "none"sv, ""sv, ","sv, ";"sv, "h2c"sv,
    "trailers"sv, "form-data; name=\"f\"; filename=\"a/../b\""sv};

// 1000 and 5 are sizes of files and bodies in the corpus; 4096, 8192, 32768 are limits of lines and heads.
constexpr std::array number_words{
    "0"sv, "1"sv, "4"sv, "5"sv, "6"sv, "-1"sv, "+1"sv, "00"sv, "0x5"sv, "0_5"sv, "1e3"sv, "5 "sv, ""sv,
    "999"sv, "1000"sv, "1001"sv, "4095"sv, "4096"sv, "4097"sv, "8192"sv, "32768"sv, "65535"sv, "65536"sv,
    "2147483647"sv, "2147483648"sv, "4294967295"sv, "4294967296"sv, "9223372036854775807"sv,
    "9223372036854775808"sv, "18446744073709551615"sv, "18446744073709551616"sv,
    "99999999999999999999999999"sv, "ffffffffffffffff"sv, "7fffffffffffffff"sv, "10000000000000000"sv,
    "0000000000000005"sv, "\xd9\xa5"sv};

constexpr std::array separator_words{
    "\r"sv, "\n"sv, "\r\n"sv, "\n\r"sv, "\r\r\n"sv, "\r\n\r\n"sv, "\r\n "sv, "\r\n\t"sv, "\0"sv, " "sv,
    "\t"sv, ":"sv, ": "sv, " :"sv, ","sv, ";"sv, "="sv, "\""sv, "\\"sv, "%"sv, "/"sv, ".."sv, "?"sv, "#"sv,
    "\x7f"sv, "\x80"sv, "\xff"sv, "\v"sv, "\f"sv, "--B\r\n"sv, "--B--"sv, "0\r\n\r\n"sv};

// clang-format on

}  // namespace

std::span<const std::string_view> methods() noexcept {
    return method_words;
}
std::span<const std::string_view> targets() noexcept {
    return target_words;
}
std::span<const std::string_view> versions() noexcept {
    return version_words;
}
std::span<const std::string_view> field_names() noexcept {
    return name_words;
}
std::span<const std::string_view> values() noexcept {
    return value_words;
}
std::span<const std::string_view> numbers() noexcept {
    return number_words;
}
std::span<const std::string_view> separators() noexcept {
    return separator_words;
}

}  // namespace filesrv::mutate::words
