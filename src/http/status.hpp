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

/// The highest code that may be written here.
inline constexpr unsigned code_max = 511;

/// The reason phrase, and the one place that knows every status: empty for a number that is none of them. For constants.
[[nodiscard]] constexpr std::string_view reason_if_known(Status status) noexcept {
    switch (status) {
        case Status::ok: return "OK";
        case Status::created: return "Created";
        case Status::no_content: return "No Content";
        case Status::partial_content: return "Partial Content";
        case Status::moved_permanently: return "Moved Permanently";
        case Status::not_modified: return "Not Modified";
        case Status::bad_request: return "Bad Request";
        case Status::forbidden: return "Forbidden";
        case Status::not_found: return "Not Found";
        case Status::method_not_allowed: return "Method Not Allowed";
        case Status::request_timeout: return "Request Timeout";
        case Status::conflict: return "Conflict";
        case Status::length_required: return "Length Required";
        case Status::precondition_failed: return "Precondition Failed";
        case Status::content_too_large: return "Content Too Large";
        case Status::uri_too_long: return "URI Too Long";
        case Status::unsupported_media_type: return "Unsupported Media Type";
        case Status::range_not_satisfiable: return "Range Not Satisfiable";
        case Status::expectation_failed: return "Expectation Failed";
        case Status::misdirected_request: return "Misdirected Request";
        case Status::request_header_fields_too_large: return "Request Header Fields Too Large";
        case Status::internal_server_error: return "Internal Server Error";
        case Status::not_implemented: return "Not Implemented";
        case Status::service_unavailable: return "Service Unavailable";
        case Status::http_version_not_supported: return "HTTP Version Not Supported";
        case Status::insufficient_storage: return "Insufficient Storage";
    }
    return {};
}

/// The reason phrase for a status line.
[[nodiscard]] std::string_view reason(Status status) noexcept;

/// False for 204 and 304: such an answer ends with its head whatever its fields say (RFC 9112 §6.3). Of 1xx there is only
/// the line of `100 Continue`, which is no answer yet.
[[nodiscard]] constexpr bool has_body(Status status) noexcept {
    return status != Status::no_content && status != Status::not_modified;
}

}  // namespace filesrv::http
