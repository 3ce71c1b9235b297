// SPDX-License-Identifier: MIT
// File descriptors: borrowed (Fd) and owned (UniqueFd). Every descriptor of ours is close-on-exec.
#pragma once

#include <utility>

#include "base/error.hpp"

namespace filesrv::os {

/// A borrowed descriptor: somebody else closes it. Copies freely.
class Fd {
public:
    constexpr Fd() noexcept = default;
    constexpr explicit Fd(int number) noexcept : number_(number) {}

    [[nodiscard]] constexpr int number() const noexcept { return number_; }
    [[nodiscard]] constexpr bool is_open() const noexcept { return number_ >= 0; }
    constexpr bool operator==(const Fd&) const noexcept = default;

private:
    int number_ = -1;
};

/// An owned descriptor, closed when it goes. Move-only; passed by value = handed over.
class UniqueFd {
public:
    constexpr UniqueFd() noexcept = default;
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, Fd())) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, Fd());
        }
        return *this;
    }
    ~UniqueFd() { reset(); }

    /// Takes over what a system call returned; a negative number makes an empty one.
    [[nodiscard]] static UniqueFd adopt(int number) noexcept { return UniqueFd(Fd(number)); }

    [[nodiscard]] Fd get() const noexcept { return fd_; }
    [[nodiscard]] int number() const noexcept { return fd_.number(); }
    [[nodiscard]] bool is_open() const noexcept { return fd_.is_open(); }

    /// Gives ownership up without closing.
    [[nodiscard]] Fd release() noexcept { return std::exchange(fd_, Fd()); }

    /// Closes, ignoring the result: for descriptors that were only read.
    void reset() noexcept;

    /// Closes a descriptor that was written to, and says what close(2) said.
    [[nodiscard]] Result<void> close() noexcept;

private:
    explicit UniqueFd(Fd fd) noexcept : fd_(fd) {}

    Fd fd_;
};

}  // namespace filesrv::os
