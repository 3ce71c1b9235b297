// SPDX-License-Identifier: MIT
// What an upload holds between its begin and its end. Private to the upload's sources.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "store/hasher.hpp"
#include "store/staged_file.hpp"
#include "store/store.hpp"
#include "store/upload.hpp"
#include "store/upload_area.hpp"
#include "store/upload_target.hpp"

namespace filesrv::store {

class UploadState {
public:
    /// Checks what can be known before the body, and stages.
    static Result<std::unique_ptr<UploadState>> begin(const Store& store, UploadArea& area, std::string_view path,
                                                      UploadRequest request);

    Result<void> write(std::span<const char> bytes);
    void hash(std::span<const char> bytes) noexcept;
    Result<Committed> commit();
    const DigestSet& digests() noexcept;
    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

private:
    UploadState(const Store& store, UploadArea& area, std::string_view path, UploadRequest request);

    Result<void> check_room(os::Fd folder) const;
    Result<void> stage(const UploadTarget& target);
    bool stage_nameless(const UploadTarget& target);
    Result<void> reserve_ahead(std::uint64_t needed);
    Result<void> guard(std::optional<VersionInfo> current) const;
    Result<Committed> try_commit(MadeFolders& made, UploadTarget& target);
    [[nodiscard]] std::optional<VersionInfo> version_of_current(const UploadTarget& target) const;
    void take_owner(os::Owner wanted);
    Result<void> dress(const std::optional<os::FileStat>& replaced);
    Result<void> set_mtime_after(std::optional<std::int64_t> floor_ns);
    Result<void> place_nameless(const UploadTarget& target);
    Result<bool> place_with_folders(UploadTarget& target, MadeFolders& made);
    Result<void> place_in_folder(UploadTarget& target);
    Result<void> put_in_place(const UploadTarget& target, bool replaces);
    Result<void> sync_contents();

    const Store& store_;
    UploadArea& area_;
    UploadArea::Ticket ticket_;
    std::string path_;
    UploadRequest request_;
    const Durability durability_;                ///< of the store when it began: one promise from end to end
    std::optional<StagedFile> file_;             ///< from begin() on
    std::optional<UploadTarget> target_;         ///< as it was when it began, where the commit follows at once
    std::optional<os::FileStat> replaced_;       ///< what was at the name when it began
    std::optional<VersionInfo> version_;         ///< what the staged file's times say, once set
    std::optional<Hasher> hasher_;               ///< until digests() ends it; none when nobody asked
    DigestSet digests_;
    std::uint32_t mode_ = 0;                     ///< the staged file's, now
    os::Owner owner_;                            ///< the same
    std::uint64_t written_ = 0;
    std::uint64_t hashed_ = 0;                   ///< of what is written
    std::uint64_t reserved_ = 0;                 ///< blocks asked for, from the start
    std::uint64_t written_back_ = 0;             ///< writeback started, from the start
    bool reserves_ = false;
    bool stages_folders_ = true;                 ///< until the file system refuses it
    bool is_synced_ = false;                     ///< nothing changed since the last sync
    bool has_ended_ = false;
};

}  // namespace filesrv::store
