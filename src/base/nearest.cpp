// SPDX-License-Identifier: MIT
// Edit distance by three rows: insertion, deletion, substitution, and a swap of neighbours.
#include "base/nearest.hpp"

#include <algorithm>
#include <vector>

#include "base/assert.hpp"

namespace filesrv {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, substituted});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    FS_ASSERT(row[b.size()] <= std::max(a.size(), b.size()));
    return row[b.size()];
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> known) {
    FS_ASSERT(!known.empty());
    name = name.substr(0, 64);  // no known name is longer, and a megabyte of typing must not cost a minute
    return *std::min_element(known.begin(), known.end(), [name](std::string_view a, std::string_view b) {
        return edit_distance(name, a) < edit_distance(name, b);
    });
}

}  // namespace filesrv
