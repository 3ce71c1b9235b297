// SPDX-License-Identifier: MIT
// Edits that know what a request looks like: its words, lines, fields and numbers.
#pragma once

#include <span>

#include "byte_edits.hpp"

namespace filesrv::mutate {

[[nodiscard]] std::span<const Edit> token_edits() noexcept;

}  // namespace filesrv::mutate
