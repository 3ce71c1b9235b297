// SPDX-License-Identifier: MIT
// Names below the root: what a path may look like, and which names are never served.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace filesrv::store {

// A path here is relative to the root, without a leading or trailing slash, already decoded and free of "." and ".."
// components; "" is the root itself.

inline constexpr std::size_t component_bytes_max = 255;  ///< NAME_MAX of Linux's own file systems; some foreign ones hold longer names
inline constexpr std::size_t path_bytes_max = 4095;      ///< PATH_MAX without its NUL

/// The folder in the root that holds uploads until they are whole.
inline constexpr std::string_view staging_name = ".filesrv-staging";
/// What staged files are called that had to be put beside their target.
inline constexpr std::string_view beside_prefix = ".filesrv-upload-";

/// Whether any component starts with a dot.
[[nodiscard]] bool is_hidden(std::string_view path) noexcept;

/// Whether any component is ours: never served, listed or written, whatever the options.
[[nodiscard]] bool is_reserved(std::string_view path) noexcept;

/// ENAMETOOLONG for a component above 255 bytes or a path above PATH_MAX, EINVAL for a NUL, an empty component,
/// "." or "..".
[[nodiscard]] Result<void> check_path(std::string_view path);

/// "a/b" of "a/b/c", "" of "c".
[[nodiscard]] std::string_view parent_of(std::string_view path) noexcept;

/// "c" of "a/b/c".
[[nodiscard]] std::string_view name_of(std::string_view path) noexcept;

/// "a/b" and "c" make "a/b/c"; "" and "c" make "c".
[[nodiscard]] std::string join(std::string_view folder, std::string_view name);

}  // namespace filesrv::store
