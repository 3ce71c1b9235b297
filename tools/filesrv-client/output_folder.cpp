// SPDX-License-Identifier: MIT
// Names of the folder for downloads, read at the pace of the downloads.
#include "tools/filesrv-client/output_folder.hpp"

#include "base/assert.hpp"
#include "os/open.hpp"

namespace filesrv::client {
namespace {

// A few downloads are not worth a look at the others' names; many are, however long the folder: what one reads takes no
// longer than its look for a part of its own.
constexpr std::size_t asked_before_reading = 8;
constexpr std::size_t names_at_once = 8;

bool is_below(std::string_view name) noexcept { return name.find('/') != std::string_view::npos; }

}  // namespace

OutputFolder::OutputFolder(os::UniqueFd folder)
    : folder_(std::move(folder)), is_remote_(os::file_system_of(folder_.get()) == os::FileSystem::remote) {}

void OutputFolder::forget() noexcept {
    parts_ = Parts::unknown;
    asked_ = 0;
    names_.reset();
}

bool OutputFolder::may_hold(std::string_view part_name) {
    FS_ASSERT(part_name.ends_with(part_ending));
    if (is_below(part_name)) return true;
    if (parts_ == Parts::unknown && ++asked_ > asked_before_reading) {
        parts_ = read_some();
        if (parts_ != Parts::unknown) names_.reset();
    }
    return parts_ != Parts::none;
}

void OutputFolder::note_part() noexcept {
    parts_ = Parts::some;
    names_.reset();
}

bool OutputFolder::may_fail_to_close(std::string_view name) const noexcept { return is_remote_ || is_below(name); }

/// A folder that cannot be read may hold anything.
OutputFolder::Parts OutputFolder::read_some() {
    if (!names_) {
        auto readable = os::open_at(fd(), ".", os::OpenMode::folder);
        auto names = readable ? os::Directory::adopt(std::move(*readable)) : std::unexpected(readable.error());
        if (!names) return Parts::some;
        names_.emplace(std::move(*names));
    }
    for (std::size_t i = 0; i < names_at_once; ++i) {
        const auto item = names_->next();
        if (!item) return Parts::some;
        if (!*item) return Parts::none;
        if ((*item)->name.ends_with(part_ending)) return Parts::some;
    }
    return Parts::unknown;
}

}  // namespace filesrv::client
