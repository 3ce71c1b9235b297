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

/// Begins, writes in one piece and commits. `is_here` as in UploadRequest.
inline Result<store::Committed> put(store::Store& into, std::string_view path, std::string_view text,
                                    store::Guard guard = {}, bool is_here = false) {
    auto upload = into.begin_upload(path, {.length = text.size(), .guard = std::move(guard), .is_here = is_here});
    if (!upload) return std::unexpected(upload.error());
    if (auto written = upload->write(text); !written) return std::unexpected(written.error());
    return upload->commit();
}

/// Has the store find out that a nameless file gets a name here, which the first that is all here is for. Leaves nothing.
inline void prove_nameless(store::Store& store) {
    { const auto upload = store.begin_upload("proof", {.length = 1, .is_here = true}); REQUIRE(upload); }
    store.tidy();
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
