// SPDX-License-Identifier: MIT
// Channels between processes: whole messages, descriptors, and the end.
#include "os/channel.hpp"

#include <array>
#include <cerrno>

#include <doctest/doctest.h>

#include "os/socket.hpp"

using namespace filesrv::os;

namespace {

ChannelEnds ends() {
    auto opened = open_channel();
    REQUIRE(opened.has_value());
    return *std::move(opened);
}

filesrv::Result<Message> next(const UniqueFd& end) { return receive_message(end.get(), Patience::none); }

}  // namespace

TEST_CASE("messages stay apart, and the end comes after the last") {
    ChannelEnds channel = ends();
    REQUIRE(send_message(channel.first.get(), "one").has_value());
    REQUIRE(send_message(channel.first.get(), std::string(message_bytes_max, 'x')).has_value());
    channel.first.reset();
    CHECK(next(channel.second)->text == "one");
    CHECK(next(channel.second)->text.size() == message_bytes_max);
    CHECK(next(channel.second)->is_end());
}

TEST_CASE("without patience nobody waits for a message") {
    const ChannelEnds channel = ends();
    const auto message = next(channel.second);
    REQUIRE_FALSE(message.has_value());
    CHECK(message.error().code == EAGAIN);
}

TEST_CASE("whoever sends to nobody gets an error, not a signal") {
    ChannelEnds channel = ends();
    channel.second.reset();
    CHECK(send_message(channel.first.get(), "one").error().code == EPIPE);
}

TEST_CASE("an end that goes with messages unread is an end") {
    ChannelEnds channel = ends();
    REQUIRE(send_message(channel.first.get(), "unread").has_value());
    channel.second.reset();
    const auto message = next(channel.first);
    REQUIRE(message.has_value());
    CHECK(message->is_end());
}

TEST_CASE("descriptors travel, as many as fit and not one more") {
    const ChannelEnds channel = ends();
    const ChannelEnds carried = ends();
    const std::vector<Fd> most(message_fds_max, carried.first.get());
    REQUIRE(send_message(channel.first.get(), "most", most).has_value());
    const auto message = next(channel.second);
    REQUIRE(message.has_value());
    REQUIRE(message->fds.size() == message_fds_max);
    REQUIRE(send_message(message->fds.back().get(), "through a copy").has_value());
    CHECK(next(carried.second)->text == "through a copy");

    const std::vector<Fd> more(message_fds_max + 1, carried.first.get());
    CHECK(send_message(channel.first.get(), "more", more).error().code == EMSGSIZE);
    CHECK(send_message(channel.first.get(), std::string(message_bytes_max + 1, 'x')).error().code == EMSGSIZE);
}

TEST_CASE("words come whole or cut, without what came with them") {
    ChannelEnds channel = ends();
    const ChannelEnds carried = ends();
    const std::vector<Fd> one(1, carried.first.get());
    std::array<char, 5> room;
    CHECK(receive_words(channel.second.get(), room).error().code == EAGAIN);
    REQUIRE(send_message(channel.first.get(), "abc", one).has_value());
    REQUIRE(send_message(channel.first.get(), "abcdefgh").has_value());
    REQUIRE(send_message(channel.first.get(), "last").has_value());
    channel.first.reset();
    for (const char* wanted : {"abc", "abcde", "last", ""}) CHECK(receive_words(channel.second.get(), room) == std::string_view(wanted));
}
