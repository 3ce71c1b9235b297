// SPDX-License-Identifier: MIT
// JSON that filesrvctl says itself, around what the daemon said.
#include "tools/filesrvctl/json_text.hpp"

#include <nlohmann/json.hpp>

#include "base/assert.hpp"
#include "observe/snapshot.hpp"

namespace filesrv::ctl {

std::string json_string(std::string_view text) {
    return nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_object(std::initializer_list<JsonMember> members) {
    std::string text = "{\"schema\":" + std::to_string(observe::snapshot_schema);
    for (const JsonMember& member : members) {
        FS_ASSERT(!member.name.empty() && !member.value.empty());
        text += ',' + json_string(member.name) + ':' + member.value;
    }
    return text + '}';
}

std::string json_array(const std::vector<std::string>& values) {
    std::string text = "[";
    for (const std::string& value : values) text += (text.size() == 1 ? "" : ",") + value;
    return text + ']';
}

}  // namespace filesrv::ctl
