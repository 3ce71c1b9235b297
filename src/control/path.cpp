// SPDX-License-Identifier: MIT
// Where a daemon's control socket is.
#include "control/path.hpp"

#include <cstdlib>
#include <string_view>

#include "base/assert.hpp"

namespace filesrv::control {
namespace {

/// Nothing for one that is not there, empty, or relative.
std::optional<std::string> absolute(const char* variable) {
    if (variable == nullptr || *variable != '/') return std::nullopt;
    std::string path = variable;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

/// The first of the manager's folders.
std::optional<std::string> runtime_folder(const char* list) {
    const std::string_view all = list == nullptr ? "" : list;
    return absolute(std::string(all.substr(0, all.find(':'))).c_str());
}

std::string temporary_folder(const PathVariables& variables, std::uint32_t uid) {
    return absolute(variables.tmpdir).value_or("/tmp") + "/filesrv-" + std::to_string(uid);
}

SocketPlace asked_for(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {.path = path, .folder = "."};
    return {.path = path, .folder = slash == 0 ? "/" : path.substr(0, slash)};
}

}  // namespace

PathVariables path_variables() noexcept {
    return {.runtime_directory = std::getenv("RUNTIME_DIRECTORY"),
            .xdg_runtime_dir = std::getenv("XDG_RUNTIME_DIR"),
            .tmpdir = std::getenv("TMPDIR")};
}

SocketPlace socket_place(const std::string& wanted, const PathVariables& variables, const SocketOwner& owner) {
    FS_ASSERT(owner.port != 0);
    if (!wanted.empty()) return asked_for(wanted);
    if (const auto folder = runtime_folder(variables.runtime_directory)) return asked_for(*folder + "/control.sock");
    const auto xdg = absolute(variables.xdg_runtime_dir);
    const std::string folder = xdg ? *xdg + "/filesrv" : temporary_folder(variables, owner.uid);
    const std::string name = owner.port ? std::to_string(*owner.port) : "unix";
    return {.path = folder + '/' + name + ".sock", .folder = folder, .owner = FolderOwner::us};
}

std::vector<std::string> search_folders(const PathVariables& variables, std::uint32_t uid) {
    std::vector<std::string> folders;
    if (const auto xdg = absolute(variables.xdg_runtime_dir)) folders.push_back(*xdg + "/filesrv");
    folders.push_back(temporary_folder(variables, uid));
    return folders;
}

std::vector<std::string> manager_folders(const PathVariables& variables) {
    std::vector<std::string> folders{"/run"};
    if (auto xdg = absolute(variables.xdg_runtime_dir)) folders.push_back(*std::move(xdg));
    return folders;
}

}  // namespace filesrv::control
