// SPDX-License-Identifier: MIT
// A file out of sight that becomes an upload: made, locked, and removed again unless it was put in place.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

namespace filesrv::store {

/// A folder that staged files live in: held open by every file in it, with the mutex of its names.
struct StagingPlace {
    os::UniqueFd fd;
    std::mutex* names = nullptr;
    std::optional<std::uint64_t> mount;  ///< where known: names move only within one mount
    bool hands_down = false;             ///< what is made in it gets its group or its access list
};

/// Locked by flock(2) as long as its process lives, so that a sweep can tell it from what the dead left. Move-only.
class StagedFile {
public:
    /// ENOENT when the folder has been removed meanwhile.
    [[nodiscard]] static Result<StagedFile> create(std::shared_ptr<const StagingPlace> place, std::string_view prefix,
                                                   std::uint32_t mode);
    /// Without a name for anybody to see or sweep; it goes with its process. EOPNOTSUPP and others where it cannot be.
    [[nodiscard]] static Result<StagedFile> create_nameless(os::Fd folder, std::uint32_t mode);
    StagedFile(StagedFile&&) noexcept = default;
    StagedFile& operator=(StagedFile&&) = delete;
    ~StagedFile();

    /// Names a nameless one, which is then like any other. ENOENT as above.
    [[nodiscard]] Result<void> give_name(std::shared_ptr<const StagingPlace> place, std::string_view prefix);
    [[nodiscard]] bool is_nameless() const noexcept { return place_ == nullptr; }

    [[nodiscard]] os::Fd fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const StagingPlace& place() const noexcept { return *place_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::uint32_t mode() const noexcept { return mode_; }  ///< as it was made; not known while nameless
    [[nodiscard]] os::Owner owner() const noexcept { return owner_; }  ///< the same

    /// It has been put in place: there is no name left to remove.
    void set_placed() noexcept { name_.clear(); }

    /// It is gone, for this errno, and cannot be put anywhere any more.
    void set_lost(int code) noexcept { lost_ = code; }
    [[nodiscard]] int lost() const noexcept { return lost_; }  ///< 0: it is there

private:
    StagedFile(std::shared_ptr<const StagingPlace> place, os::UniqueFd fd, std::string name) noexcept;

    std::shared_ptr<const StagingPlace> place_;  ///< none while nameless
    os::UniqueFd fd_;
    std::string name_;  ///< empty: nothing to remove
    std::uint32_t mode_ = 0;
    os::Owner owner_;
    int lost_ = 0;
};

/// Names in a folder that begin with `prefix`, at most so many.
[[nodiscard]] Result<std::vector<std::string>> names_in(os::Fd folder, std::string_view prefix, std::size_t most);

/// Removes a staged file, tree or lock of a dead process; false when somebody holds it or it is not ours to remove.
bool sweep_one(os::Fd folder, const char* name) noexcept;

/// Removes what the dead left under names with this prefix. Errors of single names are passed over.
[[nodiscard]] Result<void> sweep_folder(os::Fd folder, std::string_view prefix);

}  // namespace filesrv::store
