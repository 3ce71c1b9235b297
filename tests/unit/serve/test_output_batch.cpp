// SPDX-License-Identifier: MIT
// Batches of answers: the order of bytes, whatever the mix, the socket's room and the owner.
#include "serve/output_batch.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "socket_pair.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using filesrv::test::SocketPair;

namespace {

constexpr std::size_t all = ~std::size_t{0};

store::EntryRef entry_of(std::string body) {
    auto entry = std::make_unique<store::Entry>();
    entry->body = std::move(body);
    entry->in_memory = true;
    return store::EntryRef::publish(std::move(entry));
}

/// Bytes that differ from place to place, so that no two runs look alike.
std::string pattern(std::size_t size, unsigned seed) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('!' + (i * 7 + i / 251 + seed) % 90);
    return text;
}

/// Flushes until all is out, the reader taking `at_once` after each.
void flush_all(OutputBatch& batch, SocketPair& sockets, std::string& received, std::size_t at_once) {
    for (;;) {
        const SendState state = batch.flush(sockets.sender());
        REQUIRE(state != SendState::failed);
        const std::size_t taken = sockets.receive(received, state == SendState::drained ? all : at_once);
        if (state == SendState::drained) return;
        REQUIRE(taken > 0);
    }
}

}  // namespace

TEST_CASE("an empty batch is drained, and asks nothing of the socket") {
    OutputBatch batch;
    CHECK(batch.empty());
    CHECK_FALSE(batch.is_full());
    CHECK(batch.flush(os::Fd()) == SendState::drained);
}

TEST_CASE("short bodies are copied, long ones referenced: at the limit and one above") {
    const auto entry = entry_of(pattern(limits::copied_body_bytes + 10, 1));
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, limits::copied_body_bytes, limits::copied_body_bytes + 1}) {
        CAPTURE(length);
        OutputBatch batch;
        batch.text() = "head";
        batch.append_body(entry, 3, length);
        CHECK(batch.text().size() == 4 + (length <= limits::copied_body_bytes ? length : 0));
        CHECK(batch.unsent_bytes() == 4 + length);
        SocketPair sockets;
        std::string received;
        flush_all(batch, sockets, received, all);
        CHECK(received == "head" + entry->body.substr(3, length));
        CHECK(batch.empty());
        CHECK(batch.text().empty());
    }
}

