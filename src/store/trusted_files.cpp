// SPDX-License-Identifier: MIT
// TrustedFiles: which files are still what they were, on the kernel's word and without a look at the disk.
#include "store/trusted_files.hpp"

#include <cerrno>

#include "os/open.hpp"
#include "store/store.hpp"

namespace filesrv::store {

/// What is watched but not proved yet must not stay so, whatever ends the proof (memory may run out): the next look would
/// take it for proved.
class TrustedFiles::Unproved {
public:
    Unproved(TreeNews& news, FileTrust& trust) noexcept : news_(news), trust_(&trust) {}
    Unproved(const Unproved&) = delete;
    Unproved& operator=(const Unproved&) = delete;
    ~Unproved() {
        if (trust_ == nullptr) return;
        news_.forget(*trust_);
        trust_->on_news();
    }
    void is_proved() noexcept {
        trust_->was_opened_ = false;
        trust_ = nullptr;
    }

private:
    TreeNews& news_;
    FileTrust* trust_;
};

bool TrustedFiles::found_unchanged(FileTrust& trust, const Entry& entry, const FixedFolders::Ref& folder) {
    if (!trust.is_proved()) {
        if (trust.refused_ || --trust.looks_left_ > 0) return true;
        Unproved unproved(parts_.news, trust);
        const Finding finding = trust.is_watched() ? prove(trust, entry, trust.file_.get()) : watch(trust, entry);
        if (finding != Finding::same) return finding == Finding::unknown;
        unproved.is_proved();
    }
    confirm(trust, entry, folder);
    return true;
}

/// The file is opened before it is watched, so that this is not told of; and watched before the proof, so that whoever
/// opens it for writing after that is. By openat(2), which no sandbox refuses as some do openat2(2): what the name leads
/// to is only located, and not opened unless it is the file; whether the way to it is ours is seen last, in confirm().
TrustedFiles::Finding TrustedFiles::watch(FileTrust& trust, const Entry& entry) {
    trust.refused_ = entry.kind != Kind::file || !parts_.news.can_tell_of_all() || !parts_.folders.watches_root();
    if (trust.refused_ || parts_.news.watches() >= limits_.watches_max) return Finding::unknown;
    const auto located = os::open_at(parts_.news.root(), entry.path.c_str(), os::OpenMode::locate);
    if (!located) return Finding::unknown;
    const auto stat = os::stat_fd(located->get());
    if (!stat || !stat->is_same_content(entry.stat)) return Finding::unknown;
    auto opened = os::reopen(located->get());
    if (!opened) return Finding::unknown;
    if (const auto watched = parts_.news.watch_file(trust, opened->get()); !watched) {
        if (watched.error().code == ENOSPC) limits_.watches_max = parts_.news.watches();  // no more than there are for us
        return Finding::unknown;
    }
    const Finding finding = prove(trust, entry, opened->get());
    if (parts_.news.watches() <= limits_.open_max) trust.file_ = std::move(*opened);
    return finding;
}

/// By a descriptor for reading. That it was changed before, too, shows in its times or in its bytes.
TrustedFiles::Finding TrustedFiles::prove(FileTrust& trust, const Entry& entry, os::Fd file) {
    FS_ASSERT(trust.is_watched());
    trust.number_ = 0;  // until confirm()
    if (const auto proof = os::prove_unwritten(file); !proof) {
        trust.refused_ = proof.error().code != EAGAIN;
        return Finding::unknown;
    }
    if (!entry.in_memory) return Finding::same;  // its bytes are sent from the file
    const auto same = parts_.store.has_body_of(entry, file);
    if (!same) return Finding::unknown;
    return *same ? Finding::same : Finding::other;
}

/// The last look: after it the way is told of, as the file is. When the way was already, that look is the second.
void TrustedFiles::confirm(FileTrust& trust, const Entry& entry, const FixedFolders::Ref& folder) {
    FS_ASSERT(trust.is_proved());
    const std::uint64_t now = parts_.news.catch_up();
    if (!parts_.folders.watches_root() || (folder && !parts_.folders.is_fixed(folder))) return;
    os::FileStat found;
    if (parts_.news.stat(entry.path.c_str(), found) == 0 && found.is_same_content(entry.stat)) trust.number_ = now;
}

}  // namespace filesrv::store
