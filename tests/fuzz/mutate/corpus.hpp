// SPDX-License-Identifier: MIT
// The corpus of the fuzz targets as whole requests, and as values for fields.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace filesrv::mutate {

struct Corpus {
    std::vector<std::string> seeds;   ///< whole requests, in the order of their files' names
    std::vector<std::string> values;  ///< values of fields
};

/// The whole file. Throws std::runtime_error when it cannot be read or is empty.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// All files of a folder, in the order of their names. Throws as read_file() does, and when the folder cannot be read.
[[nodiscard]] std::vector<std::string> read_files(const std::filesystem::path& folder);

/// Reads DIR/request as it is, DIR/body as chunked uploads, DIR/form as posted forms, DIR/fields as values.
/// Throws std::runtime_error when a folder cannot be read, or there is no request.
[[nodiscard]] Corpus read_corpus(const std::filesystem::path& folder);

}  // namespace filesrv::mutate
