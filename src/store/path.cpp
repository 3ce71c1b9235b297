// SPDX-License-Identifier: MIT
// Names below the root: what a path may look like, and which names are never served.
#include "store/path.hpp"

#include <cerrno>

#include "base/assert.hpp"

namespace filesrv::store {
namespace {

/// Whether `test` holds for any component.
template <class Test>
bool any_component(std::string_view path, Test test) noexcept {
    for (;;) {
        const auto slash = path.find('/');
        if (test(path.substr(0, slash))) return true;
        if (slash == std::string_view::npos) return false;
        path.remove_prefix(slash + 1);
    }
}

}  // namespace

bool is_hidden(std::string_view path) noexcept {
    return any_component(path, [](std::string_view name) { return name.starts_with('.'); });
}

bool is_reserved(std::string_view path) noexcept {
    return any_component(path, [](std::string_view name) {
        return name == staging_name || name.starts_with(beside_prefix);
    });
}

Result<void> check_path(std::string_view path) {
    if (path.empty()) return {};
    if (path.size() > path_bytes_max) return failure(ENAMETOOLONG, "path", path.substr(0, component_bytes_max));
    if (path.find('\0') != std::string_view::npos) return failure(EINVAL, "path");
    int code = 0;
    const bool is_bad = any_component(path, [&code](std::string_view name) {
        if (name.empty() || name == "." || name == "..") code = EINVAL;
        if (name.size() > component_bytes_max) code = ENAMETOOLONG;
        return code != 0;
    });
    if (is_bad) return failure(code, "path", path);
    return {};
}

std::string_view parent_of(std::string_view path) noexcept {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) noexcept {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string join(std::string_view folder, std::string_view name) {
    FS_ASSERT(!name.empty());
    if (folder.empty()) return std::string(name);
    std::string joined;
    joined.reserve(folder.size() + 1 + name.size());
    return joined.append(folder).append("/").append(name);
}

}  // namespace filesrv::store
