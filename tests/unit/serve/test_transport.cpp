// SPDX-License-Identifier: MIT
// From a file to a socket, by either way, in slices as the socket takes them.
#include "serve/transport.hpp"

#include <doctest/doctest.h>

#include <signal.h>

#include <array>
#include <cerrno>
#include <string>

#include "../store/temp_folder.hpp"
#include "os/open.hpp"
#include "os/send_file.hpp"
#include "socket_pair.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using filesrv::test::SocketPair;

namespace {

os::UniqueFd open_file(const test::fs::path& path) {
    auto file = os::open_path(path.c_str(), os::OpenMode::read);
    REQUIRE(file);
    return std::move(*file);
}

/// Sends a slice to its end, or to the file's; the reader takes `at_once` whenever the socket blocks.
std::string send_all(os::Fd file, FileSlice slice, std::span<char> scratch, std::size_t at_once) {
    SocketPair sockets;
    std::string received;
    while (slice.length > 0) {
        const os::IoResult sent = send_file(sockets.sender(), file, slice, scratch);
        if (sent.would_block()) {
            REQUIRE(sockets.receive(received, at_once) > 0);
            continue;
        }
        REQUIRE(sent.error == 0);
        if (sent.bytes == 0) break;
        REQUIRE(sent.bytes <= slice.length);
        slice.offset += sent.bytes;
        slice.length -= sent.bytes;
    }
    sockets.receive(received, ~std::size_t{0});
    return received;
}

std::string content() {
    std::string text;
    for (int i = 0; text.size() < 100'000; ++i) text.append(std::to_string(i)).append(" ");
    return text;
}

}  // namespace

TEST_CASE("a slice of a file arrives whole, however often the socket blocks") {
    const test::TempFolder folder;
    const std::string text = content();
    test::write_file(folder / "file", text);
    const os::UniqueFd file = open_file(folder / "file");
    std::array<char, 100> scratch;
    for (const std::size_t at_once : {1'000u, 4'096u, 50'000u}) {
        CHECK((send_all(file.get(), {.offset = 0, .length = text.size()}, scratch, at_once) == text));
        CHECK((send_all(file.get(), {.offset = 777, .length = 40'001}, scratch, at_once) == text.substr(777, 40'001)));
        CHECK(send_all(file.get(), {.offset = text.size() - 1, .length = 1}, scratch, at_once) == text.substr(text.size() - 1));
    }
}

TEST_CASE("a file that has shrunk ends with 0 bytes and no error") {
    const test::TempFolder folder;
    test::write_file(folder / "file", content());
    const os::UniqueFd file = open_file(folder / "file");
    std::array<char, 100> scratch;
    test::fs::resize_file(folder / "file", 500);
    SocketPair sockets;
    CHECK(send_all(file.get(), {.offset = 0, .length = 5'000}, scratch, 1'000) == content().substr(0, 500));
    for (const std::uint64_t offset : {500u, 501u, 90'000u}) {
        const os::IoResult sent = send_file(sockets.sender(), file.get(), {.offset = offset, .length = 10}, scratch);
        CHECK(sent.is_end());
    }
}

TEST_CASE("where there is no sendfile the bytes are copied, a scratch buffer at a time") {
    const std::string text = test::read_file("/proc/self/cmdline");
    REQUIRE(text.size() > 1);
    const os::UniqueFd file = open_file("/proc/self/cmdline");
    SocketPair sockets;
    const os::IoResult direct = os::send_file(sockets.sender(), file.get(), 0, 10);
    WARN_MESSAGE(direct.error == EINVAL, "sendfile works here: this tests the direct way once more");
    std::array<char, 3> scratch;
    CHECK(send_all(file.get(), {.offset = 0, .length = text.size()}, scratch, 1'000) == text);
    CHECK(send_all(file.get(), {.offset = 1, .length = 1}, scratch, 1'000) == text.substr(1, 1));
    CHECK(send_all(file.get(), {.offset = 0, .length = text.size() + 100}, scratch, 1'000) == text);  // shorter than said
    CHECK(send_all(file.get(), {.offset = text.size(), .length = 1}, scratch, 1'000).empty());
}

TEST_CASE("a peer that is gone and a file that cannot be read are errors") {
    const test::TempFolder folder;
    test::write_file(folder / "file", "text");
    const os::UniqueFd file = open_file(folder / "file");
    std::array<char, 100> scratch;
    SocketPair sockets;
    CHECK(send_file(sockets.sender(), os::Fd(), {.offset = 0, .length = 4}, scratch).error == EBADF);
    sockets.close_receiver();
    (void)::signal(SIGPIPE, SIG_IGN);  // as the daemon does: sendfile(2) knows no MSG_NOSIGNAL
    const os::IoResult sent = send_file(sockets.sender(), file.get(), {.offset = 0, .length = 4}, scratch);
    CHECK(sent.error == EPIPE);
    CHECK_FALSE(sent.would_block());
    (void)::signal(SIGPIPE, SIG_DFL);
}
