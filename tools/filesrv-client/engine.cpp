// SPDX-License-Identifier: MIT
// The loop over libcurl's multi handle: as many transfers as may run, their waits, stalls and the cancel flag.
#include "tools/filesrv-client/engine.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/directory.hpp"
#include "os/open.hpp"
#include "tools/filesrv-client/easy.hpp"
#include "tools/filesrv-client/transfer.hpp"

namespace filesrv::client {
namespace {

constexpr Duration look_at_cancel = std::chrono::milliseconds(250);

void start_libcurl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(started));
}

/// A folder as an absolute path with a final slash, without `.` and `..`.
std::string prefix_of(const std::string& folder) {
    std::string path = std::filesystem::absolute(folder).lexically_normal().string();
    if (!path.ends_with('/')) path += '/';
    return path;
}

void check(CURLMcode code) {
    if (code == CURLM_OUT_OF_MEMORY) throw std::bad_alloc();
    FS_ASSERT(code == CURLM_OK);
}

}  // namespace

class Engine::Impl {
public:
    explicit Impl(EngineSettings settings) : settings_(std::move(settings)) {
        FS_ASSERT(settings_.parallel >= 1 && settings_.parallel <= parallel_max);
        start_libcurl();
        auto folder = os::open_path(settings_.output_folder.c_str(), os::OpenMode::any_folder);
        // The last folder only: of a long path that is not there, more is wrong than that.
        if (!folder && folder.error().code == ENOENT && os::make_path(settings_.output_folder.c_str(), 0777) == 0)
            folder = os::open_path(settings_.output_folder.c_str(), os::OpenMode::any_folder);
        if (!folder) throw std::runtime_error("the folder for downloads: " + Error{folder.error().code, "cannot open", settings_.output_folder}.message());
        folder_.emplace(std::move(*folder));
        output_prefix_ = prefix_of(settings_.output_folder);
        working_prefix_ = prefix_of(".");
        multi_.reset(curl_multi_init());
        if (!multi_) throw std::bad_alloc();
        for (unsigned i = 0; i < settings_.parallel; ++i) {
            transfers_.push_back(std::make_unique<Transfer>(settings_, *folder_, hooks_));
        }
        files_.resize(settings_.parallel);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        for (const auto& transfer : transfers_) detach(*transfer);
    }

    void run_all(const Source& source, const Sink& sink, const Hooks& hooks) {
        FS_ASSERT(hooks_ == nullptr);  // not from within its own hooks
        hooks_ = &hooks;
        folder_->forget();
        more_ = true;
        for (;;) {
            const Instant now = os::monotonic_now();
            if (is_cancelled()) end_all(Failure::interrupted, "interrupted");
            if (is_late(now)) end_all(Failure::connection, "no answer in time");
            fill(source, now);
            for (const auto& transfer : transfers_) step(*transfer, now);
            perform();
            deliver(sink);
            if (std::ranges::all_of(transfers_, [](const auto& t) { return t->state() == Transfer::State::idle; })) {
                if (!more_ && !held_back_) break;
                continue;
            }
            wait();
        }
        hooks_ = nullptr;
    }

private:
    [[nodiscard]] bool is_cancelled() const noexcept { return hooks_->cancel != nullptr && hooks_->cancel->load(); }

    [[nodiscard]] bool is_late(Instant now) const noexcept { return hooks_->deadline && now >= *hooks_->deadline; }

    void detach(Transfer& transfer) {
        if (transfer.state() == Transfer::State::running) check(curl_multi_remove_handle(multi_.get(), transfer.easy()));
    }

    void end_all(Failure failure, const char* why) {
        more_ = false;
        held_back_.reset();
        for (const auto& transfer : transfers_) {
            if (transfer->state() == Transfer::State::idle || transfer->state() == Transfer::State::done) continue;
            detach(*transfer);
            transfer->fail(failure, why);
        }
    }

    /// Which file of this machine it reads or writes; "" = none, or none that could be another's.
    [[nodiscard]] std::string local_file(const Request& request) const {
        if (request.local.empty() || settings_.parallel == 1) return {};
        const std::string& prefix = is_upload(request.verb) ? working_prefix_ : output_prefix_;
        if (request.local.find('/') == std::string::npos) return prefix + request.local;
        return (std::filesystem::path(prefix) / request.local).lexically_normal().string();
    }

