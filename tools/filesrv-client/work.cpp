// SPDX-License-Identifier: MIT
// Which work a verb is; that of the verbs without a file of their own.
#include "tools/filesrv-client/work.hpp"

#include "base/assert.hpp"
#include "tools/filesrv-client/download.hpp"
#include "tools/filesrv-client/upload.hpp"

namespace filesrv::client {
namespace {

constexpr std::size_t listing_bytes_max = 64 * 1024 * 1024;

/// HEAD and DELETE: the answer's head is all.
class HeadOnly final : public Work {
public:
    void ask(std::vector<std::string>&) override {}
};

class Listing final : public Work {
public:
    void ask(std::vector<std::string>& fields) override {
        fields.emplace_back("Accept: application/json");
        text_.clear();
    }
    Attempted<void> take(std::span<const char> bytes) override {
        if (text_.size() + bytes.size() > listing_bytes_max) return trouble(Failure::answer, "the listing is too long");
        text_.append(bytes.data(), bytes.size());
        return {};
    }
    Attempted<void> finish(Outcome& outcome) override {
        outcome.body = std::move(text_);
        return {};
    }

private:
    std::string text_;
};

}  // namespace

std::unique_ptr<Work> make_work(const Request& request, const EngineSettings& settings, OutputFolder& folder) {
    switch (request.verb) {
        case Verb::get: return std::make_unique<Download>(request, settings, folder);
        case Verb::post:
        case Verb::put: return std::make_unique<Upload>(request, settings);
        case Verb::list: return std::make_unique<Listing>();
        case Verb::head:
        case Verb::remove: return std::make_unique<HeadOnly>();
    }
    FS_UNREACHABLE("a verb without work");
}

}  // namespace filesrv::client
