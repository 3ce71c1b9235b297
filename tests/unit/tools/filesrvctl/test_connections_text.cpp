// SPDX-License-Identifier: MIT
// Tables of connections on screens of every width: what gives way, and what does not.
#include "tools/filesrvctl/connections_text.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/columns.hpp"
#include "tools/filesrvctl/cut.hpp"

using namespace filesrv;
using namespace filesrv::ctl;

namespace {

using Words = std::vector<std::string>;

observe::ConnectionFacts connection(std::string peer) {
    return {.id = 12345, .peer = std::move(peer), .age_s = 3599, .state = "receiving_head", .method = "GET",
            .target = "/a/name/that/is/longer/than/any/screen/has/room/for/beside/all/the/others.bin", .requests = 99'999,
            .in = 1023ull << 20, .out = 1023ull << 30, .rate = 1023.0 * (1 << 20), .worker = 255, .timeout_s = 19.5,
            .transfer = observe::TransferFacts{.direction = "download", .done = 1023ull << 20, .total = 1023ull << 30}};
}

Words words_of(const std::string& line) {
    std::istringstream stream(line);
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

const std::string longest = "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535";

}  // namespace

TEST_CASE("a peer keeps its port and its beginning, at every width") {
    struct Row {
        std::string peer;
        std::string least;  ///< what is left of it where there is little room
    };
    for (const Row& row : {Row{"127.0.0.1:54321", "127.0.0.1:54321"}, Row{"255.255.255.255:65535", "255.255.255.255:65535"},
                           Row{"[::1]:8080", "[::1]:8080"}, Row{longest, "[2001:db8:123…]:65535"}, Row{"unix", "unix"}}) {
        const std::vector connections{connection(row.peer)};
        for (const std::size_t columns : {60u, 80u, 120u, 0u}) {
            CAPTURE(columns);
            const auto lines = connection_lines(connections, columns, Style(false));
            CAPTURE(lines[1]);
            REQUIRE(lines.size() == 2);
            const Words words = words_of(lines[1]);
            CHECK(words[0] == "12345");
            CHECK(words[1] == (columns == 0 ? row.peer : row.least));
        }
    }
}

TEST_CASE("what does not fit is left out whole, and nothing but names is cut") {
    for (const std::string& peer : {std::string("255.255.255.255:65535"), longest}) {
        const std::vector connections{connection(peer)};
        const auto whole_rows = connection_lines(connections, 0, Style(false));
        const auto whole_transfers = transfer_lines(connections, 0, Style(false));
        for (const std::size_t columns : {60u, 80u, 120u}) {
            for (const auto& [lines, whole] : {std::pair(connection_lines(connections, columns, Style(false)), whole_rows),
                                               std::pair(transfer_lines(connections, columns, Style(false)), whole_transfers)}) {
                CAPTURE(lines[0]);
                CAPTURE(lines[1]);
                for (const std::string& line : lines) CHECK(columns_of(line) <= columns);
                const Words titles = words_of(whole[0]);
                for (const std::string& title : words_of(lines[0])) CHECK(std::ranges::find(titles, title) != titles.end());
                const Words cells = words_of(whole[1]);
                for (const std::string& cell : words_of(lines[1])) {
                    const bool is_bar = cell.starts_with('[') && cell.ends_with(']');
                    const bool is_named = cell.contains("…");
                    CHECK((is_named || is_bar || std::ranges::find(cells, cell) != cells.end()));
                    if (is_named) CHECK((cell.starts_with("/a/") || cell.starts_with("[2001:")));
                }
            }
        }
    }
}

TEST_CASE("a text is cut before the end that it keeps, while there is room for that") {
    CHECK(cut_within("abcdef:12", 9, 3) == "abcdef:12");
    CHECK(cut_within("abcdef:12", 8, 3) == "abcd…:12");
    CHECK(cut_within("abcdef:12", 4, 3) == "…:12");
    CHECK(cut_within("abcdef:12", 3, 3) == "ab…");
    CHECK(cut_within("abcdef:12", 0, 3).empty());
    CHECK(cut_within("äöü€:1", 4, 2) == "ä…:1");
}
