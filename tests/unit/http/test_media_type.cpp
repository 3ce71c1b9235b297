// SPDX-License-Identifier: MIT
#include "http/media_type.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace filesrv::http;

TEST_CASE("the usual types, with a charset for text") {  // RFC 9110 8.3
    struct Row {
        const char *name, *type;
    };
    for (const Row& row : {Row{"a.txt", "text/plain; charset=utf-8"},
                           {"photo.jpg", "image/jpeg"},
                           {"p.JPEG", "image/jpeg"},
                           {"p.png", "image/png"},
                           {"index.html", "text/html; charset=utf-8"},
                           {"INDEX.HTM", "text/html; charset=utf-8"},
                           {"a.css", "text/css; charset=utf-8"},
                           {"a.js", "text/javascript; charset=utf-8"},
                           {"a.mjs", "text/javascript; charset=utf-8"},
                           {"a.json", "application/json"},
                           {"a.svg", "image/svg+xml"},
                           {"a.pdf", "application/pdf"},
                           {"a.mp4", "video/mp4"},
                           {"a.wasm", "application/wasm"},
                           {"a.md", "text/markdown; charset=utf-8"},
                           {"a.gz", "application/gzip"},
                           {"a.b.c.png", "image/png"},
                           {".txt", "text/plain; charset=utf-8"},
                           {"README", "text/plain; charset=utf-8"},
                           {"Makefile", "text/plain; charset=utf-8"},
                           {"a.webmanifest", "application/manifest+json"}}) {
        CAPTURE(row.name);
        CHECK(media_type(row.name) == row.type);
    }
}

TEST_CASE("what is unknown is a stream of bytes") {
    for (const std::string& name :
         {std::string(), std::string("a"), std::string("."), std::string("a."), std::string("a.nosuchtype"),
          std::string("txt"), std::string("a.txt "), std::string("a.txt~x"), std::string(255, '.'),
          std::string("a.") + std::string(200, 'x'), std::string("\xff.\xfe"), std::string("xreadme")}) {
        CAPTURE(name);
        CHECK(media_type(name) == "application/octet-stream");
    }
    CHECK(media_type(std::string(250, 'a') + ".png") == "image/png");
}
