// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "os/file.hpp"
#include "os/open.hpp"
#include "store/file_digest.hpp"
#include "store/hasher.hpp"
#include "uploading.hpp"

using namespace filesrv;
using namespace filesrv::store;
using namespace filesrv::test;

namespace {

constexpr auto sha_256 = DigestAlgorithm::sha_256;
constexpr auto sha_512 = DigestAlgorithm::sha_512;

DigestAlgorithms set_of(std::initializer_list<DigestAlgorithm> algorithms) {
    DigestAlgorithms set;
    for (const auto algorithm : algorithms) set.add(algorithm);
    return set;
}

std::string hex(const Digest* digest) {
    if (digest == nullptr) return "none";
    std::string text;
    for (const std::uint8_t byte : digest->bytes()) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02x", byte);
        text += pair;
    }
    return text;
}

std::string hex(const std::optional<Digest>& digest) { return hex(digest ? &*digest : nullptr); }

std::string hash_of(DigestAlgorithm algorithm, std::string_view text) {
    Hasher hasher(set_of({algorithm}));
    hasher.update(text);
    const DigestSet digests = hasher.finish();
    return hex(digests.find(algorithm));
}

/// Recalled, else computed where that may be done.
std::optional<Digest> digest_of(const Entry& entry, DigestAlgorithm algorithm, std::span<char> buffer, const ReadPart& read) {
    if (auto known = recall_digest(entry, algorithm)) return known;
    if (hashing_cost(entry) == HashingCost::too_large) return std::nullopt;
    return compute_digest(entry, algorithm, buffer, read);
}

/// What is given for a name by a store that knows nothing of it yet, or that may not read it (`refuses`).
std::string given(const Store& store, std::string_view path, DigestAlgorithm algorithm, bool refuses = false) {
    const auto entry = store.open(path);
    REQUIRE(entry);
    std::array<char, 1000> buffer;
    return hex(digest_of(**entry, algorithm, buffer, [refuses](os::Fd fd, std::span<char> into, std::uint64_t offset) {
        return refuses ? failure(EIO, "read") : os::read_at(fd, into, offset);
    }));
}

Committed put_with_digests(Store& store, std::string_view path, std::string_view text, DigestAlgorithms algorithms) {
    auto upload = store.begin_upload(path, {.digests = algorithms});
    REQUIRE(upload);
    REQUIRE(upload->write(text));
    upload->hash(text);
    const auto committed = upload->commit();
    REQUIRE(committed);
    return *committed;
}

/// Whether this file system keeps attributes of ours.
bool keeps_attributes(const fs::path& folder) {
    write_file(folder / ".probe", "x");
    const auto fd = os::open_path((folder / ".probe").c_str(), os::OpenMode::create);
    REQUIRE(fd);
    const bool keeps = os::set_attribute(fd->get(), "user.filesrv.probe", "x") == 0;
    if (!keeps) MESSAGE("skipped: this file system keeps no user attributes");
    return keeps;
}

}  // namespace

