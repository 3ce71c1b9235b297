// SPDX-License-Identifier: MIT
// JSON as text while it is made: no tree of it, which would take memory to build and, worse, to destroy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace filesrv::observe {

enum class JsonLetters : std::uint8_t {
    as_they_are,  ///< UTF-8
    ascii,        ///< all that is not ASCII is escaped
};

/// Appends a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text, JsonLetters letters);

/// One value after another, in the order in which they are to stand; what is not opened and closed in pairs is a bug.
/// All that is not ASCII is escaped. Running out of memory throws (std::bad_alloc); destroying it never does.
class JsonText {
public:
    enum class Layout : std::uint8_t { one_line, indented };

    explicit JsonText(Layout layout = Layout::one_line) noexcept : layout_(layout) {}

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }
    /// Within an object, before each value.
    void name(std::string_view name);

    void add(std::string_view text);
    void add(bool value) { add_plain(value ? "true" : "false"); }
    void add(std::uint64_t value) { add_plain(std::to_string(value)); }
    void add(std::int64_t value) { add_plain(std::to_string(value)); }
    /// Finite. As short as it can be read back exactly, and never without a point or an exponent.
    void add(double value);
    void add_null() { add_plain("null"); }

    /// When all is closed.
    [[nodiscard]] std::string take();

private:
    void add_plain(std::string_view text);
    void begin(char bracket);
    void end(char bracket);
    void separate();
    void new_line();

    const Layout layout_;
    std::string text_;
    std::size_t depth_ = 0;
    bool is_first_ = true;     ///< of its object or array
    bool is_named_ = false;    ///< its name stands there already
};

}  // namespace filesrv::observe
