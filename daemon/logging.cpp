// SPDX-License-Identifier: MIT
// The log's far end, and the only file that sees spdlog: as headers it costs seconds to compile.
#include "daemon/logging.hpp"

#include <cstdlib>
#include <new>
#include <string>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "observe/journal.hpp"
#include "os/datagram.hpp"
#include "os/stat.hpp"

namespace filesrv::daemon {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::trace: return spdlog::level::trace;
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    FS_UNREACHABLE("a level of no kind");
}

class SpdlogSink final : public observe::LogSink {
public:
    explicit SpdlogSink(bool journal)
        : journal_(journal), logger_("filesrvd", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger_.set_level(spdlog::level::trace);  // the level is observe's to judge
        logger_.set_pattern(journal ? "%v" : "%Y-%m-%d %H:%M:%S.%e %l %v");
        // A full disk behind stderr must not stop the service, and there is nowhere else to complain.
        logger_.set_error_handler([](const std::string&) {});
        if (!journal) return;
        if (auto socket = os::connect_unix_datagram(observe::journal_socket)) native_ = *std::move(socket);
    }
    SpdlogSink(const SpdlogSink&) = delete;
    SpdlogSink& operator=(const SpdlogSink&) = delete;
    ~SpdlogSink() override { observe::set_log_sink(nullptr); }

    void write(LogLevel level, std::string_view line, observe::LogKind kind) noexcept override {
        try {
            if (native_.is_open() && os::send_connected(native_.get(), observe::journal_entry(level, line, kind))) return;
            if (journal_) logger_.log(to_spdlog(level), "<{}>{}", observe::journal_priority(level), line);
            else logger_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
        } catch (const std::bad_alloc&) {
            // Out of memory: the line is lost, the service is not.
        }
    }

private:
    bool journal_;
    os::UniqueFd native_;  ///< to the journal itself, where it can be reached
    spdlog::logger logger_;
};

}  // namespace

bool is_journal(os::Fd fd) {
    const auto found = os::stat_fd(fd);
    return found && is_journal_stream(std::getenv("JOURNAL_STREAM"), found->device, found->inode);
}

bool is_journal_stream(const char* journal_stream, std::uint64_t device, std::uint64_t inode) noexcept {
    if (journal_stream == nullptr) return false;
    const std::string_view text(journal_stream);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    return parse_decimal(text.substr(0, colon)) == device && parse_decimal(text.substr(colon + 1)) == inode;
}

std::unique_ptr<observe::LogSink> start_logging(LogLevel level) {
    auto sink = std::make_unique<SpdlogSink>(is_journal(os::Fd(2)));
    observe::set_log_level(level);
    observe::set_log_sink(sink.get());
    return sink;
}

}  // namespace filesrv::daemon
