// SPDX-License-Identifier: MIT
// The phases of a connection, and the one function that says which may follow which.
#include "serve/phase.hpp"

#include "base/assert.hpp"

namespace filesrv::serve {
namespace {

constexpr bool is_open(Phase phase) noexcept { return phase != Phase::lingering && phase != Phase::closed; }

}  // namespace

Phase next_phase(Phase from, PhaseEvent event) {
    switch (event) {
        case PhaseEvent::bytes_came:
            FS_ASSERT(from == Phase::idle || from == Phase::reading_head || from == Phase::answering);
            return Phase::reading_head;
        case PhaseEvent::head_complete:
            FS_ASSERT(from == Phase::idle || from == Phase::reading_head || from == Phase::answering);
            return Phase::answering;
        case PhaseEvent::body_wanted:
            FS_ASSERT(from == Phase::answering || from == Phase::reading_body || from == Phase::writing);
            return Phase::reading_body;
        case PhaseEvent::body_complete:
            FS_ASSERT(from == Phase::answering || from == Phase::reading_body);
            return Phase::answering;
        case PhaseEvent::output_blocked:
            FS_ASSERT(is_open(from));
            return Phase::writing;
        case PhaseEvent::output_drained:
            FS_ASSERT(from == Phase::writing);
            return Phase::answering;
        case PhaseEvent::answered:
            FS_ASSERT(is_open(from));
            return Phase::idle;
        case PhaseEvent::fin_sent:
            FS_ASSERT(is_open(from));
            return Phase::lingering;
        case PhaseEvent::gone:
            FS_ASSERT(from != Phase::closed);
            return Phase::closed;
    }
    FS_UNREACHABLE("unknown phase event");
}

std::string_view name(Phase phase) noexcept {
    switch (phase) {
        case Phase::idle: return "idle";
        case Phase::reading_head: return "reading head";
        case Phase::answering: return "answering";
        case Phase::reading_body: return "reading body";
        case Phase::writing: return "writing";
        case Phase::lingering: return "lingering";
        case Phase::closed: return "closed";
    }
    return "unknown";
}

}  // namespace filesrv::serve
