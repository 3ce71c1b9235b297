// SPDX-License-Identifier: MIT
// Status codes of HTTP: their reason phrases.
#include "http/status.hpp"

#include "base/assert.hpp"

namespace filesrv::http {

std::string_view reason(Status status) noexcept {
    const std::string_view phrase = reason_if_known(status);
    FS_ASSERT(!phrase.empty());
    return phrase;
}

}  // namespace filesrv::http
