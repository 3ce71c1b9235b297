// SPDX-License-Identifier: MIT
// Any bytes as all that a connection ever sends. However they are cut, they hold as many requests, ending where, with
// bodies as long, as a reader finds that has them all at once and knows nothing but lines (connection_reference.hpp).
#include "connection_reference.hpp"
#include "fuzz.hpp"

#include "http/body_decoder.hpp"
#include "http/host_policy.hpp"
#include "http/response_plan.hpp"

#include <optional>
#include <string>

using namespace filesrv;
using namespace filesrv::http;
using filesrv::fuzz::Conversation;
using filesrv::fuzz::Ending;

namespace {

const EntityInfo entity{.size = 1000,
                        .modified = WallTime(std::chrono::seconds(784111777)),
                        .etag = "\"x\"",
                        .content_type = "text/plain"};
const WallTime now{std::chrono::seconds(1'800'000'000)};

/// A GET is planned, an upload is checked: neither decides where its request ends.
void answer(const Request& request) {
    const bool is_foreign = check_host(request, {}).has_value() || check_same_site(request).has_value();
    if (is_foreign) return;
    if (request.method == Method::get || request.method == Method::head) {
        const ResponsePlan planned = plan(request, entity, now, {.multipart = true});
        FS_ASSERT(planned.send_body <= (request.method == Method::get));
        FS_ASSERT(planned.slice.length <= entity.size);
    } else if (request.method == Method::put || request.method == Method::post) {
        if (!check_upload(request)) FS_ASSERT(request.body.kind != BodyFraming::Kind::none);
    }
}

/// Bytes as they come: what was not understood yet is kept and given again with more of them, as a connection does.
class Reader {
public:
    Reader(std::string_view bytes, fuzz::Cuts cuts) : rest_(bytes), cuts_(cuts) {}

    Conversation read() {
        while (!is_over_ && (receive() || !kept_.empty())) {
            if (!take_head()) {
                if (rest_.empty()) break;
                continue;
            }
            if (!take_body()) break;
        }
        return std::move(told_);
    }

private:
    bool receive() {
        const std::size_t size = cuts_.next(rest_.size());
        kept_.append(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return size > 0;
    }

    void end(Ending how) {
        is_over_ = true;
        told_.ending = how;
    }

    /// False: not whole, or the connection is over.
    bool take_head() {
        switch (head_.parse(kept_)) {
            case ParseState::incomplete:
                if (!kept_.empty()) told_.ending = Ending::within_head;
                return false;
            case ParseState::rejected: return end(Ending::refused), false;
            case ParseState::complete: break;
        }
        const std::string bytes = kept_.substr(0, head_.size());
        head_.rebase(bytes.data());
        if (interpret(head_, request_)) return end(Ending::refused), false;
        answer(request_);
        taken_ += bytes.size();
        kept_.erase(0, bytes.size());
        told_.ending = Ending::between;
        framing_ = request_.body;
        keep_alive_ = request_.keep_alive;
        told_.requests.push_back({.target = std::string(head_.target_text())});
        head_.reset();
        return true;
    }

    /// False: not whole, or the connection is over.
    bool take_body() {
        BodyDecoder decoder(framing_);
        while (decoder.state() == BodyDecoder::State::more) {
            if (kept_.empty() && !receive()) {
                told_.ending = Ending::within_body;
                return false;
            }
            const auto step = decoder.feed(kept_);
            told_.requests.back().body.append(step.payload.data(), step.payload.size());
            taken_ += step.consumed;
            kept_.erase(0, step.consumed);
        }
        if (decoder.state() == BodyDecoder::State::rejected) return end(Ending::refused), false;
        told_.requests.back().end = taken_;
        if (!keep_alive_) return end(Ending::last), false;
        return true;
    }

    std::string_view rest_;
    fuzz::Cuts cuts_;
    std::string kept_;
    std::size_t taken_ = 0;
    bool is_over_ = false;
    bool keep_alive_ = true;
    RequestHead head_;
    Request request_;
    BodyFraming framing_;
    Conversation told_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::as_text(data, size);
    const Conversation whole = Reader(bytes, fuzz::Cuts(bytes.size() + 1)).read();
    FS_ASSERT(Reader(bytes, fuzz::Cuts(1)).read() == whole);
    FS_ASSERT(Reader(bytes, fuzz::Cuts(bytes)).read() == whole);
    const Conversation wanted = fuzz::read_conversation(bytes);
    // What is not whole may be known to be wrong already: there, and only there, the two may differ.
    FS_ASSERT(fuzz::agree(whole, wanted));
    return 0;
}
