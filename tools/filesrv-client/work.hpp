// SPDX-License-Identifier: MIT
// What a verb does with its files and bytes: the part of a transfer that is not HTTP's.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/filesrv-client/answer_head.hpp"
#include "tools/filesrv-client/engine.hpp"
#include "tools/filesrv-client/output_folder.hpp"

namespace filesrv::client {

/// Bytes that are digested at once, before the loop looks at its sockets again.
inline constexpr std::size_t hash_slice = 4 * 1024 * 1024;

/// Why a request fails for good.
struct Trouble {
    Failure failure = Failure::local;
    std::string text;
};
template <class T>
using Attempted = std::expected<T, Trouble>;

[[nodiscard]] inline std::unexpected<Trouble> trouble(Failure failure, std::string text) {
    return std::unexpected<Trouble>(Trouble{.failure = failure, .text = std::move(text)});
}
[[nodiscard]] inline std::unexpected<Trouble> local_trouble(const Error& error) {
    return trouble(Failure::local, error.message());
}

/// One request's files, over all its attempts. Calls come in the order of the declarations; `ask` to `take` again for
/// each attempt.
class Work {
public:
    Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    virtual ~Work() = default;

    /// Opens what is needed.
    [[nodiscard]] virtual Attempted<void> open() { return {}; }
    /// Does a slice of what takes long before the first attempt (digests). True: ready.
    [[nodiscard]] virtual Attempted<bool> prepare() { return true; }
    /// Fields of the next attempt's head, `Name: value`.
    virtual void ask(std::vector<std::string>& fields) = 0;
    /// Bytes of the request's body; nothing = the request has none.
    [[nodiscard]] virtual std::optional<std::uint64_t> body_size() const { return std::nullopt; }
    /// A part of the body; a short one is trouble already.
    [[nodiscard]] virtual Attempted<std::size_t> give(std::span<char>, std::uint64_t /*offset*/) { return 0; }

    enum class Meeting : std::uint8_t {
        take,      ///< the body is for take()
        complete,  ///< what is here is the whole: no body is needed
        restart,   ///< not what was asked for: ask again, from the beginning
        refuse,    ///< an error answer
    };
    /// Meets the head of an answer, once an attempt.
    [[nodiscard]] virtual Attempted<Meeting> meet(const AnswerHead& head) {
        return head.is_success() ? Meeting::take : Meeting::refuse;
    }
    [[nodiscard]] virtual Attempted<void> take(std::span<const char>) { return {}; }

    /// The answer has come whole and was taken, or was complete; adds to the outcome.
    [[nodiscard]] virtual Attempted<void> finish(Outcome&) { return {}; }
    /// It will not come to its end; adds to the outcome what is worth knowing.
    virtual void abandon(Outcome&) {}
    /// How far it is.
    [[nodiscard]] virtual Progress progress() const { return {}; }
};

/// What it is given outlives it.
[[nodiscard]] std::unique_ptr<Work> make_work(const Request& request, const EngineSettings& settings, OutputFolder& folder);

}  // namespace filesrv::client
