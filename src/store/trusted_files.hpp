// SPDX-License-Identifier: MIT
// TrustedFiles: which files are still what they were, on the kernel's word and without a look at the disk.
//
// A file that is asked for often is *watched*: from then on the kernel tells when anybody opens it, cuts it, moves it,
// changes its names or rights. That is enough only if nobody has it open for writing already, who could write through a
// descriptor or store through a mapping without a word; so after the watch was set a lease has to prove that there is
// nobody (os::prove_unwritten), and only then it is compared with what is known of it, bytes included. The way that leads
// to it has to be fixed (store/fixed_folders.hpp), and the root's rights and mounts have to be told of too. What is told
// of the file ends the trust, until it has been found unchanged often enough by looking; of the way, until the next look.
//
// Several caches of one tree, each of a reactor's, would end each other's trust: each has to open the file to prove it. So
// there a file that is trusted stays open, and one that was opened since, and no more, is proved anew by that descriptor,
// of which nobody is told. It is watched all the time: the lease and the comparison say as much as they did at first.
//
// Not told of: what a process that may administer the system writes through a descriptor that fanotify(7) gave it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/fd.hpp"
#include "store/entry.hpp"
#include "store/fixed_folders.hpp"
#include "store/tree_news.hpp"

namespace filesrv::store {

class Store;

/// What is known of a file beside its entry.
class FileTrust final : public TreeNews::Subject {
public:
    /// How often a file must be found unchanged by looking before it is watched: at first, and after it was opened, or
    /// could not be trusted, many times. Doubles: others may open a file again and again.
    static constexpr std::uint32_t looks_at_first = 8;
    static constexpr std::uint32_t looks_at_most = 8192;

    /// Watched, and nothing was told since the proof.
    [[nodiscard]] bool is_proved() const noexcept { return is_watched() && !was_opened_; }

private:
    friend class TrustedFiles;
    void on_news() noexcept override {
        file_.reset();
        was_opened_ = false;
        wait_longer();
    }
    [[nodiscard]] bool on_opened() noexcept override {
        if (!file_.is_open()) return false;
        if (!was_opened_) wait_longer();
        was_opened_ = true;
        return true;
    }
    void wait_longer() noexcept {
        looks_ = looks_ < looks_at_most ? looks_ * 2 : looks_at_most;
        looks_left_ = looks_;
    }

    std::uint64_t number_ = 0;  ///< the news' when the way was last seen to lead to it
    std::uint32_t looks_ = looks_at_first;
    std::uint32_t looks_left_ = looks_at_first;
    bool refused_ = false;      ///< it can never be trusted
    bool was_opened_ = false;   ///< since it was proved
    os::UniqueFd file_;         ///< open as long as it is watched, where it is to be proved anew without a word to others
};

/// One thread, no locks. All that it is given must outlive it.
class TrustedFiles {
public:
    struct Parts {
        const Store& store;
        TreeNews& news;
        FixedFolders& folders;
    };
    /// Of the news, folders included.
    struct Limits {
        std::size_t watches_max;
        std::size_t open_max;  ///< while there are no more watches, trusted files stay open; 0: this is the only cache
    };
    TrustedFiles(Parts parts, Limits limits) noexcept : parts_(parts), limits_(limits) {}

    /// Whether the file is what its entry says, by all that has been told.
    [[nodiscard]] bool holds(const FileTrust& trust) noexcept {
        if (!trust.is_proved()) return false;
        const std::uint64_t now = parts_.news.catch_up();
        return trust.is_proved() && trust.number_ == now;
    }

    /// What a look has just found to be as the entry says, and its folder (empty: the root) fixed. False: it is not, after
    /// all: its bytes are others, though its times are the same.
    [[nodiscard]] bool found_unchanged(FileTrust& trust, const Entry& entry, const FixedFolders::Ref& folder);

private:
    enum class Finding : std::uint8_t { same, other, unknown };
    class Unproved;

    [[nodiscard]] Finding watch(FileTrust& trust, const Entry& entry);
    [[nodiscard]] Finding prove(FileTrust& trust, const Entry& entry, os::Fd file);
    void confirm(FileTrust& trust, const Entry& entry, const FixedFolders::Ref& folder);

    Parts parts_;
    Limits limits_;
};

}  // namespace filesrv::store
