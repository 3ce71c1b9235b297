// SPDX-License-Identifier: MIT
// One connection to the control socket: lines in, lines out, in order, and an end to every wait.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/call.hpp"
#include "control/line_splitter.hpp"
#include "event/loop.hpp"
#include "os/fd.hpp"

namespace filesrv::control {

class Desk;

/// Does one request at a time, closes where memory runs out, and reads no further before its answer has been taken: whoever floods it waits for
/// themselves. Control thread only.
class Session final : public event::Watch, public event::Loop::TimerTask {
public:
    Session(Desk& desk, os::UniqueFd socket, std::uint64_t id);
    ~Session();

    /// Into the poller. Its first work() follows at the peer's first word.
    [[nodiscard]] Result<void> begin();
    /// All that can be done now: write, do what was asked, read.
    void work() noexcept;
    /// The main loop has answered.
    void answered(const Call& call) noexcept;
    /// The daemon leaves: what has come is answered, who was promised a word gets it, nothing more is waited for, except
    /// for a newcomer's first request.
    void say_farewell() noexcept;
    /// No answer will come any more: says so, as far as the peer takes it.
    void abandon_call() noexcept;

    void on_ready(event::Readiness ready) noexcept override;
    void on_time() noexcept override;

    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] bool is_closed() const noexcept { return !socket_.is_open(); }
    void close() noexcept;

private:
    enum class Wait : std::uint8_t { request, answer, room };

    /// Does it, or closes where memory runs out on the way.
    template <class Action>
    void attempt(Action action) noexcept;
    void go_on();
    [[nodiscard]] bool flush();
    [[nodiscard]] bool receive();
    void execute(std::string_view line);
    void put_out(std::string line);
    void end_call(const Refusal& refusal);
    void wait_for(Wait what, Duration longest);
    void set_busy(bool busy) noexcept;
    [[nodiscard]] bool is_new() const noexcept;

    Desk& desk_;
    os::UniqueFd socket_;
    const std::uint64_t id_;
    const Instant began_;
    LineSplitter lines_;
    std::string output_;
    std::size_t written_ = 0;     ///< of it
    Wait waits_for_ = Wait::request;
    bool busy_ = false;           ///< told to the handler
    bool asked_ = false;          ///< ever
    bool called_ = false;         ///< the main loop is to answer
    bool input_ended_ = false;
    bool waits_for_the_end_ = false;
    bool closing_ = false;        ///< when the output is out
};

}  // namespace filesrv::control
