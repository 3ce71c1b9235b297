// SPDX-License-Identifier: MIT
// The access log: lines from every thread to one descriptor.
#include "serve/access_log.hpp"

#include <atomic>

#include "base/assert.hpp"
#include "observe/log.hpp"
#include "os/append_file.hpp"
#include "os/clock.hpp"
#include "serve/access_log_line.hpp"

namespace filesrv::serve {

Result<AccessLog> AccessLog::open(AccessLogFormat format, std::string path) {
    os::UniqueFd file;
    if (format != AccessLogFormat::off && !path.empty()) {
        auto opened = os::open_for_append(path);
        if (!opened) return std::unexpected(std::move(opened.error()));
        file = std::move(*opened);
    }
    return AccessLog(format, std::move(path), std::move(file));
}

void AccessLog::append_line(std::string& lines, const KeptRecord& kept, const os::PeerAddress& peer,
                            std::uint64_t bytes) const {
    FS_ASSERT(is_on());
    const std::string client = peer.host_text();
    const AccessRecord record{.client = client,
                              .time = kept.time,
                              .utc_offset = os::local_utc_offset(kept.time),
                              .method = kept.method,
                              .target = kept.target,
                              .version = kept.version,
                              .status = kept.status,
                              .bytes = bytes,
                              .duration = os::monotonic_now() - kept.began,
                              .referer = kept.referer,
                              .user_agent = kept.user_agent};
    switch (format_) {
        case AccessLogFormat::off: return;
        case AccessLogFormat::short_line: return append_short_line(lines, record);
        case AccessLogFormat::common: return append_common_line(lines, record);
        case AccessLogFormat::combined: return append_combined_line(lines, record);
        case AccessLogFormat::json: return append_json_line(lines, record);
    }
}

void AccessLog::write(std::string_view lines) const noexcept {
    static std::atomic<bool> failing = false;
    const os::Fd target = file_.is_open() ? file_.get() : os::Fd(1);
    const auto written = os::append_all(target, lines);
    if (written) {
        failing.store(false, std::memory_order_relaxed);
    } else if (!failing.exchange(true, std::memory_order_relaxed)) {
        observe::log(LogLevel::error, "access log: " + written.error().message() + "; lines are lost");
    }
}

Result<void> AccessLog::reopen() {
    if (!file_.is_open()) return {};
    const auto fresh = os::open_for_append(path_);
    if (!fresh) return std::unexpected(fresh.error());
    return os::replace_descriptor(file_.get(), fresh->get());
}

}  // namespace filesrv::serve
