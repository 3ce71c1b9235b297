// SPDX-License-Identifier: MIT
// JSON that was read: the library's parser tells what it finds, and it is put in its place here.
#include "observe/json_value.hpp"

#include <ranges>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"

namespace filesrv::observe {
namespace {

/// Called by the parser, in the order of the text; false stops it. The names of the functions are the library's.
class Builder {
public:
    explicit Builder(JsonValue& root) : next_(&root) {}

    bool null() { return put({}); }
    bool boolean(bool value) { return put({.held = value}); }
    bool number_unsigned(std::uint64_t value) { return put({.held = value}); }
    bool number_integer(std::int64_t value) { return put({.held = static_cast<double>(value)}); }
    bool number_float(double value, const std::string& /*text*/) { return put({.held = value}); }
    bool string(std::string& value) { return put({.held = std::move(value)}); }
    bool binary(nlohmann::json::binary_t& /*value*/) { return false; }  // there is none in text
    bool start_object(std::size_t /*count*/) { return open({.held = JsonValue::Object()}); }
    bool start_array(std::size_t /*count*/) { return open({.held = JsonValue::Array()}); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        FS_ASSERT(!open_.empty());
        auto& members = std::get<JsonValue::Object>(open_.back()->held);
        members.push_back({.name = std::move(name), .value = {}});
        next_ = &members.back().value;
        return true;
    }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const nlohmann::json::exception& /*error*/) { return false; }

private:
    /// Where the next value belongs: the root, a member that has been named, or one more of an array.
    JsonValue& place() {
        if (next_ != nullptr) return *std::exchange(next_, nullptr);
        FS_ASSERT(!open_.empty());
        return std::get<JsonValue::Array>(open_.back()->held).emplace_back();
    }
    bool put(JsonValue value) {
        place() = std::move(value);
        return true;
    }
    bool open(JsonValue value) {
        if (open_.size() == json_depth_max) return false;
        open_.reserve(open_.size() + 1);
        JsonValue& opened = place();
        opened = std::move(value);
        open_.push_back(&opened);
        return true;
    }
    bool close() {
        FS_ASSERT(!open_.empty() && next_ == nullptr);
        open_.pop_back();
        return true;
    }

    JsonValue* next_;
    std::vector<JsonValue*> open_;  ///< only the last one grows, so that none of them moves
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const noexcept {
    const Object* members = object();
    if (members == nullptr) return nullptr;
    for (const JsonMember& member : std::views::reverse(*members)) {
        if (member.name == name) return &member.value;
    }
    return nullptr;
}

std::optional<JsonValue> parse_json(std::string_view text) {
    std::optional<JsonValue> root(std::in_place);
    Builder builder(*root);
    if (!nlohmann::json::sax_parse(text, &builder)) return std::nullopt;
    return root;
}

}  // namespace filesrv::observe
