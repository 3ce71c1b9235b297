// SPDX-License-Identifier: MIT
// Partial downloads: found, locked, continued, given their name.
#include "tools/filesrv-client/part_file.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"
#include "base/content_hash.hpp"
#include "os/append_file.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"

namespace filesrv::client {
namespace {

constexpr std::size_t origin_bytes_max = 32 * 1024;
// A smaller file is fetched anew as quickly as its origin is written; in this process it is continued all the same.
constexpr std::uint64_t noted_bytes_min = 1024 * 1024;
// Up to here a file costs more than its bytes: what is not opened, locked, noted and renamed is time gained.
constexpr std::size_t held_bytes_max = 64 * 1024;
constexpr std::uint32_t new_file_mode = 0666;

/// A note of when it changed there, no more: a file system that keeps no such time is no reason to fail.
void set_date(os::Fd file, const std::optional<std::int64_t>& mtime_ns) {
    if (mtime_ns) static_cast<void>(os::set_mtime(file, *mtime_ns));
}

/// What close(2) has to say, heard from a duplicate: a lock must last until the name is no longer ours, and what has no
/// name yet goes with its last descriptor.
Result<void> end_writing(os::Fd file) {
    auto duplicate = os::duplicate(file);
    return duplicate ? duplicate->close() : Result<void>(std::unexpected(duplicate.error()));
}

/// The folder that a name below another is in.
std::string folder_of(const std::string& name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string::npos ? "." : name.substr(0, slash);
}

constexpr std::string_view origin_ending = ".origin";
constexpr std::size_t name_bytes_max = 255;  // NAME_MAX of the file systems that there are

/// NAME.part; of a name that leaves no room for endings the beginning, and what tells it from others that begin so.
std::string part_name_of(const std::string& name) {
    constexpr std::size_t room = name_bytes_max - part_ending.size() - origin_ending.size();
    const std::size_t own = name.rfind('/') + 1;  // npos + 1 = 0
    if (name.size() - own <= room) return name + std::string(part_ending);
    const auto digits = ContentHash(std::string_view(name).substr(own)).hex();
    std::size_t end = own + room - digits.size() - 1;
    while (end > own && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;  // not within a character
    return name.substr(0, end) + '~' + std::string(digits.data(), digits.size()) + std::string(part_ending);
}

}  // namespace

std::string to_text(const PartOrigin& origin) {
    nlohmann::json json{{"url", origin.url}, {"validator", origin.validator}};
    if (origin.size) json["size"] = *origin.size;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<PartOrigin> parse_origin(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return std::nullopt;
    const auto url = json.find("url");
    const auto validator = json.find("validator");
    if (url == json.end() || !url->is_string() || validator == json.end() || !validator->is_string()) return std::nullopt;
    PartOrigin origin{.url = url->get<std::string>(), .validator = validator->get<std::string>(), .size = std::nullopt};
    if (const auto size = json.find("size"); size != json.end()) {
        if (!size->is_number_unsigned()) return std::nullopt;
        origin.size = size->get<std::uint64_t>();
    }
    return origin;
}

PartFile::PartFile(OutputFolder& folder, std::string name)
    : folder_(folder), name_(std::move(name)), part_name_(part_name_of(name_)), origin_name_(part_name_ + std::string(origin_ending)) {
    FS_ASSERT(!name_.empty());
}

Result<void> PartFile::open() {
    if (file_.is_open()) return {};
    os::FileStat named;
    if (os::stat_at(folder_.fd(), name_.c_str(), named) == 0 && named.type == os::FileType::directory) return failure(EISDIR, "replace", name_);
    // Between our open and our lock its owner may have given it its final name: then we hold what is none of ours.
    for (;;) {
        auto file = os::open_at(folder_.fd(), part_name_.c_str(), os::OpenMode::create, new_file_mode);
        if (!file) return failure(file.error().code, "open", part_name_);
        folder_.note_part();
        const int locked = os::lock_file(file->get(), os::LockWait::try_once);
        if (locked == EWOULDBLOCK) return failure(EBUSY, "another client is fetching into", part_name_);
        const auto opened = os::stat_fd(file->get());
        if (!opened) return failure(opened.error().code, "fstat", part_name_);
        if (os::stat_at(folder_.fd(), part_name_.c_str(), named) != 0 || !named.is_same_file(*opened)) continue;
        if (opened->type != os::FileType::regular) return failure(EINVAL, "not a regular file:", part_name_);
        size_ = opened->size;
        file_ = std::move(*file);
        return {};
    }
}

Result<void> PartFile::adopt(const std::string& url) {
    FS_ASSERT(!file_.is_open());
    os::FileStat there;
    const int missing = folder_.may_hold(part_name_) ? os::stat_at(folder_.fd(), part_name_.c_str(), there) : ENOENT;
    may_hold_ = missing == ENOENT;
    if (missing != 0 || there.size == 0) return {};
    if (const auto opened = open(); !opened) return opened;
    auto noted = noted_origin();
    const bool fits = noted && noted->url == url && !noted->validator.empty() && (!noted->size || size_ <= *noted->size);
    if (!fits) {
        size_ = 0;
        return {};
    }
    origin_ = std::move(*noted);
    origin_noted_ = true;
    return {};
}

std::optional<PartOrigin> PartFile::noted_origin() const {
    const auto file = os::open_at(folder_.fd(), origin_name_.c_str(), os::OpenMode::read);
    if (!file) return std::nullopt;
    std::string text(origin_bytes_max, '\0');
    const auto count = os::read_at(file->get(), text, 0);
    return count ? parse_origin(std::string_view(text).substr(0, *count)) : std::nullopt;
}

Result<void> PartFile::note_origin() {
    auto file = os::open_at(folder_.fd(), origin_name_.c_str(), os::OpenMode::create, new_file_mode);
    if (!file) return failure(file.error().code, "open", origin_name_);
    const int cut = os::set_size(file->get(), 0);
    if (cut != 0) return failure(cut, "ftruncate", origin_name_);
    const auto written = os::write_at(file->get(), to_text(origin_), 0);
    const auto closed = file->close();
    if (!written || !closed) return failure((written ? closed : written).error().code, "write", origin_name_);
    origin_noted_ = true;
    return {};
}

Result<void> PartFile::restart(PartOrigin origin) {
    size_ = 0;
    held_.reset();
    origin_ = std::move(origin);
    const bool is_small = origin_.size.value_or(0) <= held_bytes_max;
    if (!may_hold_ || !is_small || file_.is_open()) return begin_file();
    held_.emplace().reserve(origin_.size.value_or(0));
    return {};
}

/// Empties NAME.part, or makes it, and notes whose bytes will be in it.
Result<void> PartFile::begin_file() {
    if (const auto opened = open(); !opened) return opened;
    if (const int cut = os::set_size(file_.get(), 0); cut != 0) return failure(cut, "ftruncate", part_name_);
    size_ = 0;
    const bool worth_it = !origin_.validator.empty() && origin_.size.value_or(noted_bytes_min) >= noted_bytes_min;
    if (worth_it) return note_origin();
    origin_noted_ = false;
    // Also one that nobody has told us of: bytes of this version must never meet the origin of another.
    const int removed = os::remove_name(folder_.fd(), origin_name_.c_str());
    if (removed != 0 && removed != ENOENT) return failure(removed, "unlink", origin_name_);
    return {};
}

/// Into NAME.part with what was held.
Result<void> PartFile::write_held() {
    FS_ASSERT(held_ && held_->size() == size_);
    const std::string bytes = std::move(*held_);
    held_.reset();
    if (const auto begun = begin_file(); !begun) return begun;
    return append(bytes);
}

Result<void> PartFile::append(std::span<const char> bytes) {
    if (held_ && held_->size() + bytes.size() <= held_bytes_max) {
        held_->append(bytes.data(), bytes.size());
        size_ = held_->size();
        return {};
    }
    if (held_) {
        if (const auto written = write_held(); !written) return written;
    }
    FS_ASSERT(file_.is_open());
    if (const auto written = os::write_at(file_.get(), bytes, size_); !written) {
        return failure(written.error().code, "write", part_name_);
    }
    size_ += bytes.size();
    return {};
}

Result<std::size_t> PartFile::read(std::span<char> into, std::uint64_t offset) const {
    FS_ASSERT((held_ || file_.is_open()) && offset <= size_);
    if (held_) return held_->copy(into.data(), into.size(), static_cast<std::size_t>(offset));
    const auto count = os::read_at(file_.get(), into, offset);
    if (!count) return failure(count.error().code, "read", part_name_);
    return *count;
}

/// Gives a file without a name the final one, where another is to be replaced: no call does that in one step.
int PartFile::link_over(os::Fd file) const {
    const os::NamedPlace part{.folder = folder_.fd(), .name = part_name_.c_str()};
    // Locked before others can see it, as every NAME.part is.
    if (const int locked = os::lock_file(file, os::LockWait::try_once); locked != 0) return locked;
    // A kill before the rename leaves it beside whatever origin is there: one of other bytes, if any.
    if (const int removed = os::remove_name(folder_.fd(), origin_name_.c_str()); removed != 0 && removed != ENOENT) return removed;
    if (const int linked = os::link_nameless(file, part); linked != 0) return linked;
    const int renamed = os::rename_over(part, {.folder = folder_.fd(), .name = name_.c_str()});
    if (renamed != 0) static_cast<void>(os::remove_name(folder_.fd(), part_name_.c_str()));
    return renamed;
}

/// False: this file system, or what it holds, does not let us; by NAME.part then, which says why.
Result<bool> PartFile::commit_held(Commit how) {
    FS_ASSERT(held_.has_value());
    const auto file = os::open_at(folder_.fd(), folder_of(name_).c_str(), os::OpenMode::nameless, new_file_mode);
    if (!file) return false;
    if (const auto written = os::write_at(file->get(), *held_, 0); !written) return failure(written.error().code, "write", name_);
    set_date(file->get(), how.mtime_ns);
    if (folder_.may_fail_to_close(name_)) {
        if (const auto ended = end_writing(file->get()); !ended) return failure(ended.error().code, "close", name_);
    }
    int linked = os::link_nameless(file->get(), {.folder = folder_.fd(), .name = name_.c_str()});
    if (linked == EEXIST && !how.replace) return failure(linked, "link as", name_);
    if (linked == EEXIST) linked = link_over(file->get());
    if (linked == 0) held_.reset();
    return linked == 0;
}

Result<void> PartFile::commit(Commit how) {
    if (held_) {
        const auto committed = commit_held(how);
        if (!committed) return std::unexpected(committed.error());
        if (*committed) return {};
        if (const auto written = write_held(); !written) return written;
    }
    if (const auto opened = open(); !opened) return opened;  // an empty file has met no byte
    set_date(file_.get(), how.mtime_ns);
    const auto ended = end_writing(file_.get());
    if (!ended) return failure(ended.error().code, "close", part_name_);
    const os::NamedPlace from{.folder = folder_.fd(), .name = part_name_.c_str()};
    const os::NamedPlace to{.folder = folder_.fd(), .name = name_.c_str()};
    const int renamed = how.replace ? os::rename_over(from, to) : os::link_new(from, to);
    if (renamed != 0) return failure(renamed, how.replace ? "rename to" : "link as", name_);
    file_.reset();
    if (!how.replace) static_cast<void>(os::remove_name(folder_.fd(), part_name_.c_str()));
    if (origin_noted_) static_cast<void>(os::remove_name(folder_.fd(), origin_name_.c_str()));
    return {};
}

void PartFile::keep() {
    // What cannot be continued, or written, is fetched anew, no worse.
    if (held_ && size_ > 0 && !origin_.validator.empty()) static_cast<void>(write_held());
    held_.reset();
    if (!file_.is_open()) return;
    if (size_ == 0) return remove();
    if (!origin_noted_ && !origin_.validator.empty()) static_cast<void>(note_origin());
    file_.reset();
}

void PartFile::remove() {
    held_.reset();
    if (!file_.is_open()) return;
    static_cast<void>(os::remove_name(folder_.fd(), part_name_.c_str()));
    if (origin_noted_) static_cast<void>(os::remove_name(folder_.fd(), origin_name_.c_str()));
    file_.reset();
}

}  // namespace filesrv::client
