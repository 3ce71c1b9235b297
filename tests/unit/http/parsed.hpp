// SPDX-License-Identifier: MIT
// A request from its text, for tests: the head, its meaning or its verdict, and the bytes that both point
// into.
#pragma once

#include "http/request.hpp"

#include <optional>
#include <ostream>
#include <string>
#include <utility>

namespace filesrv::http {

inline std::ostream& operator<<(std::ostream& out, Status status) {
    return out << code(status);
}
inline std::ostream& operator<<(std::ostream& out, const Reject& r) {
    return out << code(r.status) << ' ' << r.detail;
}

namespace test {

struct Parsed {
    explicit Parsed(std::string text) : bytes(std::move(text)) {
        if (head.parse(bytes) == ParseState::rejected) reject = head.reject();
        if (head.state() == ParseState::complete) reject = interpret(head, request);
    }
    Parsed(const Parsed&) = delete;
    Parsed& operator=(const Parsed&) = delete;

    /// 0 when nothing is wrong, −1 when the head is not complete.
    [[nodiscard]] int verdict() const {
        if (head.state() == ParseState::incomplete) return -1;
        return reject ? static_cast<int>(code(reject->status)) : 0;
    }

    std::string bytes;
    RequestHead head;
    Request request;
    std::optional<Reject> reject;
};

/// A GET with the given field lines, each with its CRLF; Host is added.
inline std::string get_with(std::string_view fields) {
    return std::string("GET /f HTTP/1.1\r\nHost: localhost\r\n").append(fields).append("\r\n");
}

}  // namespace test
}  // namespace filesrv::http
