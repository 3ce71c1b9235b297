// SPDX-License-Identifier: MIT
// Confinement without openat2(2): a path walked component by component, links followed by hand.
//
// Every step opens one name in a folder that is held open, without following a link, so no rename can lead a step out
// of the tree. Only ".." inside a link's target could: instead of asking the kernel for the parent, which may have been
// moved out of the root since, the walk starts again from the root along the folders it came by, less the last.
#include "store/walk.hpp"

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "os/directory.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"
#include "store/path.hpp"

namespace filesrv::store {
namespace {

class Walk {
public:
    Walk(os::Fd root, Purpose purpose, bool follow_symlinks) noexcept
        : root_(root), purpose_(purpose), follow_symlinks_(follow_symlinks) {}

    Result<Opened> run(std::string_view path);

private:
    enum class Step : std::uint8_t { go_on, arrived };

    Result<Step> step();
    Result<Step> enter(const std::string& name, bool is_last);
    Result<void> follow(os::Fd link);
    Result<void> climb();
    Result<void> open_current();
    [[nodiscard]] os::Fd current() const noexcept { return folder_.is_open() ? folder_.get() : root_; }
    std::string take_component();

    os::Fd root_;
    Purpose purpose_;
    bool follow_symlinks_;
    std::string rest_;                  ///< what is still to be walked
    std::vector<std::string> way_;      ///< the folders from the root to the current one
    os::UniqueFd folder_;               ///< the current one; closed = the root
    unsigned links_ = 0;
    os::UniqueFd found_;
};

Result<Opened> Walk::run(std::string_view path) {
    rest_ = path;
    for (;;) {
        const auto result = step();
        if (!result) return std::unexpected(result.error());
        if (*result == Step::go_on) continue;
        FS_ASSERT(found_.is_open());
        return Opened{.fd = std::move(found_), .via_symlink = links_ > 0};
    }
}

Result<Walk::Step> Walk::step() {
    const std::string name = take_component();
    if (name.empty() || name == ".") {
        if (!rest_.empty()) return Step::go_on;
        if (auto opened = open_current(); !opened) return std::unexpected(opened.error());
        return Step::arrived;
    }
    if (name == "..") {
        if (auto climbed = climb(); !climbed) return std::unexpected(climbed.error());
        return Step::go_on;
    }
    return enter(name, /*is_last=*/rest_.empty());
}

/// The next component; afterwards rest_ is empty only if nothing, not even a slash, follows it.
std::string Walk::take_component() {
    const auto slash = rest_.find('/');
    std::string name = rest_.substr(0, slash);
    rest_.erase(0, slash == std::string::npos ? std::string::npos : slash + 1);
    if (slash != std::string::npos && rest_.empty()) rest_ = ".";  // "a/" means the folder a: "a/."
    return name;
}

Result<Walk::Step> Walk::enter(const std::string& name, bool is_last) {
    if (is_last && purpose_ == Purpose::read) {
        auto file = os::open_at(current(), name.c_str(), os::OpenMode::read);
        if (!file && file.error().code != ELOOP) return std::unexpected(std::move(file.error()));
        if (file) {
            found_ = std::move(*file);
            return Step::arrived;
        }
    }
    auto place = os::open_at(current(), name.c_str(), os::OpenMode::locate);
    if (!place) return std::unexpected(std::move(place.error()));
    const auto stat = os::stat_fd(place->get());
    if (!stat) return std::unexpected(stat.error());
    if (stat->type == os::FileType::symlink) {
        if (auto followed = follow(place->get()); !followed) return std::unexpected(followed.error());
        return Step::go_on;
    }
    // When it was opened for reading it was a link; now it is none: somebody swapped it.
    if (is_last && purpose_ == Purpose::read) return failure(EAGAIN, "walk");
    if (is_last) {
        found_ = std::move(*place);
        return Step::arrived;
    }
    if (stat->type != os::FileType::directory) return failure(ENOTDIR, "walk");
    FS_ASSERT(!name.empty() && name != "..");
    way_.push_back(name);
    folder_ = std::move(*place);
    return Step::go_on;
}

Result<void> Walk::follow(os::Fd link) {
    if (!follow_symlinks_ || ++links_ > links_max) return failure(ELOOP, "walk");
    auto target = os::read_link(link, "");
    if (!target) return std::unexpected(std::move(target.error()));
    if (target->starts_with('/')) return failure(EXDEV, "walk");
    if (!rest_.empty()) *target += "/" + rest_;
    if (target->size() > path_bytes_max) return failure(ENAMETOOLONG, "walk");
    rest_ = std::move(*target);
    return {};
}

Result<void> Walk::climb() {
    if (way_.empty()) return failure(EXDEV, "walk");  // above the root
    way_.pop_back();
    folder_.reset();
    for (const std::string& name : way_) {
        auto next = os::open_at(current(), name.c_str(), os::OpenMode::locate);
        const auto stat = next ? os::stat_fd(next->get()) : std::unexpected(next.error());
        if (!stat || stat->type != os::FileType::directory) return failure(EAGAIN, "walk");
        folder_ = std::move(*next);
    }
    return {};
}

Result<void> Walk::open_current() {
    const auto mode = purpose_ == Purpose::read ? os::OpenMode::read : os::OpenMode::locate;
    auto opened = os::open_at(current(), ".", mode);
    if (!opened) return std::unexpected(std::move(opened.error()));
    found_ = std::move(*opened);
    return {};
}

}  // namespace

Result<Opened> open_by_walk(os::Fd root, std::string_view path, Purpose purpose, bool follow_symlinks) {
    FS_ASSERT(root.is_open());
    return Walk(root, purpose, follow_symlinks).run(path);
}

}  // namespace filesrv::store
