// SPDX-License-Identifier: MIT
// POST and PUT of a file: its digest first, then its bytes.
#pragma once

#include "os/fd.hpp"
#include "store/hasher.hpp"
#include "tools/filesrv-client/work.hpp"

namespace filesrv::client {

class Upload final : public Work {
public:
    Upload(const Request& request, const EngineSettings& settings);

    [[nodiscard]] Attempted<void> open() override;
    [[nodiscard]] Attempted<bool> prepare() override;
    void ask(std::vector<std::string>& fields) override;
    [[nodiscard]] std::optional<std::uint64_t> body_size() const override { return size_; }
    [[nodiscard]] Attempted<std::size_t> give(std::span<char> into, std::uint64_t offset) override;
    [[nodiscard]] Progress progress() const override;

private:
    [[nodiscard]] Attempted<void> read_whole(std::span<char> into, std::uint64_t offset) const;

    const Request& request_;
    const EngineSettings& settings_;
    os::UniqueFd file_;
    std::uint64_t size_ = 0;
    std::uint64_t given_ = 0;
    std::uint64_t hashed_ = 0;
    std::optional<store::Hasher> hasher_;
    std::string digest_field_;  ///< "" until it is known, or not wanted
};

}  // namespace filesrv::client
