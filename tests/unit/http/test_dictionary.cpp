// SPDX-License-Identifier: MIT
#include "http/dictionary.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace filesrv::http;

namespace {

/// `key(kind)text` of each member; nothing when malformed.
std::optional<std::vector<std::string>> read(std::string_view line) {
    static constexpr std::string_view kinds[] = {"?", "int", "dec", "str", "tok", "bytes", "list"};
    DictionaryReader reader(line);
    DictionaryMember member;
    std::vector<std::string> members;
    for (;;) {
        switch (reader.next(member)) {
            case DictionaryReader::Step::malformed: return std::nullopt;
            case DictionaryReader::Step::end: return members;
            case DictionaryReader::Step::member: break;
        }
        members.push_back(std::string(member.key) + "(" + std::string(kinds[static_cast<int>(member.kind)]) + ")" +
                          std::string(member.text));
    }
}

}  // namespace

TEST_CASE("dictionaries are read member by member") {  // RFC 8941 3.2 and 4.2.2
    struct Row {
        std::string_view line;
        std::vector<std::string> members;
    };
    for (const Row& row : std::vector<Row>{
             {"", {}},
             {"   ", {}},
             {"a=1", {"a(int)1"}},
             {"  a=1  ", {"a(int)1"}},
             {"a=1,b=2", {"a(int)1", "b(int)2"}},
             {"a=1 \t,\t b=2", {"a(int)1", "b(int)2"}},
             {"a", {"a(?)"}},
             {"a, b;x=1, c", {"a(?)", "b(?)", "c(?)"}},
             {"a=?0, b=?1", {"a(?)?0", "b(?)?1"}},
             {"*a.b-c_9=-12", {"*a.b-c_9(int)-12"}},
             {"a=123456789012345", {"a(int)123456789012345"}},
             {"a=-1.500", {"a(dec)-1.500"}},
             {"a=123456789012.1", {"a(dec)123456789012.1"}},
             {R"-(a="x,y\"z\\")-", {R"-(a(str)"x,y\"z\\")-"}},
             {"a=*t/o:k!en, b=Tok", {"a(tok)*t/o:k!en", "b(tok)Tok"}},
             {"a=::, b=:AQ==:", {"a(bytes)", "b(bytes)AQ=="}},
             {"a=:AQ==:;q=1;  r=\"x\";s", {"a(bytes)AQ=="}},
             {"a=(), b=(1 \"two\";x  three );y", {"a(list)()", "b(list)(1 \"two\";x  three )"}},
             {"a=1, a=2", {"a(int)1", "a(int)2"}},
         }) {
        CAPTURE(row.line);
        const auto members = read(row.line);
        REQUIRE(members);
        CHECK(*members == row.members);
    }
}

TEST_CASE("what is no dictionary is refused whole") {  // RFC 8941 4.2
    for (const std::string_view line :
         {",", "a=1,", "a=1, ", ",a=1", "a=1,,b=2", "a=1 b=2", "A=1", "1a=1", "-a=1", "a =1", "a= 1", "a=", "=1", "a=1;",
          "a=1; ", "a=1;B", "a=1;x=", "a=-", "a=1.", "a=.5", "a=1.2345", "a=1234567890123456", "a=1234567890123.1",
          "a=1.2.3", "a=+1", "a=\"", "a=\"x", R"-(a="\x")-", R"(a="\)", "a=\"\x7f\"", "a=\"\xc3\xa4\"", "a=\"\t\"",
          "a=?", "a=?2", "a=?01", "a=:AQ==", "a=:A Q:", "a=:A-Q_:", "a=:AQ==:x", "a=(", "a=(1", "a=(1,2)", "a=(1\"x\")",
          "a=(1)x", "a=((1))", "a=(\t1)", "a={1}", "a='x'", "a=1\tb", "a==1", "\ta=1", "a=@1", "a=1 ;x", "a;=1"}) {
        CAPTURE(line);
        CHECK_FALSE(read(line));
    }
}

TEST_CASE("a dictionary cut or changed at any byte never reads beyond its end") {
    const std::string line = R"(a=1, b="x\"y";p=(, c=:AQ==:;q=?1;r=t/k, d=(1 2.5 "s";t), *e)";
    for (std::size_t length = 0; length <= line.size(); ++length) {
        for (int c = 0; c < 256; ++c) {
            // On the heap, exactly as long as it is: a sanitizer sees the first byte too many.
            std::vector<char> cut(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(length));
            if (!cut.empty()) cut.back() = static_cast<char>(c);
            (void)read({cut.data(), cut.size()});
        }
    }
}
