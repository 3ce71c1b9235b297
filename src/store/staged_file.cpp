// SPDX-License-Identifier: MIT
// A file out of sight that becomes an upload: made, locked, and removed again unless it was put in place.
#include "store/staged_file.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/directory.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"
#include "store/folder_mutexes.hpp"
#include "store/path.hpp"
#include "store/path_lock.hpp"
#include "store/staged_tree.hpp"

namespace filesrv::store {
namespace {

constexpr int name_tries_max = 64;
constexpr std::size_t time_digits = 16;

/// A name that no other thread, process or node is likely to take just now; O_EXCL catches the rest.
std::string unique_name(std::string_view prefix) {
    static std::atomic<std::uint64_t> counter{0};
    const auto time = static_cast<std::uint64_t>(os::wall_now().time_since_epoch().count());
    const std::uint64_t number = counter.fetch_add(1, std::memory_order_relaxed);
    char text[48];
    const int length = std::snprintf(text, sizeof text, "%016llx-%llx", static_cast<unsigned long long>(time),
                                     static_cast<unsigned long long>(number));
    FS_ASSERT(length > 0 && static_cast<std::size_t>(length) < sizeof text);
    return std::string(prefix).append(text, static_cast<std::size_t>(length));
}

/// Whether what follows the prefix is what unique_name() makes of it, a tree's mark behind it or not, or a lock's name.
bool is_made_here(std::string_view rest) noexcept {
    const bool is_lock = rest.starts_with(lock_prefix);
    const std::string_view number = is_lock ? rest.substr(lock_prefix.size()) : rest.substr(0, rest.find('.'));
    const std::string_view allowed = is_lock ? "0123456789" : "0123456789abcdef-";
    if (number.empty() || number.find_first_not_of(allowed) != std::string_view::npos) return false;
    return is_lock || (number.find('-') == time_digits && number.rfind('-') == time_digits && number.size() > time_digits + 1);
}

}  // namespace

StagedFile::StagedFile(std::shared_ptr<const StagingPlace> place, os::UniqueFd fd, std::string name) noexcept
    : place_(std::move(place)), fd_(std::move(fd)), name_(std::move(name)) {}

Result<StagedFile> StagedFile::create(std::shared_ptr<const StagingPlace> place, std::string_view prefix,
                                      std::uint32_t mode) {
    FS_ASSERT(place != nullptr && place->names != nullptr);
    int code = EEXIST;
    for (int tries = 0; tries < name_tries_max && code == EEXIST; ++tries) {
        std::string name = unique_name(prefix);
        auto fd = [&] {
            const NamesLock lock(*place->names);
            return os::open_at(place->fd.get(), name.c_str(), os::OpenMode::create_new, mode);
        }();
        code = fd ? 0 : fd.error().code;
        if (!fd) continue;
        StagedFile file(place, std::move(*fd), std::move(name));
        // A sweep of another process may come between making and locking. Then it has the lock, or had it and has
        // removed the name. A file system without locks has no sweeps that could take a living file either.
        const int locked = os::lock_file(file.fd(), os::LockWait::try_once);
        const auto stat = os::stat_fd(file.fd());
        if (!stat) return failure(stat.error().code, "stage");
        if (locked == EWOULDBLOCK || stat->links == 0) {
            code = EEXIST;
            continue;
        }
        FS_ASSERT(stat->type == os::FileType::regular && stat->size == 0);
        file.mode_ = stat->mode;
        file.owner_ = {.uid = stat->uid, .gid = stat->gid};
        return file;
    }
    return failure(code, "stage");
}

Result<StagedFile> StagedFile::create_nameless(os::Fd folder, std::uint32_t mode) {
    auto fd = os::open_at(folder, ".", os::OpenMode::nameless, mode);
    if (!fd) return std::unexpected(std::move(fd.error()));
    return StagedFile(nullptr, std::move(*fd), {});
}

Result<void> StagedFile::give_name(std::shared_ptr<const StagingPlace> place, std::string_view prefix) {
    FS_ASSERT(is_nameless() && place != nullptr && place->names != nullptr);
    // Before it can be seen, so that no sweep finds it unlocked.
    (void)os::lock_file(fd(), os::LockWait::try_once);
    const auto stat = os::stat_fd(fd());
    if (!stat) return std::unexpected(stat.error());
    int code = EEXIST;
    for (int tries = 0; tries < name_tries_max && code == EEXIST; ++tries) {
        std::string name = unique_name(prefix);
        const NamesLock lock(*place->names);
        code = os::link_nameless(fd(), {.folder = place->fd.get(), .name = name.c_str()});
        if (code == 0) name_ = std::move(name);
    }
    if (code != 0) return failure(code, "stage");
    place_ = std::move(place);
    mode_ = stat->mode;
    owner_ = {.uid = stat->uid, .gid = stat->gid};
    return {};
}

StagedFile::~StagedFile() {
    if (name_.empty() || !place_) return;
    const NamesLock lock(*place_->names);
    // Whatever hinders it, the next sweep will find it unlocked.
    (void)os::remove_name(place_->fd.get(), name_.c_str());
}

bool sweep_one(os::Fd folder, const char* name) noexcept {
    FS_ASSERT(folder.is_open() && name != nullptr);
    const auto fd = os::open_at(folder, name, os::OpenMode::read);
    if (!fd || os::lock_file(fd->get(), os::LockWait::try_once) != 0) return false;
    // The name may lead to another file by now, one that its owner has just made and not locked yet.
    const auto locked = os::stat_fd(fd->get());
    os::FileStat named;
    if (!locked || os::stat_at(folder, name, named) != 0) return false;
    if (!named.is_same_file(*locked)) return false;
    if (named.type == os::FileType::directory) return remove_tree(folder, name);
    if (named.type != os::FileType::regular) return false;
    return os::remove_name(folder, name) == 0;
}

Result<std::vector<std::string>> names_in(os::Fd folder, std::string_view prefix, std::size_t most) {
    FS_ASSERT(most > 0);
    auto fd = os::open_at(folder, ".", os::OpenMode::folder);
    if (!fd) return failure(fd.error().code, "sweep");
    auto directory = os::Directory::adopt(std::move(*fd));
    if (!directory) return std::unexpected(std::move(directory.error()));
    std::vector<std::string> names;
    while (names.size() < most) {
        const auto item = directory->next();
        if (!item) return std::unexpected(item.error());
        if (!*item) break;
        if ((*item)->name.starts_with(prefix)) names.emplace_back((*item)->name);
    }
    return names;
}

Result<void> sweep_folder(os::Fd folder, std::string_view prefix) {
    // Names removed while a folder is read may hide others from it, readdir(3): one batch is gathered, then removed.
    constexpr std::size_t batch_max = 4096;
    const auto names = names_in(folder, prefix, batch_max);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
        // Beside a target anybody may have put what begins alike.
        if (prefix == beside_prefix && !is_made_here(std::string_view(name).substr(prefix.size()))) continue;
        sweep_one(folder, name.c_str());
    }
    return {};
}

}  // namespace filesrv::store
