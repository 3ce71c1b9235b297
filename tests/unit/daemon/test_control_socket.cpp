// SPDX-License-Identifier: MIT
// Which of the inherited listeners is the control socket, and what it is called by.
#include "daemon/control_socket.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "../store/temp_folder.hpp"
#include "daemon/startup_error.hpp"
#include "os/socket.hpp"
#include "os/unix_socket.hpp"

using namespace filesrv;
namespace fsd = filesrv::daemon;

namespace {

fsd::InheritedListener tcp(fsd::ListenerRole role) {
    auto fd = os::listen_tcp(*os::parse_address("127.0.0.1", 0), 1);
    REQUIRE(fd.has_value());
    return {.fd = *std::move(fd), .name = role == fsd::ListenerRole::control ? "control" : "http", .role = role};
}

fsd::InheritedListener unix_socket(const std::string& path, fsd::ListenerRole role) {
    auto made = os::listen_unix(path, 1);
    REQUIRE(made.has_value());
    made->file.release();
    return {.fd = std::move(made->fd), .name = role == fsd::ListenerRole::control ? "control" : "http", .role = role};
}

template <class... Listeners>
std::vector<fsd::Listener> inherit(Listeners&&... listeners) {
    std::vector<fsd::InheritedListener> inherited;
    (inherited.push_back(std::move(listeners)), ...);
    return fsd::describe_inherited(std::move(inherited));
}

}  // namespace

TEST_CASE("the first control socket is taken out, the others go, and what serves HTTP stays in order") {
    const test::TempFolder folder;
    using enum fsd::ListenerRole;
    auto listeners = inherit(unix_socket((folder / "a").string(), control), tcp(http), unix_socket((folder / "b").string(), control), unix_socket((folder / "c").string(), http));
    const std::string first_address = listeners[1].address;
    const auto taken = fsd::take_control_listener(listeners);
    REQUIRE(taken.has_value());
    CHECK(fsd::control_path(*taken) == (folder / "a").string());
    CHECK(taken->activated);
    CHECK_FALSE(taken->file.is_ours());
    REQUIRE(listeners.size() == 2);
    CHECK(listeners[0].address == first_address);
    CHECK(listeners[1].address == "unix:" + (folder / "c").string());
    CHECK_FALSE(fsd::take_control_listener(listeners).has_value());
}

TEST_CASE("a control socket that can tell nobody's user stops the start") {
    auto listeners = inherit(tcp(fsd::ListenerRole::http), tcp(fsd::ListenerRole::control));
    CHECK_THROWS_AS((void)fsd::take_control_listener(listeners), fsd::StartupError);
}

TEST_CASE("the port is that of the first TCP listener, or none") {
    const test::TempFolder folder;
    using enum fsd::ListenerRole;
    const auto both = inherit(unix_socket((folder / "a").string(), http), tcp(http), tcp(http));
    CHECK(fsd::first_port(both) == os::local_address(both[1].fd.get())->port);
    const auto none = inherit(unix_socket((folder / "b").string(), http));
    CHECK_FALSE(fsd::first_port(none).has_value());
}
