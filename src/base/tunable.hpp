// SPDX-License-Identifier: MIT
// A value that may change while the threads that use it run.
#pragma once

#include <atomic>
#include <concepts>

namespace filesrv {

/// Written by one thread, read by any: a reader sees the old value or the new one, and orders nothing by it. Reads like
/// a T. A copy takes the value of its moment.
template <class T>
    requires(std::atomic<T>::is_always_lock_free)
class Tunable {
public:
    Tunable() noexcept = default;
    template <std::convertible_to<T> Value>
    Tunable(Value value) noexcept : value_(T(value)) {}  // NOLINT(google-explicit-constructor): stands for a T
    Tunable(const Tunable& other) noexcept : value_(other.get()) {}
    Tunable& operator=(const Tunable& other) noexcept {
        value_.store(other.get(), std::memory_order_relaxed);
        return *this;
    }
    ~Tunable() = default;

    [[nodiscard]] T get() const noexcept { return value_.load(std::memory_order_relaxed); }
    operator T() const noexcept { return get(); }  // NOLINT(google-explicit-constructor)

private:
    std::atomic<T> value_{};
};

}  // namespace filesrv
