// SPDX-License-Identifier: MIT
// JSON that filesrvctl says itself, around what the daemon said. One line each, without a newline. Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace filesrv::ctl {

/// A member whose value is JSON already.
struct JsonMember {
    std::string_view name;
    std::string value;
};

/// `{"schema":1,…}` with the members in their order.
[[nodiscard]] std::string json_object(std::initializer_list<JsonMember> members);

/// A string as JSON; what is no UTF-8 in it is replaced.
[[nodiscard]] std::string json_string(std::string_view text);

[[nodiscard]] std::string json_array(const std::vector<std::string>& values);

}  // namespace filesrv::ctl
