// SPDX-License-Identifier: MIT
// The judge does not know which request an answer belongs to: where one may have been a HEAD, it tries both
// readings.
#include "judge.hpp"

#include <algorithm>
#include <vector>

#include "answer_reader.hpp"
#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "http/grammar.hpp"

namespace filesrv::mutate {
namespace {

constexpr std::size_t answers_max = 1000;

std::string lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) c = http::grammar::lower(c);
    return lowered;
}

/// Tries to read all that came as answers. Depth first, and a wrong reading fails at the very next answer, so
/// this is linear in practice.
class Reading {
public:
    Reading(std::string_view bytes, bool may_be_head) noexcept : bytes_(bytes), may_be_head_(may_be_head) {}

    bool from(std::size_t at) {
        if (at == bytes_.size()) return true;
        if (answers_.size() >= answers_max) return fail(at, "more answers than there can be requests");
        for (const Body body : {Body::present, Body::announced_only}) {
            if (body == Body::announced_only && !may_be_head_) break;
            Answer answer;
            const std::string wrong = read_answer(bytes_.substr(at), body, answer);
            if (!wrong.empty()) {
                fail(at, wrong);
                continue;
            }
            FS_ASSERT(answer.bytes > 0 && answer.bytes <= bytes_.size() - at);
            answers_.push_back(answer);
            const std::size_t next = at + answer.bytes;
            if (answer.closing && next < bytes_.size())
                fail(next, "more after an answer that closes");
            else if (from(next))
                return true;
            answers_.pop_back();
        }
        return false;
    }

    const std::string& wrong() const noexcept { return wrong_; }
    const std::vector<Answer>& answers() const noexcept { return answers_; }

private:
    /// Keeps what was wrong farthest on: the reading that got there was the right one until then.
    bool fail(std::size_t at, const std::string& what) {
        if (wrong_.empty() || at > farthest_) wrong_ = what;
        farthest_ = std::max(farthest_, at);
        return false;
    }

    std::string_view bytes_;
    bool may_be_head_;
    std::vector<Answer> answers_;
    std::string wrong_;
    std::size_t farthest_ = 0;
};

/// A client that asks for the close and sends on may find the door shut (RFC 9112 §9.6): the server need not
/// wait for what must not come. Where its bytes came in pieces that is a reset.
bool asks_for_close(std::string_view request) {
    const std::string text = lower(request);
    return text.find("http/1.0") != text.npos || text.find("close") != text.npos;
}

}  // namespace

bool answer_is_due(std::string_view request) {
    const std::size_t begin = request.find_first_not_of("\r\n");
    if (begin == request.npos) return false;
    const std::size_t end = request.find("\r\n\r\n", begin);
    if (end == request.npos) return false;
    const std::string head = lower(request.substr(begin, end + 2 - begin));
    constexpr std::string_view length = "content-length";
    const std::size_t at = head.find(length);
    if (head.find("transfer-encoding") != head.npos) return false;
    if (at == head.npos) return true;
    if (head.find(length, at + 1) != head.npos) return false;
    const std::size_t value = at + length.size() + 1;
    const std::size_t stop = head.find("\r\n", at);
    if (value >= stop || head[value - 1] != ':') return false;
    const auto size = parse_decimal(http::grammar::trim(std::string_view(head).substr(value, stop - value)));
    return size && *size <= request.size() - end - 4;
}

Verdict judge(const Conversation& conversation, std::string_view secret) {
    Verdict verdict;
    // What came before a reset need not be whole, so these come first.
    if (conversation.end == End::hung) verdict.wrong = "hung";
    if (conversation.end == End::reset && !asks_for_close(conversation.request)) verdict.wrong = "reset";
    if (!secret.empty() && conversation.answers.find(secret) != conversation.answers.npos)
        verdict.wrong = "told what lies outside of its root";
    if (!verdict.wrong.empty() || conversation.end == End::reset) return verdict;

    const bool may_be_head = conversation.request.find("HEAD") != conversation.request.npos;
    Reading reading(conversation.answers, may_be_head);
    if (!reading.from(0)) {
        verdict.wrong = reading.wrong();
        return verdict;
    }
    for (const Answer& answer : reading.answers()) {
        FS_ASSERT(answer.status / 100 < verdict.classes.size());
        ++verdict.classes[answer.status / 100];
    }
    const auto is_final = [](const Answer& answer) { return answer.status >= 200; };
    const bool answered = std::any_of(reading.answers().begin(), reading.answers().end(), is_final);
    if (!answered && answer_is_due(conversation.request)) verdict.wrong = "no answer to a whole request";
    return verdict;
}

}  // namespace filesrv::mutate
