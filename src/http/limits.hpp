// SPDX-License-Identifier: MIT
// Every limit on what a peer may send, in one place. Each is tested at the limit and one above.
#pragma once

#include <cstddef>

namespace filesrv::http::limits {

/// Method, target and version without the line's end; longer → 414.
inline constexpr std::size_t request_line_bytes_max = std::size_t{8} * 1024;
/// From the first byte of the request line to the end of the empty line; longer → 431.
inline constexpr std::size_t head_bytes_max = std::size_t{32} * 1024;
/// Field lines of one head; more → 431.
inline constexpr std::size_t fields_max = 100;
/// Empty lines before a request line, which RFC 9112 §2.2 tells servers to skip; more → 400.
inline constexpr std::size_t leading_empty_lines_max = 4;
/// A chunk's size with its extensions, without the line's end; longer → 400.
inline constexpr std::size_t chunk_line_bytes_max = std::size_t{4} * 1024;
/// All trailer lines of a chunked body together; more → 400.
inline constexpr std::size_t trailer_bytes_max = std::size_t{4} * 1024;
/// Extensions of all chunks of one body together, beyond what their payload pays for; more → 400.
inline constexpr std::size_t chunk_extension_bytes_max = std::size_t{16} * 1024;
/// Ranges of one Range field; with more the field is ignored, as RFC 9110 §14.2 allows.
inline constexpr std::size_t ranges_max = 32;
/// The fields of one part of a form; more → 400.
inline constexpr std::size_t part_head_bytes_max = std::size_t{4} * 1024;
/// Parts of one form; more → 400.
inline constexpr std::size_t parts_max = 10'000;
/// The boundary of a form (RFC 2046 §5.1.1).
inline constexpr std::size_t boundary_bytes_max = 70;
/// What may stand before the first boundary of a form; more → 400.
inline constexpr std::size_t preamble_bytes_max = std::size_t{4} * 1024;

}  // namespace filesrv::http::limits
