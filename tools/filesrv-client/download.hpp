// SPDX-License-Identifier: MIT
// GET into a file: continues what a broken download has left, and never mixes two versions.
#pragma once

#include "store/hasher.hpp"
#include "tools/filesrv-client/part_file.hpp"
#include "tools/filesrv-client/work.hpp"

namespace filesrv::client {

class Download final : public Work {
public:
    Download(const Request& request, const EngineSettings& settings, OutputFolder& folder);

    [[nodiscard]] Attempted<void> open() override;
    [[nodiscard]] Attempted<bool> prepare() override;
    void ask(std::vector<std::string>& fields) override;
    [[nodiscard]] Attempted<Meeting> meet(const AnswerHead& head) override;
    [[nodiscard]] Attempted<void> take(std::span<const char> bytes) override;
    [[nodiscard]] Attempted<void> finish(Outcome& outcome) override;
    void abandon(Outcome& outcome) override;
    [[nodiscard]] Progress progress() const override;

private:
    enum class Asked : std::uint8_t { whole, rest, change };

    [[nodiscard]] Asked what_to_ask() const noexcept;
    [[nodiscard]] Attempted<Meeting> begin_anew(const AnswerHead& head);
    [[nodiscard]] bool continues(const AnswerHead& head) const;
    [[nodiscard]] Attempted<void> compare_digests(Outcome& outcome);

    const Request& request_;
    const EngineSettings& settings_;
    OutputFolder& folder_;
    std::string url_;
    PartFile part_;
    Asked asked_ = Asked::whole;
    std::uint64_t resumed_at_ = 0;
    std::optional<std::uint64_t> total_;
    std::optional<std::int64_t> mtime_ns_;
    std::string repr_digest_;
    std::optional<store::Hasher> hasher_;  ///< has seen hashed_ bytes
    std::uint64_t hashed_ = 0;
};

}  // namespace filesrv::client
