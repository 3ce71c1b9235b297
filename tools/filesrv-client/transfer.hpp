// SPDX-License-Identifier: MIT
// One request from its beginning to its end, over all attempts: the state machine between libcurl and the files.
#pragma once

#include <array>

#include "tools/filesrv-client/easy.hpp"
#include "tools/filesrv-client/retry_policy.hpp"
#include "tools/filesrv-client/work.hpp"

namespace filesrv::client {

/// Used for one request after the other; its libcurl handle stays.
class Transfer {
public:
    enum class State : std::uint8_t {
        idle,       ///< no request
        preparing,  ///< prepare() is to be called
        ready,      ///< arm(), then hand easy() to the multi handle
        running,    ///< libcurl has it
        waiting,    ///< until wake_at(), then ready
        done,       ///< take_outcome()
    };

    /// What outlives it.
    Transfer(const EngineSettings& settings, OutputFolder& folder, const Hooks* const& hooks);

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] const Request& request() const noexcept { return request_; }
    [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }
    [[nodiscard]] Instant wake_at() const noexcept { return wake_at_; }

    void begin(Request request, Instant now);
    void prepare();
    void wake() noexcept;
    /// Sets the handle up for an attempt: ready → running.
    void arm(Instant now);
    /// libcurl has given it back with its verdict.
    void end_attempt(CURLcode code, Instant now);
    /// Whether no byte has gone either way for the stall timeout.
    [[nodiscard]] bool is_stalled(Instant now) noexcept;
    /// Ends it for good, in whatever state; taken off the multi handle before.
    void fail(Failure failure, std::string error);
    /// done → idle.
    [[nodiscard]] Outcome take_outcome(Instant now);

private:
    struct Callbacks;  ///< libcurl's C functions

    void set_up(const std::vector<std::string>& fields);
    [[nodiscard]] std::size_t take_bytes(std::span<const char> bytes);
    [[nodiscard]] std::size_t give_bytes(std::span<char> into);
    [[nodiscard]] bool meet();
    void tell_progress() const;
    void count_bytes();

    void end_answered(Instant now);
    void end_refused(Instant now);
    void end_broken(CURLcode code, Instant now);
    void succeed();
    void try_again(std::optional<Duration> asked_for, Instant now, Failure failure, std::string error);

    const EngineSettings& settings_;
    OutputFolder& folder_;
    const Hooks* const& hooks_;
    EasyHandle easy_;
    FieldList fields_;
    std::array<char, CURL_ERROR_SIZE> detail_{};

    State state_ = State::idle;
    Request request_;
    std::string url_;
    std::unique_ptr<Work> work_;
    RetryPolicy policy_;
    Outcome outcome_;
    Instant begun_{}, wake_at_{};
    Instant last_byte_{};       ///< as is_stalled() has seen it
    bool bytes_came_ = false;   ///< or went, since then
    bool reconnected_ = false;  ///< the one silent repetition after a close has been used
    bool restarted_ = false;    ///< so has the one new beginning of a download

    // Of the attempt under way.
    AnswerHead head_;
    HeadLines head_lines_;
    std::optional<Work::Meeting> met_;
    std::optional<Trouble> trouble_;
    std::string refused_body_;  ///< its beginning
    std::uint64_t dropped_ = 0;
    std::uint64_t given_ = 0;   ///< offset of the upload
    std::uint64_t moved_ = 0;   ///< bytes of the body in this attempt
};

}  // namespace filesrv::client
