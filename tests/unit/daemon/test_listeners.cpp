// SPDX-License-Identifier: MIT
// Listeners for real, on loopback and free ports.
#include "daemon/listeners.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "config/values.hpp"
#include "daemon/startup_error.hpp"
#include "os/socket.hpp"

using namespace filesrv;
namespace fsd = filesrv::daemon;

namespace {

std::vector<fsd::Listener> open(std::initializer_list<const char*> texts) {
    std::vector<config::ListenAddress> addresses;
    for (const char* text : texts) addresses.push_back(*config::parse_listen(text));
    return fsd::open_listeners(addresses);
}

std::string error_of(const std::string& text) {
    try {
        (void)open({text.c_str()});
    } catch (const fsd::StartupError& error) {
        CHECK(error.exit_status() == 1);
        return error.what();
    }
    return {};
}

/// A folder for socket files.
class TemporaryFolder {
public:
    TemporaryFolder() { REQUIRE(::mkdtemp(name_.data()) != nullptr); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(name_); }
    [[nodiscard]] std::string path(std::string_view name) const { return name_ + '/' + std::string(name); }

private:
    std::string name_ = "/tmp/filesrv-listen-XXXXXX";
};

}  // namespace

TEST_CASE("localhost is both families on one port, whatever port is free") {
    for (int round = 0; round < 20; ++round) {
        const auto listeners = open({"localhost:0"});
        REQUIRE_FALSE(listeners.empty());
        REQUIRE(listeners.size() <= 2);
        for (const auto& listener : listeners) {
            CHECK(listener.url == listeners.front().url);
            CHECK(listener.url.starts_with("http://localhost:"));
            CHECK(listener.url != "http://localhost:0/");
            CHECK(listener.loopback);
            CHECK_FALSE(listener.activated);
            CHECK(os::is_stream_listener(listener.fd.get()));
            CHECK(os::local_address(listener.fd.get())->port ==
                  os::local_address(listeners.front().fd.get())->port);
            CHECK((::fcntl(listener.fd.number(), F_GETFL) & O_NONBLOCK) != 0);
            CHECK((::fcntl(listener.fd.number(), F_GETFD) & FD_CLOEXEC) != 0);
        }
    }
}

TEST_CASE("a taken port is an error that names the address and the system's reason") {
    const auto first = open({"127.0.0.1:0"});
    CHECK(error_of(first.front().address) ==
          "cannot listen on " + first.front().address + ": Address already in use");
    const std::string port = first.front().address.substr(first.front().address.rfind(':'));
    CHECK(error_of("localhost" + port).find("Address already in use") != std::string::npos);
}

TEST_CASE("a port can be taken again as soon as it was left") {
    const std::string address = open({"127.0.0.1:0"}).front().address;
    CHECK(open({address.c_str()}).front().address == address);
}

TEST_CASE("an address of another machine cannot be listened on") {
    CHECK(error_of("192.0.2.1:8080") == "cannot listen on 192.0.2.1:8080: Cannot assign requested address");
}

TEST_CASE("every interface is wider than loopback") {
    for (const auto& listener : open({":0"})) CHECK_FALSE(listener.loopback);
}

TEST_CASE("a unix socket's file comes and goes with its listener") {
    const TemporaryFolder folder;
    const std::string path = folder.path("s");
    {
        const auto listeners = open({("unix:" + path).c_str()});
        REQUIRE(listeners.size() == 1);
        CHECK(listeners.front().address == "unix:" + path);
        CHECK(listeners.front().unix_socket);
        CHECK_FALSE(listeners.front().loopback);
        CHECK(std::filesystem::is_socket(path));
        CHECK(error_of("unix:" + path) == "cannot listen on unix:" + path + ": Address already in use");
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket file that nobody answers on is replaced") {
    const TemporaryFolder folder;
    const std::string path = folder.path("s");
    auto left_behind = os::listen_unix(path, 1);
    REQUIRE(left_behind.has_value());
    left_behind->file.release();
    left_behind->fd.reset();
    REQUIRE(std::filesystem::is_socket(path));
    CHECK(open({("unix:" + path).c_str()}).size() == 1);
}

TEST_CASE("a file that is no socket is never removed") {
    const TemporaryFolder folder;
    const std::string path = folder.path("precious");
    std::ofstream(path) << "text";
    CHECK(error_of("unix:" + path).find("Socket operation on non-socket") != std::string::npos);
    CHECK(std::filesystem::file_size(path) == 4);
}

TEST_CASE("a socket file that another has replaced is left alone at exit") {
    const TemporaryFolder folder;
    const std::string path = folder.path("s");
    auto first = open({("unix:" + path).c_str()});
    std::filesystem::remove(path);
    const auto second = open({("unix:" + path).c_str()});
    first.clear();
    CHECK(std::filesystem::is_socket(path));
}

TEST_CASE("a predecessor's socket file stays when its successor goes, until it was left to it") {
    const TemporaryFolder folder;
    const std::string path = folder.path("s");
    const auto predecessor = open({("unix:" + path).c_str()});
    for (const bool left_to_it : {false, true}) {
        std::vector<fsd::InheritedListener> inherited;
        inherited.push_back({os::UniqueFd::adopt(::dup(predecessor.front().fd.number())), "http", fsd::ListenerRole::http});
        auto successor = fsd::describe_inherited(std::move(inherited), std::vector{fsd::origin_of(predecessor.front())});
        REQUIRE(successor.size() == 1);
        CHECK_FALSE(successor.front().file.is_ours());
        CHECK(successor.front().file.path() == path);
        if (left_to_it) fsd::own_files(successor);
        CHECK(fsd::origin_of(successor.front()).file.has_value() == left_to_it);
        successor.clear();
        CHECK(std::filesystem::exists(path) != left_to_it);
    }
}

TEST_CASE("inherited listeners are described, each with its role") {
    auto tcp = os::listen_tcp(*os::parse_address("127.0.0.1", 0), 1);
    auto other = os::listen_tcp(*os::parse_address("127.0.0.1", 0), 1);
    REQUIRE(tcp.has_value());
    REQUIRE(other.has_value());
    std::vector<fsd::InheritedListener> inherited;
    inherited.push_back({*std::move(tcp), "http", fsd::ListenerRole::http});
    inherited.push_back({*std::move(other), "control", fsd::ListenerRole::control});
    const auto listeners = fsd::describe_inherited(std::move(inherited));
    REQUIRE(listeners.size() == 2);
    CHECK(listeners.back().role == fsd::ListenerRole::control);
    CHECK(listeners.front().role == fsd::ListenerRole::http);
    CHECK(listeners.front().activated);
    CHECK(listeners.front().loopback);
    CHECK(listeners.front().url == "http://" + listeners.front().address + '/');
}

TEST_CASE("both families of localhost are localhost for who inherits them, too") {
    const auto inherited_url = [](std::initializer_list<const char*> addresses) {
        std::vector<fsd::InheritedListener> inherited;
        std::string opened;
        for (auto& listener : open(addresses)) {
            opened = listener.url;
            inherited.push_back({std::move(listener.fd), "http", fsd::ListenerRole::http});
        }
        const auto listeners = fsd::describe_inherited(std::move(inherited));
        for (const auto& listener : listeners) CHECK(listener.url == listeners.front().url);
        CHECK(listeners.front().url == opened);
        return opened;
    };
    // On a machine with one family alone there is no pair to be recognised by.
    if (open({"localhost:0"}).size() == 2) CHECK(inherited_url({"localhost:0"}).starts_with("http://localhost:"));
    CHECK(inherited_url({"127.0.0.1:0"}).starts_with("http://127.0.0.1:"));
}
