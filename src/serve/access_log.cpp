// SPDX-License-Identifier: MIT
// The access log: lines from every thread to one descriptor.
#include "serve/access_log.hpp"

#include <atomic>

#include "base/assert.hpp"
#include "observe/journal.hpp"
#include "observe/log.hpp"
#include "os/append_file.hpp"
#include "os/clock.hpp"
#include "os/datagram.hpp"
#include "os/open.hpp"
#include "serve/access_log_line.hpp"

namespace filesrv::serve {

namespace {

/// A file of its own number in any case, so that another can take that number over. A log that is off has a mere
/// place, to which nothing can be written: a device could be missing, and would be made as a file then.
Result<os::UniqueFd> open_target(AccessLogFormat format, const std::string& path) {
    if (format == AccessLogFormat::off) return os::open_path("/", os::OpenMode::locate);
    if (format == AccessLogFormat::journal) return os::connect_unix_datagram(observe::journal_socket);
    return path.empty() ? os::duplicate(os::Fd(1)) : os::open_for_append(path);
}

}  // namespace

Result<AccessLog> AccessLog::open(AccessLogFormat format, const std::string& path) {
    auto file = open_target(format, path);
    if (!file) return std::unexpected(std::move(file.error()));
    return AccessLog(format, std::move(*file));
}

void AccessLog::append_line(std::string& lines, const KeptRecord& kept, const os::PeerAddress& peer,
                            std::uint64_t bytes) const {
    const AccessLogFormat format = format_;
    if (format == AccessLogFormat::off) return;  // by a reload, since the request began
    const std::string client = peer.host_text();
    const AccessRecord record{.client = client,
                              .port = peer.port,
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
    switch (format) {
        case AccessLogFormat::off: return;
        case AccessLogFormat::short_line: return append_short_line(lines, record);
        case AccessLogFormat::common: return append_common_line(lines, record);
        case AccessLogFormat::combined: return append_combined_line(lines, record);
        case AccessLogFormat::json: return append_json_line(lines, record);
        case AccessLogFormat::journal: return append_journal_lines(lines, record);
    }
}

void AccessLog::write(std::string_view lines) const noexcept {
    if (!is_on()) return;
    static std::atomic<bool> failing = false;
    const auto written = format_ == AccessLogFormat::journal ? send_entries(lines) : os::append_all(file_.get(), lines);
    if (written) {
        failing.store(false, std::memory_order_relaxed);
    } else if (!failing.exchange(true, std::memory_order_relaxed)) {
        observe::log(LogLevel::error, "access log: " + written.error().message() + "; lines are lost");
    }
}

/// An entry a datagram: each ends in an empty line, and what was gathered for another format before a reload is lost.
Result<void> AccessLog::send_entries(std::string_view entries) const {
    for (std::size_t end = entries.find("\n\n"); end != std::string_view::npos; end = entries.find("\n\n")) {
        if (auto sent = os::send_connected(file_.get(), entries.substr(0, end + 1)); !sent) return sent;
        entries.remove_prefix(end + 2);
    }
    return {};
}

Result<void> AccessLog::retarget(AccessLogFormat format, const std::string& path) {
    const auto fresh = open_target(format, path);
    if (!fresh) return std::unexpected(fresh.error());
    if (auto replaced = os::replace_descriptor(file_.get(), fresh->get()); !replaced) return replaced;
    format_ = format;
    return {};
}

}  // namespace filesrv::serve
