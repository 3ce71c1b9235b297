// SPDX-License-Identifier: MIT
// Request methods: tokens to values and back.
#include "http/method.hpp"

#include "base/assert.hpp"

#include <array>

namespace filesrv::http {
namespace {

/// By the value of Method; the last one is what `unknown` prints as and matches nothing.
constexpr std::array<std::string_view, method_count> method_names = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "UNKNOWN"};

}  // namespace

Method parse_method(std::string_view text) noexcept {
    for (std::size_t i = 0; i + 1 < method_count; ++i) {
        if (method_names[i] == text) return static_cast<Method>(i);
    }
    return Method::unknown;
}

std::string_view name(Method method) noexcept {
    const auto index = static_cast<std::size_t>(method);
    FS_ASSERT(index < method_count);
    return method_names[index];
}

bool is_offered(Method method, MethodOffer offer) noexcept {
    switch (method) {
        case Method::get:
        case Method::head:
        case Method::options:
            return true;
        case Method::post:
        case Method::put:
            return offer.uploads;
        case Method::delete_:
            return offer.deletes;
        case Method::trace:
        case Method::connect:
        case Method::patch:
        case Method::unknown:
            return false;
    }
    FS_UNREACHABLE("a method that is none of ours");
}

std::string_view allow_list(MethodOffer offer) noexcept {
    if (offer.uploads && offer.deletes) return "GET, HEAD, OPTIONS, POST, PUT, DELETE";
    if (offer.uploads) return "GET, HEAD, OPTIONS, POST, PUT";
    return offer.deletes ? "GET, HEAD, OPTIONS, DELETE" : "GET, HEAD, OPTIONS";
}

// A closed list: what it does not name, and what nobody knows, is not safe (RFC 9110 section 9.2.1).
bool is_safe(Method method) noexcept {
    FS_ASSERT(static_cast<std::size_t>(method) < method_count);
    return method == Method::get || method == Method::head || method == Method::options || method == Method::trace;
}

}  // namespace filesrv::http
