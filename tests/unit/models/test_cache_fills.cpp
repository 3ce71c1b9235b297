// SPDX-License-Identifier: MIT
// An entry is filled, kept and found again while somebody writes: no look-up may bring what is no longer there.
//
// Store and cache are the real ones, on a real file. Just before each of their system calls, and while a fill is on its
// way from a worker to the reactor, a writer may write as many bytes as were there, or time may pass; the explorer tries
// all of it. The clocks and the file's times are the model's: times advance by ticks, as the kernel's do.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "../store/uploading.hpp"
#include "explorer.hpp"
#include "goes_wrong.hpp"
#include "os/clock.hpp"
#include "store/entry_cache.hpp"
#include "watched_calls.hpp"

using namespace filesrv;
using namespace filesrv::test;
using namespace std::chrono_literals;

namespace {

enum class Deed { none, write, tick_passes, settles };
constexpr std::size_t deeds = 4;

/// What is broken in the world or in the code.
enum class Mutation {
    none,
    clock_is_read_late,     ///< as if the clock were read after the bytes
    ticks_are_long,         ///< the file system's clock is coarser than the code believes
    looks_see_no_change,    ///< as if a hit were not compared with the disk
};

/// The world: a file, a clock, and a writer that may act at any moment, `deeds_max` times in all.
class World final : public CallWatcher {
public:
    World(const fs::path& file, int deeds_max, Mutation mutation)
        : file_(os::UniqueFd::adopt(::open(file.c_str(), O_WRONLY | O_CLOEXEC))), left_(deeds_max), mutation_(mutation) {
        write();
    }

    void before(std::string_view call) override {
        moment();
        if (call == "fstatat") looked_at_ = content_;
    }
    void after_stat(struct stat& found) override {
        if (!S_ISREG(found.st_mode)) return;
        if (mutation_ == Mutation::looks_see_no_change && first_seen_) found.st_ctim = found.st_mtim = *first_seen_;
        else found.st_ctim = found.st_mtim = {.tv_sec = changed_ns_ / second_ns, .tv_nsec = changed_ns_ % second_ns};
        if (!first_seen_) first_seen_ = found.st_ctim;
    }
    const WallTime* wall_time() override {
        told_ = WallTime(Duration(now_ns_) + (mutation_ == Mutation::clock_is_read_late ? 30ms : 0ms));
        return &told_;
    }

    /// Anything may happen here.
    void moment() {
        if (left_ == 0) return;
        switch (static_cast<Deed>(choose(deeds))) {
            case Deed::none: return;
            case Deed::write: write(); break;
            case Deed::tick_passes: pass(4ms); break;
            case Deed::settles: pass(30ms); break;
        }
        --left_;
    }

    /// What was in the file at the last look at its name.
    [[nodiscard]] char looked_at() const noexcept { return looked_at_; }

private:
    static constexpr std::int64_t second_ns = 1'000'000'000;

    void write() {
        const std::string text(4, ++content_);
        FS_ASSERT(::pwrite(file_.get().number(), text.data(), text.size(), 0) == 4);
        const std::int64_t tick = mutation_ == Mutation::ticks_are_long ? 50'000'000 : 4'000'000;
        changed_ns_ = now_ns_ / tick * tick + 1;  // never whole seconds, which would be a coarser file system
    }

    void pass(Duration time) {
        now_ns_ += time.count();
        ahead += time;
    }

    const os::UniqueFd file_;
    int left_;
    const Mutation mutation_;
    char content_ = 'a';
    char looked_at_ = 0;
    std::int64_t now_ns_ = 1'800'000'000 * second_ns;
    std::int64_t changed_ns_ = 0;
    std::optional<timespec> first_seen_;
    WallTime told_{};
};

/// Reactor::look_up(): what the cache has, compared with what was there when it looked.
void look_up(store::EntryCache& cache, const World& world) {
    const store::EntryRef entry = cache.find("file", os::monotonic_now());
    if (entry && entry->body != std::string(4, world.looked_at())) find("stale");
}

/// Store::open() in a worker, Reactor::offer(), and two requests; `again`: a second worker fills the same name.
void fill_and_find(const TempFolder& folder, const store::Store& store, int deeds_max, bool again, Mutation mutation) {
    World world(folder / "file", deeds_max, mutation);
    store::EntryCache cache(store, {});
    auto entry = store.open("file");
    std::optional<Result<store::EntryRef>> other;
    if (again) other = store.open("file");
    world.moment();  // the fill is in the inbox
    if (other && choose(2) == 1) std::swap(entry, *other);
    cache.insert(std::move(*entry));
    if (other) cache.insert(std::move(**other));
    look_up(cache, world);
    world.moment();
    look_up(cache, world);
}

Exploration explore_cache(int deeds_max, bool again, Mutation mutation = Mutation::none) {
    const TempFolder folder;
    write_file(folder / "file", "none");
    const auto store = open_store(folder.path());
    return explore([&] { fill_and_find(folder, *store, deeds_max, again, mutation); });
}

}  // namespace

TEST_CASE("no look-up brings a body that is no longer there, whenever somebody writes") {
    const Exploration result = explore_cache(3, false);
    CHECK(result.finding == "");
    CHECK(result.is_whole);
    CHECK(result.runs > 500);  // it did search: the more, the more calls a fill makes
}

TEST_CASE("the same with two fills at once, and more that happens" * doctest::skip()) {
    for (const bool again : {false, true}) {
        CAPTURE(again);
        const Exploration result = explore_cache(again ? 3 : 4, again);
        CHECK(result.finding == "");
        CHECK(result.is_whole);
        CHECK(result.runs > 1000);
    }
}

TEST_CASE("a clock read too late, a tick too long and a look left out bring old bodies") {
    for (const Mutation mutation : {Mutation::clock_is_read_late, Mutation::ticks_are_long, Mutation::looks_see_no_change}) {
        CAPTURE(static_cast<int>(mutation));
        CHECK(goes_wrong([=] { return explore_cache(3, false, mutation); }));
    }
}
