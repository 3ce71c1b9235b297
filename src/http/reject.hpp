// SPDX-License-Identifier: MIT
// A protocol verdict against the client, as data: what to answer, why, and whether the connection survives.
#pragma once

#include "http/status.hpp"

#include <string_view>

namespace filesrv::http {

struct Reject {
    Status status = Status::bad_request;
    std::string_view detail;  ///< one sentence for the client; static text
    bool close = true;        ///< where the next message would begin is unknown, or not to be trusted

    friend bool operator==(const Reject&, const Reject&) = default;
};

}  // namespace filesrv::http
