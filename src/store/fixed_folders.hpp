// SPDX-License-Identifier: MIT
// FixedFolders: which folders still lie where their path says, without a look at each on the way.
//
// A path is only as good as the folders on it: one that was moved away and replaced by a link leads somewhere else, and
// looking at what the path leads to does not tell. So each has to be looked at for each request, unless the kernel tells
// of moves (os/move_watch): a folder is *fixed* when it was seen to be a folder, not a link, in a fixed parent, after a
// watch was set on it, and nothing was told since. What is told is read after a request has been received and before it
// is answered; a change that was complete when the request was sent is among it.
//
// Moves are all that is watched. Removing a folder that holds a name, or taking a right, shows where the path leads;
// mounts show by the mount's id; and who relies on this has to make sure that a file has one name only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "os/fd.hpp"
#include "os/move_watch.hpp"
#include "os/stat.hpp"

namespace filesrv::store {

/// One thread, no locks. The root must outlive it.
class FixedFolders {
public:
    class Ref;

    FixedFolders(os::Fd root, std::size_t folders_max) noexcept;
    FixedFolders(const FixedFolders&) = delete;
    FixedFolders& operator=(const FixedFolders&) = delete;
    ~FixedFolders();

    /// What is asked next may have been sent after changes of which nothing is known yet.
    void expect_changes() noexcept { looked_ = false; }

    /// The folder of that path, to be asked again and again; empty for the root, where moves are not told of, and when
    /// there are too many.
    [[nodiscard]] Ref refer(std::string_view path);

    /// Whether it is fixed; tries to make it so when it is not.
    [[nodiscard]] bool is_fixed(const Ref& folder);

    /// As os::stat_on_mount() on the root's own mount.
    [[nodiscard]] int stat(const char* path, os::FileStat& result) const noexcept;

    [[nodiscard]] std::size_t watches() const noexcept { return watched_.size(); }

private:
    struct Folder;
    enum class Telling : std::uint8_t { unknown, yes, no };

    [[nodiscard]] bool can_tell();
    void look();
    [[nodiscard]] bool fix(Folder& folder);
    [[nodiscard]] bool watch(Folder& folder);
    void unwatch(Folder& folder) noexcept;
    void unwatch_all() noexcept;
    void release(Folder* folder) noexcept;

    os::Fd root_;
    std::size_t folders_max_;
    Telling telling_ = Telling::unknown;
    std::uint64_t mount_ = 0;        ///< the root's
    std::uint64_t news_ = 1;         ///< counts what was told: what was fixed before is to be looked at again
    bool looked_ = false;            ///< nothing has been told that was not taken notice of
    std::optional<os::MoveWatch> watch_;
    std::unordered_map<std::string_view, std::unique_ptr<Folder>> folders_;  ///< keys live in the folders
    std::unordered_map<int, Folder*> watched_;
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
