// SPDX-License-Identifier: MIT
// The next few names of a folder in sorted order, however many there are: what lets a listing of any length be sorted
// in constant memory.
//
// A folder is read in passes. Each pass offers every name; the window keeps the smallest of those that come after the
// last one of the window before, as many as its room allows. So a name that is there throughout is in exactly one
// window, whatever else comes and goes between the passes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/entry.hpp"

namespace filesrv::store {

/// What a listing is sorted by: folders first, then names byte by byte, the same on every machine.
struct ListedName {
    Kind kind = Kind::file;
    std::string_view name;

    bool operator==(const ListedName&) const noexcept = default;
    [[nodiscard]] bool operator<(const ListedName& other) const noexcept {
        if (kind != other.kind) return kind == Kind::folder;
        return name < other.name;
    }
};

/// Used as begin, offer…, finish, then read; and again. The views it gives live until the next begin().
class NameWindow {
public:
    /// Room for a few of the longest names.
    static constexpr std::size_t bytes_min = 2048;

    /// Starts a pass for the names after the last one of the window that is in it, within `bytes_max` of memory.
    void begin(std::size_t bytes_max);
    /// Whether an offer would be taken.
    [[nodiscard]] bool wants(const ListedName& name) const noexcept;
    /// Takes a name of up to 255 bytes, unless it has had its turn or belongs into a later window.
    void offer(const ListedName& name);
    /// Every name was offered.
    void finish();

    /// No window comes after this one.
    [[nodiscard]] bool is_last() const noexcept { return !is_cut_; }
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
    /// In sorted order, once finished.
    [[nodiscard]] ListedName operator[](std::size_t index) const noexcept;

private:
    /// Where a name lies in names_: half the size of a view, and there are thousands.
    struct Slot {
        std::uint32_t offset;
        std::uint16_t length;
        Kind kind;
    };

    /// A name that outlives the window it was in.
    struct Edge {
        bool is_set = false;
        Kind kind = Kind::file;
        std::string name;

        void set(const ListedName& to);
        [[nodiscard]] ListedName view() const noexcept { return {.kind = kind, .name = name}; }
    };

    [[nodiscard]] ListedName at(const Slot& slot) const noexcept;
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return names_.size() + slots_.size() * sizeof(Slot); }
    void keep_smaller_half();

    std::size_t bytes_max_ = 0;
    std::string names_;
    std::vector<Slot> slots_;
    Edge after_;   ///< names up to this one have had their turn
    Edge bound_;   ///< names beyond this one had to go
    bool is_cut_ = false;
};

}  // namespace filesrv::store
