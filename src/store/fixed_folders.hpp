// SPDX-License-Identifier: MIT
// FixedFolders: which folders still lie where their path says, without a look at each on the way.
//
// A path is only as good as the folders on it: one that was moved away and replaced by a link leads somewhere else, and
// looking at what the path leads to does not tell. So each has to be looked at for each request, unless the kernel tells
// of moves (store/tree_news.hpp): a folder is *fixed* when it was seen to be a folder, not a link, in a fixed parent,
// after a watch was set on it, and nothing was told since.
//
// Who looks where the path leads sees there that a folder which held a name was removed, that a right was taken, and by
// the mount's id that something was mounted; but must make sure, where mounts are not told of, that a file has one name
// only. Who does not look any more (store/trusted_files.hpp) relies on what else is told: of rights, and of mounts.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "store/tree_news.hpp"

namespace filesrv::store {

/// One thread, no locks. The news must outlive it.
class FixedFolders {
public:
    class Ref;

    FixedFolders(TreeNews& news, std::size_t folders_max);
    FixedFolders(const FixedFolders&) = delete;
    FixedFolders& operator=(const FixedFolders&) = delete;
    ~FixedFolders();

    /// The folder of that path, to be asked again and again; empty for the root, where moves are not told of, and when
    /// there are too many.
    [[nodiscard]] Ref refer(std::string_view path);

    /// Whether it is fixed; tries to make it so when it is not.
    [[nodiscard]] bool is_fixed(const Ref& folder);

    /// Whether changes of the root's own rights are told of from here on; tries to make it so. It need not be fixed: it is
    /// held by a descriptor.
    [[nodiscard]] bool watches_root();

private:
    struct Folder;

    [[nodiscard]] bool fix(Folder& folder);
    [[nodiscard]] bool watch(Folder& folder);
    void unwatch(Folder& folder) noexcept;
    void release(Folder* folder) noexcept;

    TreeNews& news_;
    std::size_t folders_max_;
    std::unique_ptr<Folder> root_;
    std::unordered_map<std::string_view, std::unique_ptr<Folder>> folders_;  ///< keys live in the folders
};

/// Keeps what is known of a folder. Must not outlive the FixedFolders.
class FixedFolders::Ref {
public:
    Ref() noexcept = default;
    Ref(Ref&& other) noexcept : owner_(other.owner_), folder_(std::exchange(other.folder_, nullptr)) {}
    Ref& operator=(Ref&& other) noexcept {
        owner_ = other.owner_;
        std::swap(folder_, other.folder_);
        return *this;
    }
    ~Ref() { if (folder_ != nullptr) owner_->release(folder_); }

    [[nodiscard]] explicit operator bool() const noexcept { return folder_ != nullptr; }

private:
    friend class FixedFolders;
    Ref(FixedFolders& owner, Folder& folder) noexcept : owner_(&owner), folder_(&folder) {}

    FixedFolders* owner_ = nullptr;
    Folder* folder_ = nullptr;
};

}  // namespace filesrv::store