    [[nodiscard]] bool is_in_use(const std::string& file) const {
        return !file.empty() && std::ranges::find(files_, file) != files_.end();
    }

    void fill(const Source& source, Instant now) {
        for (std::size_t i = 0; i < transfers_.size(); ++i) {
            if (transfers_[i]->state() != Transfer::State::idle) continue;
            if (!held_back_ && more_) {
                held_back_ = source();
                more_ = held_back_.has_value();
                if (more_) held_back_file_ = local_file(*held_back_);
            }
            if (!held_back_ || is_in_use(held_back_file_)) return;
            files_[i] = std::move(held_back_file_);
            transfers_[i]->begin(std::move(*held_back_), now);
            held_back_.reset();
        }
    }

    void step(Transfer& transfer, Instant now) {
        if (transfer.state() == Transfer::State::waiting && transfer.wake_at() <= now) transfer.wake();
        if (transfer.state() == Transfer::State::preparing) transfer.prepare();
        if (transfer.state() == Transfer::State::ready) {
            transfer.arm(now);
            check(curl_multi_add_handle(multi_.get(), transfer.easy()));
        }
        if (transfer.is_stalled(now)) {
            detach(transfer);
            transfer.fail(Failure::connection, "no byte for " + std::to_string(settings_.stall_timeout / std::chrono::seconds(1)) + " s");
        }
    }

    void perform() {
        int running = 0;
        check(curl_multi_perform(multi_.get(), &running));
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
            FS_ASSERT(message->msg == CURLMSG_DONE);
            const CURLcode code = message->data.result;  // the message goes with its handle
            auto& transfer = *info<Transfer*>(message->easy_handle, CURLINFO_PRIVATE);
            check(curl_multi_remove_handle(multi_.get(), transfer.easy()));
            transfer.end_attempt(code, os::monotonic_now());
        }
    }

    void deliver(const Sink& sink) {
        for (std::size_t i = 0; i < transfers_.size(); ++i) {
            Transfer& transfer = *transfers_[i];
            if (transfer.state() != Transfer::State::done) continue;
            const Outcome outcome = transfer.take_outcome(os::monotonic_now());
            files_[i].clear();
            if (sink(transfer.request(), outcome)) continue;
            more_ = false;
            held_back_.reset();
        }
    }

    /// Until a socket is ready, or something of ours is due.
    void wait() {
        Duration longest = look_at_cancel;
        const Instant now = os::monotonic_now();
        if (hooks_->deadline) longest = std::clamp(*hooks_->deadline - now, Duration::zero(), longest);
        for (const auto& transfer : transfers_) {
            const Transfer::State state = transfer->state();
            if (state == Transfer::State::preparing || state == Transfer::State::ready) return;
            if (state == Transfer::State::idle && more_ && !held_back_) return;
            if (state == Transfer::State::waiting) longest = std::clamp(transfer->wake_at() - now, Duration::zero(), longest);
        }
        const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
        check(curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(milliseconds), nullptr));
    }

    EngineSettings settings_;
    std::optional<OutputFolder> folder_;
    MultiHandle multi_;
    const Hooks* hooks_ = nullptr;
    std::string output_prefix_, working_prefix_;
    std::vector<std::unique_ptr<Transfer>> transfers_;
    std::vector<std::string> files_;    ///< which file each transfer uses; "" = none
    std::optional<Request> held_back_;  ///< waits for the one that uses its file
    std::string held_back_file_;
    bool more_ = false;
};

Engine::Engine(EngineSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
Engine::~Engine() = default;

Outcome Engine::run(const Request& request, const Hooks& hooks) {
    std::optional<Request> next = request;
    Outcome outcome{.failure = Failure::interrupted, .error = "interrupted"};  // what cancel has ended before it began
    const auto source = [&] { return std::exchange(next, std::nullopt); };
    const auto sink = [&](const Request&, const Outcome& end) {
        outcome = end;
        return true;
    };
    impl_->run_all(source, sink, hooks);
    return outcome;
}

void Engine::run_all(const Source& source, const Sink& sink, const Hooks& hooks) { impl_->run_all(source, sink, hooks); }

}  // namespace filesrv::client
