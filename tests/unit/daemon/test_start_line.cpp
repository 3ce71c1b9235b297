// SPDX-License-Identifier: MIT
// The first line that anybody reads.
#include "daemon/start_line.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace filesrv::daemon;
using namespace std::chrono_literals;

namespace {

Listener listener(std::string address, std::string url, bool loopback, bool unix_socket = false) {
    Listener made;
    made.address = std::move(address);
    made.url = std::move(url);
    made.loopback = loopback;
    made.unix_socket = unix_socket;
    return made;
}

std::vector<Listener> localhost() {
    std::vector<Listener> both;
    both.push_back(listener("127.0.0.1:8080", "http://localhost:8080/", true));
    both.push_back(listener("[::1]:8080", "http://localhost:8080/", true));
    return both;
}

}  // namespace

TEST_CASE("the start line tells folder, address and when it stops") {
    CHECK(start_line("/path", localhost(), 60s) ==
          "serving /path on http://localhost:8080/ — stops after 60 s without a request (--idle-shutdown 0 "
          "keeps it)");
    CHECK(start_line("/path", localhost(), 500ms).find("stops after 0.5 s") != std::string::npos);
    CHECK(start_line("/path", localhost(), 0s) ==
          "serving /path on http://localhost:8080/ — stays until it is stopped");
}

TEST_CASE("several addresses are all named, each once") {
    auto listeners = localhost();
    listeners.push_back(listener("unix:/run/x", "unix:/run/x", false, true));
    CHECK(start_line("/", listeners, 0s) ==
          "serving / on http://localhost:8080/, unix:/run/x — stays until it is stopped");
}

TEST_CASE("who listens wide open is warned, unless nobody can upload") {
    auto listeners = localhost();
    CHECK(exposure_warning(listeners, true) == std::nullopt);
    listeners.push_back(listener("unix:/run/x", "unix:/run/x", false, true));
    CHECK(exposure_warning(listeners, true) == std::nullopt);
    listeners.push_back(listener("0.0.0.0:80", "http://0.0.0.0:80/", false));
    CHECK(exposure_warning(listeners, false) == std::nullopt);
    CHECK(exposure_warning(listeners, true)->find("0.0.0.0:80") != std::string::npos);
}
