// SPDX-License-Identifier: MIT
// Short ways to open a store and to upload in a test.
#pragma once

#include <doctest/doctest.h>
#include <string.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "store/store.hpp"
#include "temp_folder.hpp"

namespace filesrv::test {

inline std::unique_ptr<store::Store> open_store(const fs::path& root, store::StoreOptions options = {}) {
    options.root = root.string();
    auto opened = store::Store::open(std::move(options));
    REQUIRE(opened);
    return std::move(*opened);
}

/// Begins, writes in one piece and commits.
inline Result<store::Committed> put(store::Store& into, std::string_view path, std::string_view text,
                                    store::Guard guard = {}) {
    auto upload = into.begin_upload(path, {.length = text.size(), .guard = std::move(guard)});
    if (!upload) return std::unexpected(upload.error());
    if (auto written = upload->write(text); !written) return std::unexpected(written.error());
    return upload->commit();
}

/// "created", "replaced", "refused", or the name of the errno.
inline std::string outcome(const Result<store::Committed>& result) {
    if (result) return result->created ? "created" : "replaced";
    if (store::is_guard_refusal(result.error())) return "refused";
    return ::strerrorname_np(result.error().code);
}

inline store::GuardVerdict only_if_new(const std::optional<store::VersionInfo>& current) {
    return current ? store::GuardVerdict::refuse : store::GuardVerdict::allow;
}

}  // namespace filesrv::test
