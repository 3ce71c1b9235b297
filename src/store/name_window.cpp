// SPDX-License-Identifier: MIT
// The next few names of a folder in sorted order, however many there are.
#include "store/name_window.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "store/path.hpp"

namespace filesrv::store {

void NameWindow::Edge::set(const ListedName& to) {
    is_set = true;
    kind = to.kind;
    name = to.name;
}

ListedName NameWindow::at(const Slot& slot) const noexcept {
    FS_ASSERT(std::size_t{slot.offset} + slot.length <= names_.size());
    return {.kind = slot.kind, .name = std::string_view(names_).substr(slot.offset, slot.length)};
}

ListedName NameWindow::operator[](std::size_t index) const noexcept {
    FS_ASSERT(index < slots_.size());
    return at(slots_[index]);
}

void NameWindow::begin(std::size_t bytes_max) {
    FS_ASSERT(bytes_max >= bytes_min && bytes_max <= UINT32_MAX);
    if (!slots_.empty()) after_.set(at(slots_.back()));
    bytes_max_ = bytes_max;
    names_.clear();
    slots_.clear();
    // Set aside at once, since a string that grows takes up to twice what is in it; memory that is not touched is none.
    names_.reserve(bytes_max / 4 * 3);
    slots_.reserve(bytes_max / 4 / sizeof(Slot));
    bound_.is_set = is_cut_ = false;
}

bool NameWindow::wants(const ListedName& name) const noexcept {
    if (after_.is_set && !(after_.view() < name)) return false;
    return !bound_.is_set || name < bound_.view();
}

void NameWindow::offer(const ListedName& name) {
    FS_ASSERT(!name.name.empty() && name.name.size() <= component_bytes_max);
    if (!wants(name)) return;
    if (memory_bytes() + name.name.size() + sizeof(Slot) > bytes_max_) {
        keep_smaller_half();
        if (!wants(name)) return;
    }
    slots_.push_back({.offset = static_cast<std::uint32_t>(names_.size()),
                      .length = static_cast<std::uint16_t>(name.name.size()),
                      .kind = name.kind});
    names_ += name.name;
}

// Half, so that the cost of making room is shared by as many names as are thrown out: no heap, no allocation a name.
void NameWindow::keep_smaller_half() {
    FS_ASSERT(slots_.size() >= 2);
    const auto middle = slots_.begin() + static_cast<std::ptrdiff_t>(slots_.size() / 2);
    std::nth_element(slots_.begin(), middle - 1, slots_.end(), [this](const Slot& a, const Slot& b) { return at(a) < at(b); });
    slots_.erase(middle, slots_.end());
    bound_.set(at(slots_.back()));
    is_cut_ = true;
    // What is kept moves together, in the order in which it lies, so that no second copy is needed.
    std::ranges::sort(slots_, {}, &Slot::offset);
    std::size_t end = 0;
    for (Slot& slot : slots_) {
        std::ranges::copy(at(slot).name, names_.begin() + static_cast<std::ptrdiff_t>(end));
        slot.offset = static_cast<std::uint32_t>(end);
        end += slot.length;
    }
    names_.resize(end);
}

void NameWindow::finish() {
    std::ranges::sort(slots_, [this](const Slot& a, const Slot& b) { return at(a) < at(b); });
    // readdir(3) may tell a name twice that was removed and made again meanwhile.
    const auto repeated = std::ranges::unique(slots_, [this](const Slot& a, const Slot& b) { return at(a) == at(b); });
    slots_.erase(repeated.begin(), repeated.end());
    FS_ASSERT(!is_cut_ || !slots_.empty());
}

}  // namespace filesrv::store
