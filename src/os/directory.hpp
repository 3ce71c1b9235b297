// SPDX-License-Identifier: MIT
// Folders: reading their names, and the calls that make, move and remove names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "os/fd.hpp"
#include "os/stat.hpp"

namespace filesrv::os {

/// One name of a folder.
struct DirectoryItem {
    std::string_view name;         ///< lives until the next call
    std::optional<FileType> type;  ///< of the name itself, not of a link's target; nothing where only stat(2) can tell
};

/// An open directory stream, readdir(3). Move-only, one thread at a time.
class Directory {
public:
    /// Takes over a readable folder descriptor whose offset is nobody else's.
    [[nodiscard]] static Result<Directory> adopt(UniqueFd fd);
    Directory(Directory&& other) noexcept;
    Directory& operator=(Directory&&) = delete;
    ~Directory();

    /// The next name but "." and ".."; nothing at the end.
    [[nodiscard]] Result<std::optional<DirectoryItem>> next();
    /// Begins again, with what is there now, rewinddir(3).
    void rewind() noexcept;
    [[nodiscard]] Fd fd() const noexcept;

private:
    explicit Directory(void* stream) noexcept : stream_(stream) {}
    void close() noexcept;

    void* stream_ = nullptr;  ///< a DIR, whose header stays out of here
};

// Each takes names relative to a folder and returns 0 or an errno: callers look at the codes.
[[nodiscard]] int make_folder(Fd folder, const char* name, std::uint32_t mode) noexcept;     ///< mkdirat(2)
[[nodiscard]] int make_path(const char* path, std::uint32_t mode) noexcept;                  ///< mkdir(2), the last name only
[[nodiscard]] int remove_folder(Fd folder, const char* name) noexcept;                       ///< unlinkat(2), empty ones
[[nodiscard]] int remove_name(Fd folder, const char* name) noexcept;                         ///< unlinkat(2)
/// May we write here, by effective ids? faccessat(2) without following a last link. "" = the folder itself.
[[nodiscard]] int check_writable(Fd folder, const char* name) noexcept;

/// Whether files made here get an access list from their folder, acl(5): by an O_PATH descriptor too.
[[nodiscard]] bool has_default_acl(Fd folder) noexcept;

struct NamedPlace {
    Fd folder;
    const char* name;
};
[[nodiscard]] int rename_over(NamedPlace from, NamedPlace to) noexcept;       ///< renameat(2): replaces
[[nodiscard]] int rename_new(NamedPlace from, NamedPlace to) noexcept;        ///< RENAME_NOREPLACE; EINVAL where missing
[[nodiscard]] int link_new(NamedPlace from, NamedPlace to) noexcept;          ///< linkat(2): never replaces
[[nodiscard]] int link_nameless(Fd file, NamedPlace to) noexcept;              ///< linkat(2) of an O_TMPFILE: never replaces
/// readlinkat(2); "" as a name reads the link that an O_PATH descriptor holds.
[[nodiscard]] Result<std::string> read_link(Fd folder, const char* name);
/// Where an open descriptor's file is now, as /proc/self/fd tells it: an absolute path.
[[nodiscard]] Result<std::string> descriptor_path(Fd fd);

}  // namespace filesrv::os
