// SPDX-License-Identifier: MIT
#include "http/form_fields.hpp"

#include <doctest/doctest.h>

using namespace filesrv::http;

TEST_CASE("a form's boundary is found") {  // RFC 2046 5.1.1, RFC 7578 4.1
    struct Row {
        const char *type, *boundary;
    };
    for (const Row& row : {Row{"multipart/form-data; boundary=abc", "abc"},
                           {"Multipart/Form-Data;BOUNDARY=\"a b\"", "a b"},
                           {"multipart/form-data; charset=utf-8; boundary=----WebKitFormBoundary7MA4YWxk",
                            "----WebKitFormBoundary7MA4YWxk"},
                           {"multipart/form-data; boundary=\"a\\bc\"", "abc"}}) {
        CAPTURE(row.type);
        CHECK(form_boundary(row.type) == row.boundary);
    }
    for (const char* bad :
         {"", "text/plain", "multipart/form-data", "multipart/form-data; boundary=",
          "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=a b",
          "multipart/form-data boundary=a", "multipart/form-datax; boundary=a", "multipart/mixed; boundary=a",
          "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary=\"a",
          "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=\"a\x80\"",
          "multipart/form-data; boundary=\"a@b\"", "multipart/form-data; xboundary=a",
          "multipart/form-data; boundary=a/b"}) {
        CAPTURE(bad);
        CHECK_FALSE(form_boundary(bad));
    }
    CHECK(form_boundary("multipart/form-data; boundary=" + std::string(70, 'a')));
    CHECK_FALSE(form_boundary("multipart/form-data; boundary=" + std::string(71, 'a')));
}

TEST_CASE("a part's fields name it") {  // RFC 7578 4.2, 4.4
    struct Row {
        const char *lines, *name, *filename, *type;
        bool is_file;
    };
    for (const Row& row :
         {Row{"Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: "
              "text/plain\r\n",
              "f", "a.txt", "text/plain", true},
          {"content-disposition:form-data;name=f\r\n", "f", "", "", false},
          {"Content-Disposition: form-data; name=\"f\"; filename=\"\"\r\n", "f", "", "", true},
          {"Content-Disposition: form-data; name=\"\"; filename=a\r\n", "", "a", "", true},
          {"Content-Disposition: form-data; filename=\"a;b\"; name=\"x\"\r\n", "x", "a;b", "", true},
          {"Content-Disposition: form-data; name=\"f\"; filename=\"say %22hi%22%0d.txt\"\r\n", "f",
           "say \"hi\"%0d.txt", "", true},
          {"Content-Disposition: form-data; name=\"f\"; filename=\"say \\\"hi\\\"\"\r\n", "f", "say \"hi\"",
           "", true},
          {"Content-Disposition: form-data; name=\"f\"; filename=\"C:\\dir\\a.txt\"\r\n", "f",
           "C:\\dir\\a.txt", "", true},
          {"Content-Disposition: form-data; name=\"f\"; filename=\"\xc3\xbc.txt\"\r\n", "f", "\xc3\xbc.txt",
           "", true},
          {"Content-Disposition: form-data; name=\"f\"; filename=\"a\"; filename*=UTF-8''b\r\n", "f", "a", "",
           true},
          {"X: y\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Transfer-Encoding: BINARY\r\n", "f",
           "", "", false}}) {
        CAPTURE(row.lines);
        FormPart part;
        REQUIRE(parse_part_head(row.lines, part));
        CHECK(part.name == row.name);
        CHECK(part.filename == row.filename);
        CHECK(part.content_type == row.type);
        CHECK(part.has_filename == row.is_file);
    }
}

TEST_CASE("malformed fields of a part are refused") {
    FormPart part;
    for (const char* bad :
         {"",
          "Content-Type: text/plain\r\n",
          "Content-Disposition: form-data\r\n",
          "Content-Disposition: attachment; name=\"f\"\r\n",
          "Content-Disposition: form-datax; name=f\r\n",
          "Content-Disposition: form-data; filename=\"f\"\r\n",
          "Content-Disposition: form-data; name=\"f\r\n",
          "Content-Disposition: form-data; name=\"f\\\"\r\n",
          "Content-Disposition: form-data; name=\"f\"x\r\n",
          "Content-Disposition: form-data; name=\r\n",
          "Content-Disposition: form-data; name=\"f\"; name=\"g\"\r\n",
          "Content-Disposition: form-data; name=\"f\"; filename=a; filename=b\r\n",
          "Content-Disposition: form-data; name=\"f\"\r\nContent-Disposition: form-data; name=\"f\"\r\n",
          "Content-Disposition: form-data;\r\n name=\"f\"\r\n",
          "Content-Disposition : form-data; name=\"f\"\r\n",
          "no colon\r\n",
          "Content-Disposition: form-data; name=\"f\"\r\nContent-Transfer-Encoding: base64\r\n",
          "Content-Disposition: form-data; name=\"a\x01\"\r\n",
          "Content-Disposition: form-data; name=\"f\"\nX: y\r\n",
          "Content-Disposition: form-data; name=\"f\""}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_part_head(bad, part));
    }
}

TEST_CASE("of a form's file name the last component counts") {  // RFC 7578 4.2
    struct Row {
        const char *filename, *name;
    };
    for (const Row& row : {Row{"a.txt", "a.txt"},
                           {"/etc/passwd", "passwd"},
                           {"C:\\dir\\a.txt", "a.txt"},
                           {"..\\..\\a", "a"},
                           {"a/b\\c", "c"},
                           {"...", "..."},
                           {".hidden", ".hidden"},
                           {"a\\/b", "b"}}) {
        CHECK(base_name_of_form_filename(row.filename) == row.name);
    }
    for (const char* bad : {"", ".", "..", "/", "a/", "a\\", "a/..", "\\..", "x/."}) {
        CAPTURE(bad);
        CHECK_FALSE(base_name_of_form_filename(bad));
    }
    CHECK_FALSE(base_name_of_form_filename(std::string_view("a\0b", 3)));
}
