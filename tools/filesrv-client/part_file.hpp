// SPDX-License-Identifier: MIT
// A download until it is whole: NAME.part with its bytes, and NAME.part.origin which says of which version they are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/error.hpp"
#include "os/fd.hpp"
#include "tools/filesrv-client/output_folder.hpp"

namespace filesrv::client {

/// Of what the bytes are a beginning. Only equal origins may be continued.
struct PartOrigin {
    std::string url;
    std::string validator;               ///< strong (RFC 9110 §13.1.5); "" = it cannot be continued
    std::optional<std::uint64_t> size;   ///< of the whole
    bool operator==(const PartOrigin&) const = default;
};

/// JSON, one line.
[[nodiscard]] std::string to_text(const PartOrigin& origin);
/// Nothing for anything that to_text did not write.
[[nodiscard]] std::optional<PartOrigin> parse_origin(std::string_view text);

/// The two files. A small download is held in memory and has neither until it must be kept: it gets its final name from
/// a file without one. Of others the origin is written before the first byte that it speaks for, and the bytes are cut off before an
/// origin is replaced, so that a kill at any moment leaves either a beginning that is known or none. Locked, flock(2),
/// against a second client while it is open. Neither is made beside a folder of the final name: EISDIR.
class PartFile {
public:
    /// `name` in `folder` or below it.
    PartFile(OutputFolder& folder, std::string name);

    /// Takes over what an earlier download of this URL left. That nothing is there, or nothing that fits, is no failure.
    [[nodiscard]] Result<void> adopt(const std::string& url);

    /// Bytes that are there and belong to origin().
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] const PartOrigin& origin() const noexcept { return origin_; }

    /// Empties it, or makes it.
    [[nodiscard]] Result<void> restart(PartOrigin origin);
    [[nodiscard]] Result<void> append(std::span<const char> bytes);
    /// Reads bytes that are there; tells how many came.
    [[nodiscard]] Result<std::size_t> read(std::span<char> into, std::uint64_t offset) const;

    struct Commit {
        std::optional<std::int64_t> mtime_ns;
        bool replace = true;
    };
    /// Gives it its final name, at once: EEXIST when there is such a name and it is not to be replaced, EISDIR when that
    /// is a folder.
    [[nodiscard]] Result<void> commit(Commit how);
    /// Ends this attempt for good, so that a later one can go on; one without a byte goes.
    void keep();
    void remove();

private:
    [[nodiscard]] Result<void> open();
    [[nodiscard]] Result<void> begin_file();
    [[nodiscard]] Result<void> write_held();
    [[nodiscard]] Result<bool> commit_held(Commit how);
    [[nodiscard]] int link_over(os::Fd file) const;
    [[nodiscard]] Result<void> note_origin();
    [[nodiscard]] std::optional<PartOrigin> noted_origin() const;

    OutputFolder& folder_;
    std::string name_, part_name_, origin_name_;
    os::UniqueFd file_;
    std::optional<std::string> held_;  ///< the bytes, while there is no file
    PartOrigin origin_;
    std::uint64_t size_ = 0;
    bool origin_noted_ = false;
    bool may_hold_ = false;  ///< adopt() has met no NAME.part, not even an empty one
};

}  // namespace filesrv::client
