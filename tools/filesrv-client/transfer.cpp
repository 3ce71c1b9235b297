// SPDX-License-Identifier: MIT
// A request's attempts: set up, fed and drained by libcurl's callbacks, judged when they end.
#include "tools/filesrv-client/transfer.hpp"

#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "http/date.hpp"
#include "os/clock.hpp"
#include "tools/filesrv-client/attempt_error.hpp"

namespace filesrv::client {
namespace {

constexpr std::size_t refused_bytes_kept = 1024;
constexpr std::uint64_t dropped_bytes_max = 1024 * 1024;  ///< of a body that nobody reads, before the connection is given up
constexpr long buffer_bytes = 256 * 1024;
constexpr std::uint64_t progress_that_counts = 1024 * 1024;  ///< an attempt that moved as much begins the retries anew
// As a field of ours: libcurl writes one of its own letter by letter, twice for each request.
constexpr const char* user_agent = "User-Agent: filesrv-client/" FS_VERSION;

/// All fields of the last answer in their order, a printable line each.
std::string fields_text(CURL* easy) {
    std::string all;
    for (curl_header* line = nullptr; (line = curl_easy_nextheader(easy, CURLH_HEADER, -1, line)) != nullptr;) {
        append_printable(all, line->name);
        all += ": ";
        append_printable(all, line->value);
        all += '\n';
    }
    return all;
}

}  // namespace

struct Transfer::Callbacks {
    static std::size_t write(char* bytes, std::size_t, std::size_t count, void* self) {
        // Fewer than came is libcurl's way to hear that it should stop.
        return static_cast<Transfer*>(self)->take_bytes({bytes, count}) == count ? count : CURL_WRITEFUNC_ERROR;
    }
    static std::size_t read(char* into, std::size_t, std::size_t count, void* self) {
        return static_cast<Transfer*>(self)->give_bytes({into, count});
    }
    static int seek(void* self, curl_off_t offset, int origin) {
        FS_ASSERT(offset >= 0);
        if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
        static_cast<Transfer*>(self)->given_ = static_cast<std::uint64_t>(offset);
        return CURL_SEEKFUNC_OK;
    }
    static std::size_t header(char* bytes, std::size_t, std::size_t count, void* self) {
        auto& transfer = *static_cast<Transfer*>(self);
        transfer.bytes_came_ = true;
        if (!transfer.met_) transfer.head_lines_.add({bytes, count}, transfer.head_);  // else it is a trailer, whatever it looks like
        return count;
    }
};

Transfer::Transfer(const EngineSettings& settings, OutputFolder& folder, const Hooks* const& hooks)
    : settings_(settings), folder_(folder), hooks_(hooks), easy_(curl_easy_init()), policy_(RetryLimits{}) {
    if (!easy_) throw std::bad_alloc();
}

void Transfer::begin(Request request, Instant now) {
    FS_ASSERT(state_ == State::idle);
    request_ = std::move(request);
    url_ = url_of(request_);
    outcome_ = {};
    policy_ = RetryPolicy({.times = settings_.retries, .in_all = settings_.retry_time});
    begun_ = now;
    reconnected_ = restarted_ = false;
    work_ = make_work(request_, settings_, folder_);
    state_ = State::preparing;
    if (const auto opened = work_->open(); !opened) fail(opened.error().failure, opened.error().text);
}

void Transfer::prepare() {
    FS_ASSERT(state_ == State::preparing);
    const auto ready = work_->prepare();
    if (!ready) return fail(ready.error().failure, ready.error().text);
    if (*ready) state_ = State::ready;
}

void Transfer::wake() noexcept {
    FS_ASSERT(state_ == State::waiting);
    state_ = State::ready;
}

void Transfer::arm(Instant now) {
    FS_ASSERT(state_ == State::ready);
    head_ = {};
    head_lines_ = {};
    met_.reset();
    trouble_.reset();
    refused_body_.clear();
    dropped_ = given_ = moved_ = 0;
    detail_.front() = '\0';
    last_byte_ = now;
    bytes_came_ = false;
    std::vector<std::string> fields{user_agent};
    work_->ask(fields);
    set_up(fields);
    state_ = State::running;
}

void Transfer::set_up(const std::vector<std::string>& fields) {
    CURL* easy = easy_.get();
    curl_easy_reset(easy);  // connections stay with the multi handle
    fields_.reset();
    for (const std::string& line : fields) {
        curl_slist* longer = curl_slist_append(fields_.get(), line.c_str());
        if (longer == nullptr) throw std::bad_alloc();
        static_cast<void>(fields_.release());
        fields_.reset(longer);
    }
    set(easy, CURLOPT_URL, url_.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http");
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_QUICK_EXIT, 1L);  // who gives up does not wait for getaddrinfo(3), which may ponder for minutes
    set(easy, CURLOPT_HTTPHEADER, fields_.get());
    set(easy, CURLOPT_ERRORBUFFER, detail_.data());
    set(easy, CURLOPT_PRIVATE, this);
    set(easy, CURLOPT_BUFFERSIZE, buffer_bytes);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout / std::chrono::milliseconds(1)));
    set(easy, CURLOPT_WRITEFUNCTION, &Callbacks::write);
    set(easy, CURLOPT_WRITEDATA, this);
    set(easy, CURLOPT_HEADERFUNCTION, &Callbacks::header);
    set(easy, CURLOPT_HEADERDATA, this);
    if (reconnected_) set(easy, CURLOPT_FRESH_CONNECT, 1L);
    if (request_.verb == Verb::head) set(easy, CURLOPT_NOBODY, 1L);
    if (const auto size = work_->body_size()) {
        set(easy, CURLOPT_UPLOAD, 1L);  // with Expect: 100-continue from a mebibyte on
        set(easy, CURLOPT_UPLOAD_BUFFERSIZE, buffer_bytes);
        set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(*size));
        set(easy, CURLOPT_READFUNCTION, &Callbacks::read);
        set(easy, CURLOPT_READDATA, this);
        set(easy, CURLOPT_SEEKFUNCTION, &Callbacks::seek);
        set(easy, CURLOPT_SEEKDATA, this);
    }
    const std::string_view word = method(request_.verb);
    if (request_.verb != Verb::head) set(easy, CURLOPT_CUSTOMREQUEST, word.data());
}

