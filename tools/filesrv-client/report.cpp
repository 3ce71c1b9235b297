// SPDX-License-Identifier: MIT
// Records and summaries of batches.
#include "tools/filesrv-client/report.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"
#include "base/readable.hpp"
#include "base/utf8.hpp"

namespace filesrv::client {
namespace {

constexpr const char* heading = "line\tverb\turl\tstatus\tbytes\tseconds\terror\n";

std::string seconds_text(Duration took) {
    char text[40];
    std::snprintf(text, sizeof text, "%.6f", seconds_of(took));
    return text;
}

std::string json_record(const Request& request, const Outcome& outcome) {
    nlohmann::ordered_json record{{"line", request.line}, {"verb", name(request.verb)}, {"url", url_of(request)}};
    record["status"] = nullptr;
    if (outcome.status != 0) record["status"] = outcome.status;
    record["bytes"] = outcome.bytes;
    record["seconds"] = seconds_of(outcome.took);
    record["error"] = nullptr;
    if (!outcome.ok()) record["error"] = outcome.error;
    record["retries"] = outcome.retries;
    record["resumed_at"] = outcome.resumed_at;
    record["verified"] = outcome.verified;
    return record.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::string tsv_record(const Request& request, const Outcome& outcome) {
    std::string text = std::to_string(request.line) + '\t' + std::string(name(request.verb)) + '\t' + url_of(request) + '\t';
    if (outcome.status != 0) text += std::to_string(outcome.status);
    text += '\t' + std::to_string(outcome.bytes) + '\t' + seconds_text(outcome.took) + '\t';
    append_printable(text, outcome.error);
    return text + '\n';
}

std::FILE* opened(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "we");
    if (file == nullptr) throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
    return file;
}

}  // namespace

std::string record_of(ReportFormat format, const Request& request, const Outcome& outcome) {
    FS_ASSERT(format != ReportFormat::none);
    return format == ReportFormat::json ? json_record(request, outcome) : tsv_record(request, outcome);
}

std::string record_heading(ReportFormat format) { return format == ReportFormat::tsv ? heading : ""; }

void Tally::add(const Request& request, const Outcome& outcome) noexcept {
    bytes += outcome.bytes;
    if (outcome.ok() && outcome.unverified) ++unverified;
    ++(outcome.ok() ? succeeded : request.may_fail ? allowed_failures : failed);
}

std::string summary_of(const Tally& tally, std::size_t requests, Duration took) {
    const std::size_t ended = tally.succeeded + tally.failed + tally.allowed_failures;
    FS_ASSERT(ended <= requests);
    std::string text = std::to_string(tally.succeeded) + " succeeded";
    if (tally.unverified > 0) text += " (" + std::to_string(tally.unverified) + " not verified: the server gives no digest)";
    text += ", " + std::to_string(tally.failed) + " failed";
    if (tally.allowed_failures > 0) text += ", " + std::to_string(tally.allowed_failures) + " failed as they may";
    if (ended < requests) text += ", " + std::to_string(requests - ended) + " not begun";
    text += ": ";
    append_size(text, tally.bytes);
    text += " in ";
    append_duration(text, took);
    return text;
}

Report::Report(ReportFormat format, const std::string& path) : format_(format), own_(nullptr, &std::fclose) {
    if (format_ == ReportFormat::none) return;
    if (!path.empty()) own_.reset(opened(path));
    into_ = own_ ? own_.get() : stdout;
    std::fputs(record_heading(format_).c_str(), into_);
}

void Report::add(const Request& request, const Outcome& outcome) {
    if (into_ == nullptr) return;
    const std::string record = record_of(format_, request, outcome);
    std::fwrite(record.data(), 1, record.size(), into_);
}

bool Report::close() {
    if (into_ == nullptr) return true;
    const bool written = std::ferror(into_) == 0 && std::fflush(into_) == 0;
    into_ = nullptr;
    std::FILE* own = own_.release();
    return (own == nullptr || std::fclose(own) == 0) && written;
}

}  // namespace filesrv::client
