// SPDX-License-Identifier: MIT
// The folders that an upload needs, made out of sight with the upload in the innermost, to appear in one step.
#include "store/staged_tree.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "os/open.hpp"
#include "store/folder_mutexes.hpp"
#include "store/path.hpp"

namespace filesrv::store {
namespace {

/// How many names to ask a folder for that is to hold one: a second says that it is somebody else's.
constexpr std::size_t names_max = 2;
constexpr std::size_t levels_max = path_bytes_max / 2 + 1;

/// What the outermost folder's name has behind the file's; while a tree is taken apart, with marks behind it.
constexpr std::string_view tree_suffix = ".d";
constexpr char apart_mark = '~';

/// Whether a folder is what is made here: folders one in the other, each the only name, and at most a file in the last.
bool is_staged_tree(os::Fd parent, const std::string& name) {
    if (!std::string_view(name).substr(0, name.find_last_not_of(apart_mark) + 1).ends_with(tree_suffix)) return false;
    auto folder = os::open_at(parent, name.c_str(), os::OpenMode::locate);
    for (std::size_t level = 0; folder && level < levels_max; ++level) {
        const auto names = names_in(folder->get(), {}, names_max);
        if (!names || names->size() == names_max) return false;
        if (names->empty()) return true;
        os::FileStat only;
        if (os::stat_at(folder->get(), names->front().c_str(), only) != 0) return false;
        if (only.type != os::FileType::directory) return only.type == os::FileType::regular;
        folder = os::open_at(folder->get(), names->front().c_str(), os::OpenMode::locate);
    }
    return false;
}

/// Unlinks the file that a folder holds, or moves the folder in it out to `child`. Nothing: it holds more, or it cannot
/// be read. True: there was a folder.
Result<bool> empty_folder(os::Fd parent, const std::string& name, const std::string& child) {
    const auto folder = os::open_at(parent, name.c_str(), os::OpenMode::locate);
    if (!folder) return std::unexpected(folder.error());
    const auto names = names_in(folder->get(), {}, names_max);
    if (!names) return std::unexpected(names.error());
    if (names->size() == names_max) return failure(ENOTEMPTY, "sweep", name);
    if (names->empty() || os::remove_name(folder->get(), names->front().c_str()) == 0) return false;
    const os::NamedPlace from{.folder = folder->get(), .name = names->front().c_str()};
    return os::rename_over(from, {.folder = parent, .name = child.c_str()}) == 0;
}

}  // namespace

bool remove_tree(os::Fd folder, const std::string& name) {
    // All of it is looked at before the first name goes: what somebody else keeps under such a name stays whole.
    if (!is_staged_tree(folder, name)) return false;
    // Level by level from the outside: no path grows too long, and no more than one folder is open.
    std::string outer = name;
    std::string inner = name + apart_mark;
    for (std::size_t level = 0; level < levels_max; ++level) {
        const auto has_child = empty_folder(folder, outer, inner);
        if (!has_child || os::remove_folder(folder, outer.c_str()) != 0) return false;
        if (!*has_child) return true;
        std::swap(outer, inner);
    }
    return false;
}

StagedTree::StagedTree(StagedFile& file, std::string name)
    : file_(&file), outermost_(std::string(file.name()).append(tree_suffix)), name_(std::move(name)) {
    FS_ASSERT(!file.name().empty() && !name_.empty());
}

StagedTree::StagedTree(StagedTree&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), outermost_(std::move(other.outermost_)),
      deepest_(std::move(other.deepest_)), name_(std::move(other.name_)), lock_(std::move(other.lock_)),
      innermost_(std::move(other.innermost_)), is_filled_(other.is_filled_) {}

StagedTree::~StagedTree() {
    if (file_ != nullptr) take_apart();
}

void StagedTree::take_apart() noexcept {
    FS_ASSERT(file_ != nullptr);
    StagedFile& file = *std::exchange(file_, nullptr);
    const os::Fd place = file.place().fd.get();
    const NamesLock lock(*file.place().names);
    if (is_filled_) {
        const int code = os::rename_over({.folder = innermost_.get(), .name = name_.c_str()},
                                         {.folder = place, .name = file.name().c_str()});
        if (code != 0) {
            // Then it goes with its folders.
            (void)os::remove_name(innermost_.get(), name_.c_str());
            file.set_lost(code);
        }
    }
    // By their names, for which no descriptor is needed: there may be none left. What stays is for the next sweep.
    bool is_too_long = false;
    for (; !deepest_.empty(); deepest_.resize(parent_of(deepest_).size())) {
        is_too_long = os::remove_folder(place, deepest_.c_str()) == ENAMETOOLONG || is_too_long;
    }
    // A path that is just short enough where it was to be is too long behind the staged name: then level by level.
    if (is_too_long) (void)remove_tree(place, outermost_);
}

Result<StagedTree> StagedTree::build(StagedFile& file, std::span<const std::string> folders, std::string name) {
    FS_ASSERT(!folders.empty());
    StagedTree tree(file, std::move(name));
    if (const int code = tree.make_outermost(); code != 0) return failure(code, "stage folders");
    if (const int code = tree.move_in(folders.subspan(1)); code != 0) return failure(code, "stage folders");
    return tree;
}

int StagedTree::make_outermost() {
    const StagingPlace& place = file_->place();
    const NamesLock lock(*place.names);
    std::string deepest = outermost_;  // first: once it is made, nothing may come between
    if (const int code = os::make_folder(place.fd.get(), outermost_.c_str(), 0777); code != 0) return code;
    deepest_ = std::move(deepest);
    auto fd = os::open_at(place.fd.get(), outermost_.c_str(), os::OpenMode::folder);
    if (!fd) return fd.error().code;
    lock_ = std::move(*fd);
    // A sweep that was quicker removes it: then what is made in it fails.
    return os::lock_file(lock_.get(), os::LockWait::try_once);
}

int StagedTree::move_in(std::span<const std::string> inner) {
    auto current = os::open_at(lock_.get(), ".", os::OpenMode::locate);
    for (const std::string& name : inner) {
        if (!current) break;
        std::string deepest = join(deepest_, name);
        if (const int code = os::make_folder(current->get(), name.c_str(), 0777); code != 0) return code;
        deepest_ = std::move(deepest);
        current = os::open_at(current->get(), name.c_str(), os::OpenMode::locate);
    }
    if (!current) return current.error().code;
    innermost_ = std::move(*current);
    const StagingPlace& place = file_->place();
    const NamesLock lock(*place.names);
    const int code = os::rename_over({.folder = place.fd.get(), .name = file_->name().c_str()},
                                     {.folder = innermost_.get(), .name = name_.c_str()});
    is_filled_ = code == 0;
    return code;
}

int StagedTree::put_in_place(os::NamedPlace to, std::mutex& names) {
    FS_ASSERT(file_ != nullptr && is_filled_);
    const StagingPlace& place = file_->place();
    const int code = [&] {
        const NamesLock lock(*place.names, names);
        return os::rename_new({.folder = place.fd.get(), .name = outermost_.c_str()}, to);
    }();
    if (code != 0) {
        take_apart();
        return code;
    }
    // From here on the name is the upload: nothing may remove it.
    file_->set_placed();
    file_ = nullptr;
    return 0;
}

}  // namespace filesrv::store