/// Once an attempt, before the first byte of the body, or at the end of an answer without one. False: trouble.
bool Transfer::meet() {
    if (met_) return true;
    head_.status = static_cast<unsigned>(info<long>(easy_.get(), CURLINFO_RESPONSE_CODE));
    const auto length = info<curl_off_t>(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
    if (length >= 0) head_.content_length = static_cast<std::uint64_t>(length);
    auto meeting = work_->meet(head_);
    if (!meeting) {
        trouble_ = std::move(meeting.error());
        return false;
    }
    met_ = *meeting;
    return true;
}

std::size_t Transfer::take_bytes(std::span<const char> bytes) {
    bytes_came_ = true;
    if (!meet()) return CURL_WRITEFUNC_ERROR;
    if (*met_ == Work::Meeting::take) {
        if (auto taken = work_->take(bytes); !taken) {
            trouble_ = std::move(taken.error());
            return CURL_WRITEFUNC_ERROR;
        }
        moved_ += bytes.size();
        tell_progress();
        return bytes.size();
    }
    const std::size_t room = refused_bytes_kept - refused_body_.size();
    refused_body_.append(bytes.data(), std::min(room, bytes.size()));
    dropped_ += bytes.size();
    return dropped_ > dropped_bytes_max ? CURL_WRITEFUNC_ERROR : bytes.size();
}

std::size_t Transfer::give_bytes(std::span<char> into) {
    bytes_came_ = true;
    auto count = work_->give(into, given_);
    if (!count) {
        trouble_ = std::move(count.error());
        return CURL_READFUNC_ABORT;
    }
    given_ += *count;
    tell_progress();
    return *count;
}

void Transfer::tell_progress() const {
    if (hooks_ != nullptr && hooks_->progress) hooks_->progress(request_, work_->progress());
}

bool Transfer::is_stalled(Instant now) noexcept {
    if (std::exchange(bytes_came_, false)) last_byte_ = now;
    return state_ == State::running && now - last_byte_ >= settings_.stall_timeout;
}

void Transfer::count_bytes() {
    if (is_upload(request_.verb)) moved_ = static_cast<std::uint64_t>(info<curl_off_t>(easy_.get(), CURLINFO_SIZE_UPLOAD_T));
    outcome_.bytes += moved_;
    if (moved_ >= progress_that_counts && !is_upload(request_.verb)) policy_.forget();
}

void Transfer::end_attempt(CURLcode code, Instant now) {
    FS_ASSERT(state_ == State::running);
    count_bytes();
    // For libcurl a head that a close cuts off after a whole line is an answer, with an empty body where no length came.
    if (!trouble_ && !head_lines_.have_ended() && !head_.status_line.empty()) return end_broken(code == CURLE_OK ? CURLE_PARTIAL_FILE : code, now);
    if (!met_ && !trouble_ && info<long>(easy_.get(), CURLINFO_RESPONSE_CODE) >= 200) static_cast<void>(meet());
    if (met_ || head_.status >= 200) {
        outcome_.status = head_.status;
        outcome_.status_line = head_.status_line;
    }
    if (trouble_) {
        const Trouble trouble = *trouble_;
        return fail(trouble.failure, trouble.text);
    }
    if (!met_) return end_broken(code, now);
    if (*met_ == Work::Meeting::take && code != CURLE_OK) return end_broken(code, now);
    end_answered(now);
}

void Transfer::end_answered(Instant now) {
    FS_ASSERT(met_.has_value());
    switch (*met_) {
        case Work::Meeting::take:
        case Work::Meeting::complete: return succeed();
        case Work::Meeting::refuse: return end_refused(now);
        case Work::Meeting::restart: break;
    }
    if (std::exchange(restarted_, true)) return fail(Failure::answer, describe_answer(head_, {}) + ", again");
    state_ = State::preparing;
}

void Transfer::end_refused(Instant now) {
    std::string error = describe_answer(head_, refused_body_);
    const auto asked_for = parse_retry_after(head_.retry_after, http::unix_seconds(os::wall_now()));
    if (head_.status == 503 && asked_for) return try_again(asked_for, now, Failure::answer, std::move(error));
    if (head_.status == 412 && settings_.no_clobber) error = "it is there already (--no-clobber)";
    fail(Failure::answer, std::move(error));
}

void Transfer::end_broken(CURLcode code, Instant now) {
    CURL* easy = easy_.get();
    std::string error = describe_break(easy, code, request_.server, detail_.data());
    if (!may_pass(code)) return fail(Failure::connection, std::move(error));
    const bool reused = info<long>(easy, CURLINFO_NUM_CONNECTS) == 0;
    const bool silent = head_.status_line.empty();
    // The server closed a kept connection while our request was on its way, and has not acted on it.
    if (reused && silent && code != CURLE_OPERATION_TIMEDOUT && !std::exchange(reconnected_, true)) {
        state_ = State::preparing;
        return;
    }
    // What was sent may have been stored, and then "only when new" would meet our own file.
    const bool may_be_stored = is_upload(request_.verb) && settings_.no_clobber && code != CURLE_COULDNT_CONNECT;
    if (may_be_stored) return fail(Failure::connection, error + "; whether the file is stored is not known");
    try_again(std::nullopt, now, Failure::connection, std::move(error));
}

void Transfer::try_again(std::optional<Duration> asked_for, Instant now, Failure failure, std::string error) {
    const auto wait = policy_.next(now, asked_for);
    if (!wait) return fail(failure, std::move(error));
    reconnected_ = false;
    wake_at_ = now + *wait;
    state_ = State::waiting;
}

void Transfer::succeed() {
    if (auto finished = work_->finish(outcome_); !finished) return fail(finished.error().failure, finished.error().text);
    if (request_.verb == Verb::head) outcome_.fields = fields_text(easy_.get());
    state_ = State::done;
}

void Transfer::fail(Failure failure, std::string error) {
    FS_ASSERT(failure != Failure::none && !error.empty());
    work_->abandon(outcome_);
    outcome_.failure = failure;
    outcome_.error = std::move(error);
    state_ = State::done;
}

Outcome Transfer::take_outcome(Instant now) {
    FS_ASSERT(state_ == State::done);
    outcome_.took = now - begun_;
    outcome_.retries = policy_.retries();
    work_.reset();
    state_ = State::idle;
    return std::move(outcome_);
}

}  // namespace filesrv::client
