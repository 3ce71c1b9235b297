// SPDX-License-Identifier: MIT
// What may change of the settings while the server runs.
#include "serve/settings.hpp"

#include "base/assert.hpp"

namespace filesrv::serve {

void tune(Settings& settings, const Settings& fresh) noexcept {
    FS_ASSERT(settings.reactors == fresh.reactors);
    settings.timeout_min = fresh.timeout_min;
    settings.timeout_max = fresh.timeout_max;
    settings.stall_timeout = fresh.stall_timeout;
    settings.idle_shutdown = fresh.idle_shutdown;
    settings.drain_timeout = fresh.drain_timeout;
    settings.connections_max = fresh.connections_max;
    // Without a limit nobody was counted, and a limit now would not know who is there; with one, everybody stays counted.
    if (settings.per_address_max > 0 && fresh.per_address_max > 0) settings.per_address_max = fresh.per_address_max;
    settings.workers_min = fresh.workers_min;
    settings.workers_max = fresh.workers_max;
    settings.inline_batch = fresh.inline_batch;
    settings.upload_bytes_max = fresh.upload_bytes_max;
    settings.uploads = fresh.uploads;
    settings.deletes = fresh.deletes;
    settings.listing = fresh.listing;
}

}  // namespace filesrv::serve
