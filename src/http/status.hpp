// SPDX-License-Identifier: MIT
// Status codes of HTTP (RFC 9110 §15, RFC 4918, RFC 6585) that this server may answer.
#pragma once

#include <cstdint>
#include <string_view>

namespace filesrv::http {

/// Only what some part of the server may really answer.
enum class Status : std::uint16_t {
    ok = 200,
    created = 201,
    no_content = 204,
    partial_content = 206,
    moved_permanently = 301,
    not_modified = 304,
    bad_request = 400,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    request_timeout = 408,
    conflict = 409,
    length_required = 411,
    precondition_failed = 412,
    content_too_large = 413,
    uri_too_long = 414,
    unsupported_media_type = 415,
    range_not_satisfiable = 416,
    expectation_failed = 417,
    misdirected_request = 421,
    request_header_fields_too_large = 431,
    internal_server_error = 500,
    not_implemented = 501,
    service_unavailable = 503,
    http_version_not_supported = 505,
    insufficient_storage = 507,
};

[[nodiscard]] constexpr unsigned code(Status status) noexcept {
    return static_cast<unsigned>(status);
}

/// The reason phrase for a status line.
[[nodiscard]] std::string_view reason(Status status) noexcept;

/// False for 204 and 304: such an answer ends with its head whatever its fields say (RFC 9112 §6.3). Of 1xx there is only
/// the line of `100 Continue`, which is no answer yet.
[[nodiscard]] constexpr bool has_body(Status status) noexcept {
    return status != Status::no_content && status != Status::not_modified;
}

}  // namespace filesrv::http
