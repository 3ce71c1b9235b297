// SPDX-License-Identifier: MIT
// The folders that an upload needs, made out of sight with the upload in the innermost, to appear in one step.
//
// A folder made at its place is empty for a moment, and whoever removes empty folders in a spin can win any number of
// rounds. These are never empty where anybody sees them.
#pragma once

#include <mutex>
#include <span>
#include <string>

#include "base/error.hpp"
#include "os/directory.hpp"
#include "os/fd.hpp"
#include "store/staged_file.hpp"

namespace filesrv::store {

/// Locked like a staged file, so that a sweep tells it from what the dead left. Move-only; the file must outlive it.
class StagedTree {
public:
    /// Makes `folders`, outermost first and at least one, where the file is staged, and moves the file into the last
    /// under `name`. After an error all is as it was; any errno: making the folders at their place may still work.
    [[nodiscard]] static Result<StagedTree> build(StagedFile& file, std::span<const std::string> folders,
                                                  std::string name);
    StagedTree(StagedTree&& other) noexcept;
    StagedTree& operator=(StagedTree&&) = delete;
    /// Takes it apart unless it was put in place.
    ~StagedTree();

    /// Gives the outermost folder its name, never replacing anything; `names` is the mutex of the target's folder. 0,
    /// EEXIST: somebody has made it; ENOENT: its folder is gone; EINVAL, ENOSYS: not possible on this file system. After
    /// an error the tree is taken apart, and the file is staged as before or else lost, as it says itself.
    [[nodiscard]] int put_in_place(os::NamedPlace to, std::mutex& names);

    /// The innermost folder, handed over.
    [[nodiscard]] os::UniqueFd take_innermost() noexcept { return std::move(innermost_); }

private:
    StagedTree(StagedFile& file, std::string name);
    [[nodiscard]] int make_outermost();
    [[nodiscard]] int move_in(std::span<const std::string> inner);
    void take_apart() noexcept;

    StagedFile* file_;       ///< null: nothing to take apart
    std::string outermost_;  ///< its name while it is staged
    std::string deepest_;    ///< the last folder made, as a path from where the file is staged
    std::string name_;       ///< the file's, in the innermost
    os::UniqueFd lock_;      ///< of the outermost
    os::UniqueFd innermost_;
    bool is_filled_ = false;
};

/// Removes a folder with all that is in it, whatever its depth, if that is no more than a staged tree holds. False when
/// something is left; a folder that holds more anywhere is not touched.
bool remove_tree(os::Fd folder, const std::string& name);

}  // namespace filesrv::store
