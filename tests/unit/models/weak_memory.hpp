// SPDX-License-Identifier: MIT
// Atomics of a machine that is as weak as C++ allows, nearly, for the explorer: a load may bring any value that its thread
// has not been told is old, and a plain variable knows whether its accesses were ordered.
//
// A location keeps all its values in order; a thread has a view: how far it has seen each. A store with release carries
// its thread's view, and a load with acquire takes it over; a read-modify-write sees the newest value and hands on what
// the one before it carried (release sequences). So messages overtake each other, store buffers included, unless orders
// forbid it. What C++ allows and this does not: a store that slips in before a newer one of another thread, loads from
// the future. No fences, and seq_cst is taken for acq_rel: the models need neither.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "explorer.hpp"

namespace filesrv::test {

inline constexpr std::size_t locations_max = 16;

/// What a thread has seen, and of which accesses of others it knows.
struct View {
    std::array<std::uint16_t, locations_max> seen{};
    std::array<std::uint16_t, model_threads_max> clock{};

    void join(const View& other) noexcept;
    bool operator==(const View&) const noexcept = default;
};

enum class Access : std::uint8_t { load, store, exchange, compare_exchange, fetch_add };

/// A mutation: the order that the code asks for becomes another one.
using ChangeOrder = std::memory_order (*)(Access access, std::memory_order asked);

/// Of one run. Made by the scenario before any atomic, gone with it.
class WeakMemory {
public:
    explicit WeakMemory(ChangeOrder change = nullptr) noexcept;
    WeakMemory(const WeakMemory&) = delete;
    WeakMemory& operator=(const WeakMemory&) = delete;
    ~WeakMemory();

    [[nodiscard]] static WeakMemory& now() noexcept;
    [[nodiscard]] View& mine() noexcept { return views_[model_thread()]; }
    [[nodiscard]] std::size_t new_location() noexcept;
    [[nodiscard]] std::memory_order order(Access access, std::memory_order asked) const noexcept {
        return change_ == nullptr ? asked : change_(access, asked);
    }
    /// A stamp for an access of the calling thread.
    std::uint16_t tick() noexcept { return ++mine().clock[model_thread()]; }

