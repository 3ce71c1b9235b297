// SPDX-License-Identifier: MIT
// The folder for downloads: what many of them need not ask one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "os/directory.hpp"
#include "os/fd.hpp"

namespace filesrv::client {

inline constexpr std::string_view part_ending = ".part";

/// Reads the names of the folder a few at a time, beside downloads that have to look for their own parts until then; when
/// it holds none that ends like a part, nobody has to look. Parts of other processes that come later are not known, and
/// are met where one is made.
class OutputFolder {
public:
    explicit OutputFolder(os::UniqueFd folder);

    [[nodiscard]] os::Fd fd() const noexcept { return folder_.get(); }

    /// A new run: others may have been here meanwhile.
    void forget() noexcept;
    /// Whether `part_name` may be there. False: it was not when this run began.
    [[nodiscard]] bool may_hold(std::string_view part_name);
    /// This process has made a part.
    void note_part() noexcept;

    /// Whether close(2) of `name` may tell that its bytes are lost: a disk of this machine has told it before.
    [[nodiscard]] bool may_fail_to_close(std::string_view name) const noexcept;

private:
    enum class Parts : std::uint8_t { unknown, none, some };

    [[nodiscard]] Parts read_some();

    os::UniqueFd folder_;
    bool is_remote_;
    Parts parts_ = Parts::unknown;
    std::size_t asked_ = 0;
    std::optional<os::Directory> names_;  ///< while they are read
};

}  // namespace filesrv::client
