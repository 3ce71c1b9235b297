// SPDX-License-Identifier: MIT
// A request that the main loop has to do, and its way back.
#include "control/call.hpp"

#include <utility>

#include "base/assert.hpp"
#include "control/desk.hpp"

namespace filesrv::control {

void Call::answer(std::function<std::string()> make, Then then) {
    FS_ASSERT(make != nullptr && make_ == nullptr);
    make_ = std::move(make);
    then_ = then;
    desk_.inbox().post(*this);
}

void Call::answer(const Answer& answer, Then then) {
    this->answer([line = answer.line()] { return line; }, then);
}

void Call::refuse(Code code, const std::string& error) {
    this->answer([refusal = Refusal{.code = code, .error = error}] { return line_of(refusal); });
}

void Call::fail() noexcept {
    FS_ASSERT(make_ == nullptr);  // it has not been answered: then it would be gone
    desk_.inbox().post(*this);
}

std::string Call::line() const {
    if (make_ != nullptr) return make_();
    return line_of({.code = Code::failed, .error = "the daemon is out of memory"});
}

void Call::deliver() noexcept { desk_.answered(*this); }

}  // namespace filesrv::control
