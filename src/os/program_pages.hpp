// SPDX-License-Identifier: MIT
// The part of the program's own file that is mapped: its code and its constants.
#pragma once

namespace filesrv::os {

/// Gives back what is mapped of the program's code and constants, madvise(2): they stay in the page cache, from which each
/// comes back, with its neighbours, when it is next used; a fault each, half a microsecond. For a program that has just done
/// what it will not do again. Any thread, while others run. A hint: what holds a page of its own (a debugger's breakpoint,
/// a probe) is left alone, and so is all where that cannot be told.
void give_back_program_pages() noexcept;

}  // namespace filesrv::os