TEST_CASE("digests are those of the standard, however the bytes are cut") {  // FIPS 180-4; RFC 9530 appendix B.1
    const std::string million(1'000'000, 'a');
    struct { std::string text, in_256, in_512; } const table[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        {million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
         "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
        {"{\"hello\": \"world\"}\n", "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38",
         "60c01a9b9d49cff8ce0134faff3bc7acb5603984c6172d5de862623874e886ae323fea60938bdfd9a0acc9164eb70f0c8e433b8b0ef267f5a4a6998ce384f7aa"},
    };
    for (const auto& row : table) {
        for (const std::size_t step : {std::size_t{1}, std::size_t{63}, std::size_t{16'384}, std::size_t{999'999}}) {
            Hasher hasher(set_of({sha_256, sha_512}));
            for (std::size_t at = 0; at < row.text.size(); at += step) hasher.update(std::string_view(row.text).substr(at, step));
            const DigestSet digests = hasher.finish();
            CHECK(hex(digests.find(sha_256)) == row.in_256);
            CHECK(hex(digests.find(sha_512)) == row.in_512);
        }
        CHECK(hash_of(sha_256, row.text) == row.in_256);
        CHECK(hash_of(sha_512, row.text) == row.in_512);
    }
}

TEST_CASE("an upload knows the digests that it was asked for, and no others") {
    const TempFolder folder;
    const auto store = open_store(folder.path());
    auto upload = store->begin_upload("f", {.digests = set_of({sha_512})});
    REQUIRE(upload);
    for (const std::string_view piece : {"ab", "c"}) {
        REQUIRE(upload->write(piece));
        upload->hash(piece);
    }
    CHECK(hex(upload->digests().find(sha_512)) == hash_of(sha_512, "abc"));
    CHECK(upload->digests().find(sha_256) == nullptr);
    REQUIRE(upload->commit());
    CHECK(hex(upload->digests().find(sha_512)) == hash_of(sha_512, "abc"));
    auto unasked = store->begin_upload("g", {.length = std::nullopt});
    REQUIRE(unasked);
    CHECK(unasked->digests().empty());
}

TEST_CASE("a digest kept by an upload is found by any store, without reading the file") {
    const TempFolder folder;
    if (!keeps_attributes(folder.path())) return;
    const std::string text(10'000, 'x');
    const auto store = open_store(folder.path(), {.durability = Durability::none});
    for (int round = 0; round < 2; ++round) {  // new, then replaced
        const std::string now = text + std::to_string(round);
        put_with_digests(*store, "f", now, set_of({sha_256, sha_512}));
        const auto other = open_store(folder.path(), {.body_bytes_max = 100});
        CHECK(given(*other, "f", sha_256, /*refuses=*/true) == hash_of(sha_256, now));
        CHECK(given(*other, "f", sha_512, /*refuses=*/true) == hash_of(sha_512, now));
    }
    // Replaced by one that nobody asked digests of: the old ones went with the old file.
    REQUIRE(put(*store, "f", text));
    CHECK(given(*open_store(folder.path(), {.body_bytes_max = 100}), "f", sha_256, /*refuses=*/true) == "none");
}

TEST_CASE("a digest is kept for the version that was committed, also when its time had to be moved on") {
    const TempFolder folder;
    if (!keeps_attributes(folder.path())) return;
    const auto store = open_store(folder.path(), {.durability = Durability::none, .body_bytes_max = 1});
    auto slow = store->begin_upload("f", {.digests = set_of({sha_256})});
    REQUIRE(slow);
    REQUIRE(slow->write(std::string_view("slow one")));
    slow->hash(std::string_view("slow one"));
    REQUIRE(put(*store, "f", "quick"));
    const std::int64_t future = mtime_of(folder / "f") + 3600'000'000'000;
    set_mtime(folder / "f", future);
    const auto committed = slow->commit();
    REQUIRE(committed);
    CHECK(committed->version.mtime_ns == future + 1);
    CHECK(given(*store, "f", sha_256, /*refuses=*/true) == hash_of(sha_256, "slow one"));
}

TEST_CASE("a digest is not believed after anybody else has written the file") {
    const TempFolder folder;
    if (!keeps_attributes(folder.path())) return;
    const auto store = open_store(folder.path(), {.durability = Durability::none, .body_bytes_max = 1});
    const auto committed = put_with_digests(*store, "f", "one content", set_of({sha_256}));
    write_file(folder / "f", "two content");  // in place, of the same size
    CHECK(given(*store, "f", sha_256) == hash_of(sha_256, "two content"));
    CHECK(given(*store, "f", sha_256, /*refuses=*/true) == "none");
    const auto fd = os::open_path((folder / "f").c_str(), os::OpenMode::create);
    REQUIRE(fd);
    CHECK(kept_digest(fd->get(), committed.version, sha_256));
    CHECK_FALSE(kept_digest(fd->get(), committed.version, sha_512));
    Version other = committed.version;
    ++other.mtime_ns;
    CHECK_FALSE(kept_digest(fd->get(), other, sha_256));
    other = committed.version;
    ++other.size;
    CHECK_FALSE(kept_digest(fd->get(), other, sha_256));
}

TEST_CASE("an attribute that is not of our making is not believed") {
    const TempFolder folder;
    if (!keeps_attributes(folder.path())) return;
    write_file(folder / "f", "x");
    const auto fd = os::open_path((folder / "f").c_str(), os::OpenMode::create);
    REQUIRE(fd);
    const Version version{.mtime_ns = 12, .size = 3};
    const std::string digits(64, 'a');
    for (const auto& [text, is_good] : std::vector<std::pair<std::string, bool>>{
             {"12 3 " + digits, true}, {"", false}, {"12 3 ", false}, {"12 3", false}, {"12 3 " + digits + "a", false},
             {"12 3 " + digits.substr(1), false}, {"12 3 " + digits.substr(1) + "g", false}, {"12 4 " + digits, false},
             {"13 3 " + digits, false}, {std::string(1000, 'a'), false}}) {
        CAPTURE(text);
        REQUIRE(os::set_attribute(fd->get(), "user.filesrv.sha-256", text) == 0);
        CHECK(kept_digest(fd->get(), version, sha_256).has_value() == is_good);
    }
}

TEST_CASE("a file is read for its digest up to 64 MiB, in memory or not, and once for each entry") {
    const TempFolder folder;
    write_file(folder / "small", "abc");
    write_file(folder / "empty", "");
    write_file(folder / "limit", "");
    write_file(folder / "above", "");
    fs::resize_file(folder / "limit", hashed_bytes_max);  // holes: nothing is written
    fs::resize_file(folder / "above", hashed_bytes_max + 1);
    const auto in_memory = open_store(folder.path());
    const auto on_disk = open_store(folder.path(), {.body_bytes_max = 0});
    for (const Store* store : {in_memory.get(), on_disk.get()}) {
        CHECK(given(*store, "small", sha_256) == hash_of(sha_256, "abc"));
        CHECK(given(*store, "empty", sha_256) == hash_of(sha_256, ""));
    }
    CHECK(given(*in_memory, "above", sha_256) == "none");
    const auto entry = in_memory->open("limit");
    REQUIRE(entry);
    std::vector<char> buffer(1 << 20);
    std::uint64_t bytes_read = 0;
    const ReadPart counting = [&](os::Fd fd, std::span<char> into, std::uint64_t offset) {
        bytes_read += into.size();
        return os::read_at(fd, into, offset);
    };
    const auto first = digest_of(**entry, sha_256, buffer, counting);
    CHECK(hex(first) == "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351");
    CHECK(digest_of(**entry, sha_256, buffer, counting) == first);
    CHECK(bytes_read == hashed_bytes_max);
}

TEST_CASE("a file whose digest cannot be learned for the next time is read only where that is quick") {
    const TempFolder folder;
    for (const auto& [name, size] : {std::pair("quick", quickly_hashed_bytes_max), std::pair("large", quickly_hashed_bytes_max + 1)}) {
        write_file(folder / name, "");
        fs::resize_file(folder / name, size);
        fs::create_symlink(name, folder / (std::string(name) + "-link"));
    }
    const auto store = open_store(folder.path());
    struct { const char* name; HashingCost cost; } const table[] = {
        {"quick", HashingCost::small}, {"large", HashingCost::large},
        {"quick-link", HashingCost::small}, {"large-link", HashingCost::too_large},
    };
    for (const auto& row : table) {
        CAPTURE(row.name);
        const auto entry = store->open(row.name);
        REQUIRE(entry);
        CHECK(hashing_cost(**entry) == row.cost);
    }
}

TEST_CASE("a file that changes while it is read has no digest") {
    const TempFolder folder;
    write_file(folder / "f", std::string(3000, 'x'));
    const auto store = open_store(folder.path(), {.body_bytes_max = 0});
    std::array<char, 1000> buffer;
    for (const std::string& change : {std::string(3000, 'y'), std::string(2500, 'y'), std::string(4000, 'y')}) {
        set_mtime(folder / "f", 1'000'000'000);
        const auto entry = store->open("f");
        REQUIRE(entry);
        CHECK_FALSE(digest_of(**entry, sha_256, buffer, [&](os::Fd fd, std::span<char> into, std::uint64_t offset) {
            if (offset > 0) write_file(folder / "f", change);
            return os::read_at(fd, into, offset);
        }));
        CHECK(((*entry)->digests.find(sha_256)) == nullptr);
        write_file(folder / "f", std::string(3000, 'x'));
    }
}

TEST_CASE("threads that learn one digest at a time agree on it") {
    const TempFolder folder;
    write_file(folder / "f", "abc");
    const auto store = open_store(folder.path());
    const auto entry = store->open("f");
    REQUIRE(entry);
    std::vector<std::string> told(8);
    {
        std::vector<std::jthread> threads;
        for (std::string& mine : told) {
            threads.emplace_back([&] {
                std::array<char, 100> buffer;
                mine = hex(digest_of(**entry, sha_256, buffer, os::read_at));
            });
        }
    }
    for (const std::string& one : told) CHECK(one == hash_of(sha_256, "abc"));
}
