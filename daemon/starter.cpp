// SPDX-License-Identifier: MIT
// Starter: the daemon's end. The messages are documented with the process that gets them, starter_process.hpp.
#include "daemon/starter.hpp"

#include <array>
#include <cerrno>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "daemon/starter_process.hpp"
#include "os/channel.hpp"

namespace filesrv::daemon {
namespace {

/// A process id, or a sentence; a longer one is cut.
constexpr std::size_t answer_bytes_max = 2048;

}  // namespace

Result<Starter> Starter::create(const os::Program& program) {
    FS_ASSERT(!program.path.empty() && !program.words.empty());
    auto ends = os::open_channel();
    if (!ends) return std::unexpected(ends.error());
    const os::ProcessId daemon = os::own_process_id();
    const auto process = os::fork_process();
    if (!process) return std::unexpected(process.error());
    if (*process == 0) run_starter(std::move(ends->second), program, daemon);
    return Starter(*process, std::move(ends->first));
}

Result<void> Starter::start(const Order& order) {
    FS_ASSERT(process_ != 0 && order.listeners.size() == order.names.size() && order.names.size() == order.origins.size());
    std::string text;
    for (const std::string& name : order.names) text += (text.empty() ? "" : ":") + name;
    text += '\n' + to_text(order.origins);
    std::vector<os::Fd> fds(order.listeners.begin(), order.listeners.end());
    fds.push_back(order.link);
    return os::send_message(channel_.get(), text, fds);
}

std::expected<std::optional<os::ProcessId>, std::string> Starter::receive() {
    FS_ASSERT(process_ != 0);
    std::array<char, answer_bytes_max> room;
    const auto words = os::receive_words(channel_.get(), room);
    if (!words && words.error().code == EAGAIN) return std::optional<os::ProcessId>();
    if (!words || words->empty()) {
        end();
        if (!words) return std::unexpected(words.error().message());
        return std::unexpected("the process that starts successors has ended");
    }
    if (const auto pid = parse_decimal(*words); pid && *pid > 1) return static_cast<os::ProcessId>(*pid);
    return std::unexpected(std::string(*words));
}

void Starter::accept() {
    FS_ASSERT(process_ != 0);
    if (!os::send_surely(channel_.get(), starter_accepted)) return;  // it has gone, and the successor stays anyway
    end();
}

void Starter::decline() {
    FS_ASSERT(process_ != 0);
    if (!os::send_surely(channel_.get(), starter_declined)) end();
}

void Starter::end() noexcept {
    channel_.reset();
    // It leaves at once when its channel ends; a service manager then finds nobody left to kill.
    if (const os::ProcessId process = std::exchange(process_, 0); process != 0) os::await_child(process);
}

}  // namespace filesrv::daemon
