// SPDX-License-Identifier: MIT
// TreeNews: what the kernel tells of the root's tree, read when requests may have been sent after changes.
//
// What is told is read after a request has been received and before it is answered; a change that was complete when the
// request was sent is among it. The kernel tells within the call that makes the change; see os/tree_watch.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "base/assert.hpp"
#include "base/error.hpp"
#include "os/fd.hpp"
#include "os/stat.hpp"
#include "os/tree_watch.hpp"

namespace filesrv::store {

/// One thread, no locks. The root must outlive it, and it those who are watched.
class TreeNews {
public:
    /// What can be watched, one folder or one file. Has to be forgotten before it goes.
    class Subject {
    public:
        Subject() noexcept = default;
        Subject(const Subject&) = delete;
        Subject& operator=(const Subject&) = delete;
        [[nodiscard]] bool is_watched() const noexcept { return id_ != none; }

    protected:
        virtual ~Subject() { FS_ASSERT(!is_watched()); }

    private:
        friend class TreeNews;
        static constexpr int none = -1;
        /// Something was told, or may have been and is lost. It is not watched any more.
        virtual void on_news() noexcept = 0;
        /// It was opened, by whomever and for whatever. True: it is to be watched on; else that is news as any other.
        [[nodiscard]] virtual bool on_opened() noexcept { return false; }

        int id_ = none;
    };

    explicit TreeNews(os::Fd root) noexcept : root_(root) {}
    TreeNews(const TreeNews&) = delete;
    TreeNews& operator=(const TreeNews&) = delete;
    ~TreeNews() { FS_ASSERT(subjects_.empty()); }

    /// What is asked next may have been sent after changes of which nothing is known yet.
    void expect_changes() noexcept { is_read_ = false; }

    /// Whether moves in the root's tree are told of; and whether also writers and mounts are, so that for what is watched
    /// nothing is left to look at.
    [[nodiscard]] bool can_tell_of_moves();
    [[nodiscard]] bool can_tell_of_all();

    /// Reads what is expected. The number changes whenever a name may lead elsewhere than before, or be out of reach:
    /// when a folder was moved or its rights were changed, and when anything was mounted. Never 0.
    [[nodiscard]] std::uint64_t catch_up() noexcept { return is_read_ ? number_ : read(); }
    void change_number() noexcept { ++number_; }

    /// As os::stat_on_mount() on the root's own mount. Where moves are told of.
    [[nodiscard]] int stat(const char* path, os::FileStat& result) const noexcept;
    [[nodiscard]] os::Fd root() const noexcept { return root_; }

    /// Errors as those of os::TreeWatch, and EXDEV for what is not on the root's mount.
    [[nodiscard]] Result<void> watch_folder(Subject& subject, os::Fd folder);
    [[nodiscard]] Result<void> watch_file(Subject& subject, os::Fd file);
    /// Harmless when it is not watched.
    void forget(Subject& subject) noexcept;

    [[nodiscard]] std::size_t watches() const noexcept { return subjects_.size(); }

private:
    enum class Telling : std::uint8_t { unknown, yes, no };
    using Adding = Result<int> (os::TreeWatch::*)(os::Fd) const;

    [[nodiscard]] std::uint64_t read() noexcept;
    [[nodiscard]] bool start_watching();
    [[nodiscard]] Result<void> watch(Subject& subject, os::Fd fd, Adding add);
    void tell(Subject& subject) noexcept;
    void tell_opened(int id) noexcept;

    os::Fd root_;
    Telling moves_ = Telling::unknown;
    Telling all_ = Telling::unknown;
    std::uint64_t mount_ = 0;  ///< the root's
    std::uint64_t number_ = 1;
    bool is_read_ = false;     ///< nothing has been told that was not taken notice of
    std::optional<os::TreeWatch> watch_;
    std::unordered_map<int, Subject*> subjects_;
};

}  // namespace filesrv::store
