// SPDX-License-Identifier: MIT
// A descriptor that one thread, or a signal handler, makes readable to wake another out of its poll.
#pragma once

#include "os/fd.hpp"

namespace filesrv::os {

/// eventfd(2) where there is one, a pipe elsewhere; the build picks the source file. Both ends never block.
class Wakeup {
public:
    [[nodiscard]] static Result<Wakeup> create() noexcept;

    /// Readable from `wake` until `clear`.
    [[nodiscard]] Fd fd() const noexcept { return reader_.get(); }

    /// Any thread, and any signal handler: it only calls write(2), and keeps errno.
    void wake() const noexcept;
    /// Takes back all wakes so far.
    void clear() const noexcept;

private:
    Wakeup(UniqueFd reader, UniqueFd writer) noexcept : reader_(std::move(reader)), writer_(std::move(writer)) {}

    UniqueFd reader_;
    UniqueFd writer_;  ///< closed where one descriptor does both
};

}  // namespace filesrv::os
