// SPDX-License-Identifier: MIT
// The loop over libcurl's multi handle: as many transfers as may run, their waits, stalls and the cancel flag.
#include "tools/filesrv-client/engine.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "base/assert.hpp"
#include "os/clock.hpp"
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
        if (!folder) throw std::runtime_error("cannot open " + settings_.output_folder + ": " + folder.error().message());
        folder_ = std::move(*folder);
        multi_.reset(curl_multi_init());
        if (!multi_) throw std::bad_alloc();
        for (unsigned i = 0; i < settings_.parallel; ++i) {
            transfers_.push_back(std::make_unique<Transfer>(settings_, folder_.get(), hooks_));
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        for (const auto& transfer : transfers_) detach(*transfer);
    }

    void run_all(const Source& source, const Sink& sink, const Hooks& hooks) {
        FS_ASSERT(hooks_ == nullptr);  // not from within its own hooks
        hooks_ = &hooks;
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

    /// Which file of this machine it reads or writes; "" = none.
    [[nodiscard]] std::string local_file(const Request& request) const {
        if (request.local.empty()) return {};
        const std::filesystem::path named = request.local;
        const auto path = is_upload(request.verb) ? named : settings_.output_folder / named;
        return std::filesystem::absolute(path).lexically_normal().string();
    }

    [[nodiscard]] bool is_in_use(const std::string& file) const {
        return !file.empty() && std::ranges::any_of(transfers_, [&](const auto& transfer) {
            return transfer->state() != Transfer::State::idle && local_file(transfer->request()) == file;
        });
    }

    void fill(const Source& source, Instant now) {
        for (const auto& transfer : transfers_) {
            if (transfer->state() != Transfer::State::idle) continue;
            if (!held_back_ && more_) {
                held_back_ = source();
                more_ = held_back_.has_value();
            }
            if (!held_back_ || (settings_.parallel > 1 && is_in_use(local_file(*held_back_)))) return;
            transfer->begin(std::move(*held_back_), now);
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
        for (const auto& transfer : transfers_) {
            if (transfer->state() != Transfer::State::done) continue;
            const Outcome outcome = transfer->take_outcome(os::monotonic_now());
            if (sink(transfer->request(), outcome)) continue;
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
    os::UniqueFd folder_;
    MultiHandle multi_;
    const Hooks* hooks_ = nullptr;
    std::vector<std::unique_ptr<Transfer>> transfers_;
    std::optional<Request> held_back_;  ///< waits for the one that uses its file
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
