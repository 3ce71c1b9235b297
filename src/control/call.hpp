// SPDX-License-Identifier: MIT
// A request that the main loop has to do, and its way back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "control/protocol.hpp"
#include "event/inbox.hpp"

namespace filesrv::control {

class Desk;

/// The control thread owns it; between its handing over and its answer it leaves it alone.
class Call final : public event::Message {
public:
    /// What becomes of the connection when the answer is out.
    enum class Then : std::uint8_t {
        read_on,
        tell_the_end,  ///< when the daemon leaves, a line says so
    };

    Call(Desk& desk, std::uint64_t session, Request request) : desk_(desk), session_(session), request_(std::move(request)) {}

    [[nodiscard]] const Request& request() const noexcept { return request_; }

    // Any thread, one of these, once, and not after Endpoint::leave(). The call may be gone when it returns.
    /// `make` gives the line in the control thread: what takes time is done there. It owns all that it needs.
    void answer(std::function<std::string()> make, Then then = Then::read_on);
    void answer(const Answer& answer, Then then = Then::read_on);
    void refuse(Code code, const std::string& error);
    /// None of the above was possible for want of memory.
    void fail() noexcept;

    // The control thread.
    void deliver() noexcept override;
    [[nodiscard]] std::uint64_t session() const noexcept { return session_; }
    [[nodiscard]] std::string line() const;
    [[nodiscard]] Then then() const noexcept { return then_; }

private:
    Desk& desk_;
    const std::uint64_t session_;
    const Request request_;
    std::function<std::string()> make_;
    Then then_ = Then::read_on;
};

/// Does what is asked for. Implemented where the server is known.
class Handler {
public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    /// Control thread: the line for what needs nobody else. May wait for a disk.
    [[nodiscard]] virtual std::optional<std::string> answer_here(const Request& request) = 0;
    /// Main loop: answers the call, now or later.
    virtual void handle(Call& call) = 0;
    /// Control thread: a request is being done, or its answer is on its way; until it is over the daemon is not idle.
    virtual void work_began() noexcept = 0;
    virtual void work_ended() noexcept = 0;
};

}  // namespace filesrv::control
