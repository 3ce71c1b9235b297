// SPDX-License-Identifier: MIT
// A folder of a test's own, and short ways to put things in it.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "os/clock.hpp"

namespace filesrv::test {

namespace fs = std::filesystem;

class TempFolder {
public:
    explicit TempFolder(const fs::path& parent = fs::temp_directory_path()) {
        std::string text = (parent / "filesrv-unit-XXXXXX").string();
        FS_ASSERT(::mkdtemp(text.data()) != nullptr);
        path_ = text;
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    [[nodiscard]] const fs::path& path() const noexcept { return path_; }
    [[nodiscard]] fs::path operator/(std::string_view name) const { return path_ / name; }

private:
    fs::path path_;
};

/// A place where syncing costs nothing and all files are in memory, if there is one.
inline fs::path in_memory() {
    const fs::path shared = "/dev/shm";  // shm_overview(7)
    return fs::is_directory(shared) ? shared : fs::temp_directory_path();
}

/// Writes in place: the inode stays. Parents are made.
inline void write_file(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

inline std::string read_file(const fs::path& path) {
    std::ostringstream text;  // g++ 12 warns about an istreambuf_iterator that it takes apart
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// Sets the modification time; the change time is now, as always.
inline void set_mtime(const fs::path& path, std::int64_t mtime_ns) {
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                               {.tv_sec = mtime_ns / 1'000'000'000, .tv_nsec = mtime_ns % 1'000'000'000}};
    FS_ASSERT(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

inline std::int64_t mtime_of(const fs::path& path) {
    struct stat found;
    FS_ASSERT(::stat(path.c_str(), &found) == 0);
    return std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
}

/// Lets the clock run past the age from which an entry may be kept. Waiting is what is tested here: there is no other
/// way to give a file an older change time.
inline void let_settle() {
    const Instant until = os::monotonic_now() + std::chrono::milliseconds(25);
    while (os::monotonic_now() < until) ::usleep(1000);
}

/// All names below a folder, relative to it, sorted; links are not followed.
inline std::vector<std::string> names_below(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& found : fs::directory_iterator(folder)) {
        const std::string name = found.path().filename().string();
        names.push_back(name);
        if (!fs::is_directory(found.symlink_status())) continue;
        for (const std::string& below : names_below(found.path())) names.push_back(name + "/" + below);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace filesrv::test
