// SPDX-License-Identifier: MIT
// Standard output: a line every few seconds, a line for each failure, a line of totals.
#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "base/assert.hpp"

namespace filesrv::mutate {
namespace {

using namespace std::chrono_literals;

constexpr Duration progress_interval = 10s;
constexpr std::uint64_t failures_max = 20;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

bool Report::add(const Exchange& exchange, Instant now) {
    const Conversation conversation = exchange.conversation();
    const Verdict verdict = judge(conversation, settings_.secret);
    ++sent_;
    FS_ASSERT(sent_ <= settings_.count);
    if (conversation.answers.empty()) ++unanswered_;
    if (conversation.end == End::hung) ++hangs_;
    if (conversation.end == End::reset) ++resets_;
    for (std::size_t i = 0; i < classes_.size(); ++i) classes_[i] += verdict.classes[i];
    if (!verdict.wrong.empty()) keep_failure(exchange, verdict.wrong);
    if (now - told_ >= progress_interval) {
        told_ = now;
        tell_progress(now);
    }
    return failures_ < failures_max;
}

void Report::keep_failure(const Exchange& exchange, const std::string& what) {
    FS_ASSERT(!what.empty());
    ++failures_;
    const std::string name =
        "mutated-" + std::to_string(settings_.seed) + "-" + std::to_string(exchange.number()) + ".bin";
    const std::string path = (settings_.failures / name).string();
    std::ofstream out(path, std::ios::binary);
    out << exchange.conversation().request;
    out.close();
    std::printf("FAIL seed %ju, case %ju: %s; replay %s%s\n", std::uintmax_t{settings_.seed},
                std::uintmax_t{exchange.number()}, what.c_str(), path.c_str(),
                out ? "" : " (could not be written)");
    std::fflush(stdout);
}

void Report::tell_progress(Instant now) {
    std::printf("mutate: %ju of %ju, %.0f/s, %ju failures\n", std::uintmax_t{sent_},
                std::uintmax_t{settings_.count}, static_cast<double>(sent_) / seconds(now - began_),
                std::uintmax_t{failures_});
    std::fflush(stdout);
}

bool Report::finish(std::uint64_t connects_failed, Instant now) const {
    FS_ASSERT(now >= began_);
    std::printf("mutate: %ju requests sent, answers", std::uintmax_t{sent_});
    for (std::size_t i = 1; i < classes_.size(); ++i)
        std::printf(" %zuxx %ju%s", i, std::uintmax_t{classes_[i]}, i + 1 < classes_.size() ? "," : ";");
    std::printf(
        " %ju unanswered, %ju resets, %ju hangs, %ju connects failed, %ju failures, %.0f/s, seed %ju\n",
        std::uintmax_t{unanswered_}, std::uintmax_t{resets_}, std::uintmax_t{hangs_},
        std::uintmax_t{connects_failed}, std::uintmax_t{failures_},
        static_cast<double>(sent_) / std::max(seconds(now - began_), 0.001), std::uintmax_t{settings_.seed});
    std::fflush(stdout);
    return failures_ == 0 && sent_ == settings_.count;
}

bool show(const Conversation& conversation, const std::string& secret) {
    const Verdict verdict = judge(conversation, secret);
    std::fwrite(conversation.answers.data(), 1, conversation.answers.size(), stdout);
    std::printf("\nmutate: %s\n", verdict.wrong.empty() ? "all right" : verdict.wrong.c_str());
    return verdict.wrong.empty();
}

}  // namespace filesrv::mutate
