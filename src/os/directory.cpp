// SPDX-License-Identifier: MIT
// Folders: reading their names, and the calls that make, move and remove names.
#include "os/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <utility>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

DIR* as_stream(void* stream) noexcept { return static_cast<DIR*>(stream); }

/// readdir(3): not every file system tells.
std::optional<FileType> type_of(const dirent& found) noexcept {
    switch (found.d_type) {
        case DT_UNKNOWN: return std::nullopt;
        case DT_REG: return FileType::regular;
        case DT_DIR: return FileType::directory;
        case DT_LNK: return FileType::symlink;
        default: return FileType::other;
    }
}

int code_of(int result) noexcept { return result == 0 ? 0 : errno; }

}  // namespace

Result<Directory> Directory::adopt(UniqueFd fd) {
    FS_ASSERT(fd.is_open());
    DIR* stream = ::fdopendir(fd.number());
    if (stream == nullptr) return failure(errno, "fdopendir");
    (void)fd.release();  // closedir(3) closes it
    return Directory(stream);
}

Directory::Directory(Directory&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}

Directory::~Directory() { close(); }

void Directory::close() noexcept {
    if (stream_ != nullptr) FS_ASSERT(::closedir(as_stream(std::exchange(stream_, nullptr))) == 0);
}

Result<std::optional<DirectoryItem>> Directory::next() {
    FS_ASSERT(stream_ != nullptr);
    for (;;) {
        errno = 0;  // readdir(3): the only way to tell the end from an error
        const dirent* found = ::readdir(as_stream(stream_));
        if (found == nullptr && errno != 0) return failure(errno, "readdir");
        if (found == nullptr) return std::nullopt;
        const std::string_view name = found->d_name;
        if (name != "." && name != "..") return DirectoryItem{.name = name, .type = type_of(*found)};
    }
}

void Directory::rewind() noexcept {
    FS_ASSERT(stream_ != nullptr);
    ::rewinddir(as_stream(stream_));
}

Fd Directory::fd() const noexcept {
    FS_ASSERT(stream_ != nullptr);
    return Fd(::dirfd(as_stream(stream_)));
}

int make_folder(Fd folder, const char* name, std::uint32_t mode) noexcept {
    return code_of(::mkdirat(folder.number(), name, mode));
}

int make_path(const char* path, std::uint32_t mode) noexcept { return code_of(::mkdir(path, mode)); }

int remove_folder(Fd folder, const char* name) noexcept {
    return code_of(::unlinkat(folder.number(), name, AT_REMOVEDIR));
}

int remove_name(Fd folder, const char* name) noexcept { return code_of(::unlinkat(folder.number(), name, 0)); }

int check_writable(Fd folder, const char* name) noexcept {
    if (*name == '\0') return code_of(::faccessat(folder.number(), ".", W_OK | X_OK, AT_EACCESS));
    return code_of(::faccessat(folder.number(), name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW));
}

bool has_default_acl(Fd folder) noexcept {
    // fgetxattr(2) refuses an O_PATH descriptor; by its name in /proc it is taken.
    std::array<char, 32> path;
    std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", folder.number());
    return ::getxattr(path.data(), "system.posix_acl_default", nullptr, 0) > 0;
}

int rename_over(NamedPlace from, NamedPlace to) noexcept {
    return code_of(::renameat(from.folder.number(), from.name, to.folder.number(), to.name));
}

int rename_new(NamedPlace from, NamedPlace to) noexcept {
    return code_of(::renameat2(from.folder.number(), from.name, to.folder.number(), to.name, RENAME_NOREPLACE));
}

int link_new(NamedPlace from, NamedPlace to) noexcept {
    return code_of(::linkat(from.folder.number(), from.name, to.folder.number(), to.name, 0));
}

int link_nameless(Fd file, NamedPlace to) noexcept {
    FS_ASSERT(file.is_open());
    // By the descriptor alone: Linux 6.10, or a capability. Else by the path that proc(5) has for it.
    const int code = code_of(::linkat(file.number(), "", to.folder.number(), to.name, AT_EMPTY_PATH));
    if (code != ENOENT) return code;
    std::array<char, 32> path;
    std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", file.number());
    return code_of(::linkat(AT_FDCWD, path.data(), to.folder.number(), to.name, AT_SYMLINK_FOLLOW));
}

Result<std::string> read_link(Fd folder, const char* name) {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlinkat(folder.number(), name, target.data(), target.size());
    if (length < 0) return failure(errno, "readlinkat");
    if (static_cast<std::size_t>(length) == target.size()) return failure(ENAMETOOLONG, "readlinkat");
    return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<std::string> descriptor_path(Fd fd) {
    FS_ASSERT(fd.is_open());
    return read_link(Fd(AT_FDCWD), ("/proc/self/fd/" + std::to_string(fd.number())).c_str());
}

}  // namespace filesrv::os
