// SPDX-License-Identifier: MIT
// A server on a temporary root that listens to nobody: for what works without sockets.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "../store/uploading.hpp"
#include "event/loop.hpp"
#include "serve/server.hpp"

namespace filesrv::test {

struct ServingOptions {
    std::uint64_t upload_bytes_max = 0;
    std::uint64_t min_free = 0;
    bool read_only = false;
    std::size_t reactors = 1;
    std::size_t held_files_max = 64;
};

/// The thread that makes it is its main loop's. Workers are there from the start.
class Serving {
public:
    explicit Serving(ServingOptions options = {})
        : server_(settings(options),
                  open_store(root_.path(), {.read_only = options.read_only,
                                            .durability = store::Durability::none,
                                            .min_free = options.min_free}),
                  access_log()) {
        REQUIRE(server_.start({}));
    }
    ~Serving() { server_.pool().shutdown(); }

    [[nodiscard]] const TempFolder& root() const noexcept { return root_; }
    [[nodiscard]] serve::Server& server() noexcept { return server_; }
    /// What is in the root, each name followed by a blank; without the staging folder and its locks, which stay for a
    /// while, but with any staged file.
    [[nodiscard]] std::string names() const {
        std::string found;
        for (const std::string& name : names_below(root_.path())) {
            if (name != ".filesrv-staging" && !name.starts_with(".filesrv-staging/lock-")) found.append(name).append(" ");
        }
        return found;
    }

private:
    static serve::Settings settings(const ServingOptions& options) {
        serve::Settings made;
        made.connections_max = 10;
        made.workers_min = 1;
        made.workers_max = 2;
        made.reactors = options.reactors;
        made.held_files_max = options.held_files_max;
        made.upload_bytes_max = options.upload_bytes_max;
        made.stall_timeout = made.drain_timeout = std::chrono::seconds(30);
        return made;
    }
    static serve::AccessLog access_log() {
        auto log = serve::AccessLog::open(serve::AccessLogFormat::off, "");
        REQUIRE(log);
        return std::move(*log);
    }

    TempFolder root_;
    serve::Server server_;
};

}  // namespace filesrv::test
