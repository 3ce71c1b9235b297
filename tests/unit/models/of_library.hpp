// SPDX-License-Identifier: MIT
// Functions of a test program that stand in front of the C library's: a symbol of the program wins over one of a library.
#pragma once

#include <dlfcn.h>

#include "base/assert.hpp"

namespace filesrv::test {

/// What the program would have called without us.
template <class Function>
[[nodiscard]] Function* of_library(const char* name) {
    auto* const found = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
    FS_ASSERT(found != nullptr);
    return found;
}

}  // namespace filesrv::test

#define FS_IN_FRONT extern "C" __attribute__((visibility("default")))
