// SPDX-License-Identifier: MIT
// An expected failure as a value: its line for a log.
#include "base/error.hpp"

#include <system_error>

namespace filesrv {

std::string Error::message() const {
    std::string text(operation);
    if (!subject.empty()) text.append(" ").append(subject);
    return text.append(": ").append(std::generic_category().message(code));
}

}  // namespace filesrv