TEST_CASE("any mix of text and bodies leaves in order, however the socket blocks and the batch moves") {
    std::vector<store::EntryRef> entries;
    for (unsigned i = 0; i < 4; ++i) entries.push_back(entry_of(pattern(std::size_t{30'000} << i, i)));
    for (unsigned seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const auto below = [&random](std::size_t limit) { return random() % limit; };
        SocketPair sockets;
        OutputBatch batch;
        std::string expected;
        std::string received;
        for (int step = 0; step < 200; ++step) {
            const std::size_t choice = below(10);
            if (choice < 4 && !batch.is_full()) {
                const std::string text = pattern(below(choice == 0 ? 20'000 : 300), seed + static_cast<unsigned>(step));
                batch.text().append(text);
                expected.append(text);
            } else if (choice < 7 && !batch.is_full()) {
                const store::EntryRef& entry = entries[below(entries.size())];
                const std::size_t offset = below(entry->body.size());
                const std::size_t length = below(std::min(entry->body.size() - offset, std::size_t{40'000}) + 1);
                batch.append_body(entry, offset, length);
                expected.append(entry->body, offset, length);
            } else if (choice == 7) {
                OutputBatch moved;
                moved.take_unsent(batch);
                CHECK(batch.empty());
                batch.take_unsent(moved);
            } else if (choice == 8) {
                sockets.receive(received, below(10'000));
            } else if (batch.flush(sockets.sender(), below(2) == 0 ? os::More::no : os::More::yes) == SendState::drained) {
                CHECK(batch.empty());
            }
            CHECK(batch.unsent_bytes() <= expected.size());
        }
        flush_all(batch, sockets, received, 1 + below(9'000));
        CHECK(received.size() == expected.size());
        CHECK((received == expected));
    }
}

TEST_CASE("a blocked batch moves with what it has not sent, and the old one starts afresh") {
    const auto entry = entry_of(pattern(200'000, 5));
    SocketPair sockets;
    OutputBatch batch;
    batch.text() = "one";
    batch.append_body(entry, 0, entry->body.size());
    REQUIRE(batch.flush(sockets.sender()) == SendState::blocked);
    const std::uint64_t unsent = batch.unsent_bytes();
    CHECK(unsent > 0);
    CHECK(unsent < 3 + entry->body.size());
    OutputBatch kept;
    kept.text() = "is dropped";
    kept.take_unsent(batch);
    CHECK(kept.unsent_bytes() == unsent);
    CHECK(batch.empty());
    kept.text().append("two");  // an append after a flush that blocked
    std::string received;
    flush_all(kept, sockets, received, 5'000);
    CHECK((received == "one" + entry->body + "two"));
    batch.text() = "three";
    flush_all(batch, sockets, received, all);
    CHECK(received.ends_with("twothree"));
}

TEST_CASE("a peer that stops reading is kept what it was not sent, not the buffer that its answers were gathered in") {
    SocketPair sockets;
    OutputBatch batch;
    batch.text().assign(std::size_t{1} << 20, 'x');
    REQUIRE(batch.flush(sockets.sender()) == SendState::blocked);
    std::string received;
    while (batch.unsent_bytes() > 100'000) {
        sockets.receive(received, 10'000);
        REQUIRE(batch.flush(sockets.sender()) == SendState::blocked);
    }
    const std::uint64_t unsent = batch.unsent_bytes();
    OutputBatch kept;
    kept.take_unsent(batch);
    CHECK(kept.text().capacity() == unsent);
    CHECK(batch.text().capacity() <= limits::output_kept_bytes);  // nor does its thread keep so much
    flush_all(kept, sockets, received, all);
    CHECK(received == std::string(std::size_t{1} << 20, 'x'));
}

TEST_CASE("a batch is full at its bytes, and at its pieces before they overflow") {
    OutputBatch texts;
    texts.text().assign(limits::output_text_bytes - 1, 'x');
    CHECK_FALSE(texts.is_full());
    texts.text() += 'x';
    CHECK(texts.is_full());

    const auto entry = entry_of(pattern(limits::copied_body_bytes + 1, 6));
    for (const bool with_text : {false, true}) {
        SocketPair sockets;
        OutputBatch batch;
        std::string expected;
        std::string received;
        for (int i = 0; i < 1000 && !batch.is_full(); ++i) {
            if (with_text) expected.append(batch.text().append("h"), 0, 1);
            batch.append_body(entry, 0, entry->body.size());
            expected.append(entry->body);
        }
        CHECK(batch.is_full());
        flush_all(batch, sockets, received, all);
        CHECK((received == expected));
        CHECK_FALSE(batch.is_full());
    }
}

TEST_CASE("a batch lets go of its bodies when it is sent, cleared or replaced") {
    auto owned = std::make_unique<store::Entry>();
    owned->body = pattern(20'000, 7);
    const std::string body = owned->body;
    auto entry = store::EntryRef::publish(std::move(owned));  // the sanitizer would report what stays behind
    SocketPair sockets;
    OutputBatch sent;
    OutputBatch cleared;
    OutputBatch replaced;
    for (OutputBatch* batch : {&sent, &cleared, &replaced}) batch->append_body(entry, 0, body.size());
    entry.reset();
    std::string received;
    flush_all(sent, sockets, received, all);
    CHECK((received == body));
    cleared.clear();
    CHECK(cleared.empty());
    OutputBatch nothing;
    replaced.take_unsent(nothing);
    CHECK(replaced.empty());
}

TEST_CASE("a peer that is gone fails the flush") {
    SocketPair sockets;
    sockets.close_receiver();
    OutputBatch batch;
    batch.text() = "nobody reads this";
    CHECK(batch.flush(sockets.sender()) == SendState::failed);
}
