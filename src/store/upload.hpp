// SPDX-License-Identifier: MIT
// An upload: bytes gathered out of sight, then put in place in one step, whole and durable, or not at all.
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "store/entry.hpp"

namespace filesrv::store {

class Store;
class UploadState;

enum class GuardVerdict : std::uint8_t { allow, refuse };

/// Decides preconditions against what is at the name now (nothing: no file). Called before the body and again at the
/// commit, then under the path's lock; must neither block nor use the store.
using Guard = std::function<GuardVerdict(const std::optional<VersionInfo>& current)>;

struct UploadRequest {
    std::optional<std::uint64_t> length;  ///< of the body, where it was announced
    Guard guard;                          ///< none = always allowed
    DigestAlgorithms digests;             ///< to be computed while it comes, and kept with the file
    bool is_here = false;                 ///< all of the announced length is: the commit follows at once
};

struct Committed {
    bool created = false;  ///< else replaced
    VersionInfo version;
};

/// The code of an Error by which a guard's refusal travels; no file operation used here returns it.
inline constexpr int guard_refused = ECANCELED;

/// Whether an upload failed because its guard refused, not because something broke.
[[nodiscard]] bool is_guard_refusal(const Error& error) noexcept;

/// Move-only; one thread at a time. Destroying it before a commit leaves nothing behind. May block: workers only.
/// Begun by Store::begin_upload. The store must outlive it.
class Upload {
public:
    explicit Upload(std::unique_ptr<UploadState> state) noexcept;
    Upload(Upload&&) noexcept;
    Upload& operator=(Upload&&) noexcept;
    ~Upload();

    /// Appends. ENOSPC and EDQUOT, also for the free space to be left; EFBIG; EIO. After an error only destroy it.
    [[nodiscard]] Result<void> write(std::span<const char> bytes);
    /// Adds to the digests what was just written: apart from it, because this computes and never blocks.
    void hash(std::span<const char> bytes) noexcept;

    /// Puts the file in place and makes it as durable as the store promises. All announced bytes were written before.
    /// Once; failures leave the name as it was, unless only the last sync failed.
    [[nodiscard]] Result<Committed> commit();

    [[nodiscard]] std::uint64_t written() const noexcept;

    /// The digests that were asked for, of all that was written, and hashed: nothing may be written afterwards.
    [[nodiscard]] const DigestSet& digests() noexcept;

private:
    std::unique_ptr<UploadState> state_;
};

}  // namespace filesrv::store