    /// As spawn() and wait_for_all(), with all that has happened known to who comes after.
    void begin(std::function<void()> body);
    void end_all();

private:
    std::array<View, model_threads_max> views_{};
    std::vector<std::size_t> begun_;
    std::size_t locations_ = 0;
    ChangeOrder change_;
};

[[nodiscard]] constexpr bool acquires(std::memory_order order) noexcept {
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
[[nodiscard]] constexpr bool releases(std::memory_order order) noexcept {
    return order == std::memory_order_release || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

/// Stands for std::atomic.
template <class T>
class ModelAtomic {
public:
    static constexpr bool is_always_lock_free = true;

    ModelAtomic(T value = T{}) : location_(WeakMemory::now().new_location()) {  // NOLINT(google-explicit-constructor)
        values_.push_back({.value = value, .carried = WeakMemory::now().mine()});
    }
    ModelAtomic(const ModelAtomic&) = delete;
    ModelAtomic& operator=(const ModelAtomic&) = delete;

    [[nodiscard]] T load(std::memory_order asked = std::memory_order_seq_cst) const {
        step({.object = this, .writes = false});
        View& view = WeakMemory::now().mine();
        const std::size_t oldest = view.seen[location_];
        // The newest first: an order that goes wrong is found sooner with few surprises in it.
        const std::size_t index = values_.size() - 1 - choose(values_.size() - oldest);
        return take(index, WeakMemory::now().order(Access::load, asked));
    }

    void store(T value, std::memory_order asked = std::memory_order_seq_cst) {
        step({.object = this});
        add(value, WeakMemory::now().order(Access::store, asked), View{});
    }

    T exchange(T value, std::memory_order asked = std::memory_order_seq_cst) {
        step({.object = this});
        return modify(value, WeakMemory::now().order(Access::exchange, asked));
    }

    T fetch_add(T by, std::memory_order asked = std::memory_order_seq_cst) {
        step({.object = this});
        return modify(static_cast<T>(values_.back().value + by), WeakMemory::now().order(Access::fetch_add, asked));
    }

    bool compare_exchange_strong(T& expected, T value, std::memory_order asked, std::memory_order if_not) {
        step({.object = this});
        if (values_.back().value != expected) {
            expected = take(values_.size() - 1, if_not);
            return false;
        }
        (void)modify(value, WeakMemory::now().order(Access::compare_exchange, asked));
        return true;
    }
    /// Never fails without a reason: each use is in a loop, which a spurious failure only takes once more.
    bool compare_exchange_weak(T& expected, T value, std::memory_order asked, std::memory_order if_not) {
        return compare_exchange_strong(expected, value, asked, if_not);
    }

    /// The newest value, for conditions and checks: no step.
    [[nodiscard]] T newest() const noexcept { return values_.back().value; }

private:
    struct Value {
        T value;
        View carried;
    };

    T take(std::size_t index, std::memory_order order) const {
        View& view = WeakMemory::now().mine();
        FS_ASSERT(index >= view.seen[location_]);
        view.seen[location_] = static_cast<std::uint16_t>(index);
        if (acquires(order)) view.join(values_[index].carried);
        return values_[index].value;
    }

    void add(T value, std::memory_order order, View carried) {
        View& view = WeakMemory::now().mine();
        view.seen[location_] = static_cast<std::uint16_t>(values_.size());
        if (releases(order)) carried.join(view);
        values_.push_back({.value = value, .carried = carried});
    }

    T modify(T value, std::memory_order order) {
        const T before = take(values_.size() - 1, order);
        add(value, order, values_.back().carried);
        return before;
    }

    const std::size_t location_;
    std::vector<Value> values_;
};

/// A variable that only one thread at a time may touch. Two accesses that nothing ordered are a finding.
template <class T>
class Plain {
public:
    explicit Plain(T value = T{}) : value_(value), writer_(model_thread()), written_(WeakMemory::now().tick()) {}

    [[nodiscard]] T read() {
        look();
        reads_[model_thread()] = WeakMemory::now().tick();
        return value_;
    }

    void write(T value) {
        look();
        for (std::size_t thread = 0; thread < reads_.size(); ++thread) {
            if (WeakMemory::now().mine().clock[thread] < reads_[thread]) find("data race");
        }
        writer_ = model_thread();
        written_ = WeakMemory::now().tick();
        value_ = value;
    }

    // As the variable that it stands for.
    Plain& operator=(T value) {
        write(value);
        return *this;
    }
    operator T() { return read(); }  // NOLINT(google-explicit-constructor)

private:
    void look() const {
        if (WeakMemory::now().mine().clock[writer_] < written_) find("data race");
    }

    T value_;
    std::size_t writer_;
    std::uint16_t written_;
    std::array<std::uint16_t, model_threads_max> reads_{};
};

/// A queue under a lock, as the pool's is: what the giver has done is known to the taker.
template <class T>
class Handover {
public:
    void give(T value) {
        step({.object = this});
        waiting_.push_back({.value = value, .carried = WeakMemory::now().mine()});
    }
    /// Waits. False: closed, and empty.
    bool take(T& into) {
        step_when({.object = this}, [this] { return closed_ || !waiting_.empty(); });
        if (waiting_.empty()) return false;
        into = waiting_.front().value;
        WeakMemory::now().mine().join(waiting_.front().carried);
        waiting_.erase(waiting_.begin());
        return true;
    }
    void close() {
        step({.object = this});
        closed_ = true;
    }

private:
    struct Given {
        T value;
        View carried;
    };
    std::vector<Given> waiting_;
    bool closed_ = false;
};

}  // namespace filesrv::test
