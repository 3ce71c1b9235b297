// SPDX-License-Identifier: MIT
// A system of which it is not known how to give a program's pages back.
#include "os/program_pages.hpp"

namespace filesrv::os {

void give_back_program_pages() noexcept {}

}  // namespace filesrv::os
