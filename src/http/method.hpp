// SPDX-License-Identifier: MIT
// Request methods (RFC 9110 §9, RFC 5789): those with a meaning here, and all others as `unknown`.
#pragma once

#include <cstdint>
#include <string_view>

namespace filesrv::http {

enum class Method : std::uint8_t { get, head, post, put, delete_, options, trace, connect, patch, unknown };

inline constexpr unsigned method_count = static_cast<unsigned>(Method::unknown) + 1;

/// Case-sensitive, as RFC 9110 §9.1 wants it: "get" is unknown.
[[nodiscard]] Method parse_method(std::string_view text) noexcept;

/// The token; "UNKNOWN" for unknown.
[[nodiscard]] std::string_view name(Method method) noexcept;

/// Which methods a server offers beside those that read.
struct MethodOffer {
    bool uploads = true;   ///< POST, PUT
    bool deletes = false;  ///< DELETE
};

/// Whether the method is carried out; else the answer is 405 (RFC 9110 §15.5.6), to an unknown one 501
/// (§9.1). TRACE never: what it sends back is nobody's business. CONNECT never: this is no proxy.
[[nodiscard]] bool is_offered(Method method, MethodOffer offer) noexcept;

/// All methods that are offered, as Allow lists them (RFC 9110 §10.2.1).
[[nodiscard]] std::string_view allow_list(MethodOffer offer) noexcept;

/// A method that asks for nothing but an answer (RFC 9110 §9.2.1). Unknown ones are not safe.
[[nodiscard]] bool is_safe(Method method) noexcept;

}  // namespace filesrv::http
