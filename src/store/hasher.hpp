// SPDX-License-Identifier: MIT
// Digests of a stream of bytes, computed as they come. What computes them is nettle's, which picks the processor's own
// SHA instructions where there are any.
#pragma once

#include <memory>
#include <span>

#include "base/digest.hpp"

namespace filesrv::store {

/// One pass for one algorithm or both. Move-only, any one thread. Costs CPU time for each byte (about 0.6 s a GiB with
/// SHA instructions, several times that without): only for who asked.
class Hasher {
public:
    explicit Hasher(DigestAlgorithms algorithms);
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    ~Hasher();

    void update(std::span<const char> bytes) noexcept;
    /// The digests of all that came. Once; only destroy it afterwards.
    [[nodiscard]] DigestSet finish() noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace filesrv::store
