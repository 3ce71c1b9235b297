// SPDX-License-Identifier: MIT
// Answering, part two: heads into the batch, the connection's fields, and the access log.
#include <algorithm>

#include "base/assert.hpp"
#include "http/response_head.hpp"
#include "os/clock.hpp"
#include "os/random.hpp"
#include "serve/answer.hpp"
#include "serve/chunk.hpp"
#include "serve/connection.hpp"
#include "serve/digests.hpp"
#include "serve/entity.hpp"
#include "serve/ranges_source.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"
#include "serve/worker_state.hpp"

namespace filesrv::serve {
namespace {

/// Room for the status line, Date, an entity's block and the fields of the connection.
constexpr std::size_t head_bytes_max = 4096;

/// Appends what `write` puts into a HeadWriter to the text of the batch.
template <class Write>
void append_head(std::string& text, std::size_t room, Write&& write) {
    const std::size_t before = text.size();
    text.resize_and_overwrite(before + room, [&](char* data, std::size_t) {
        http::HeadWriter writer(std::span(data + before, room));
        write(writer);
        FS_ASSERT(!writer.overflowed());
        return before + writer.size();
    });
}

/// Whether the body goes out by itself behind the batch, so that how much of it was sent is known only later.
bool is_transfer(const store::Entry& entry, std::uint64_t length) noexcept { return !entry.in_memory && length > 0; }

/// Between the fields and the empty line that ends a head.
void append_last_fields(WorkerState& worker, const http::Request& request, const store::Entry& entry,
                        const http::ResponsePlan& plan) {
    std::string& text = worker.output.text();
    FS_ASSERT(text.ends_with("\r\n\r\n"));
    text.resize(text.size() - 2);
    text.append(digest_lines(worker, request, entry, plan)).append(worker.server.server_field()).append("\r\n");
}

}  // namespace

/// What the answer says about the connection; when it is the last one, closing_ is set.
http::ConnectionFields Connection::connection_fields(const WorkerState& worker, const http::Request* request) noexcept {
    if (request != nullptr && !request->keep_alive) closing_ = client_closes_ = true;
    if (closing_) return {.keep_alive = false};
    const http::ConnectionFields fields = worker.server.connection_fields(more_came_);
    closing_ = !fields.keep_alive;
    return fields;
}

/// The request was read whole and can be answered from the entry. Into the batch, or as a transfer behind it.
void Connection::answer_entry(WorkerState& worker, const http::Request& request, const store::EntryRef& entry,
                              http::Coding coding) {
    // The ready head's Last-Modified is the file's, unless that lies ahead: then it is the time of this very answer, RFC
    // 9110 section 8.8.2.1.
    const bool is_from_future = wall_time_of(entry->version.mtime_ns) > worker.wall_now;
    const bool plain = request.method == http::Method::get && !request.conditions.any && !is_from_future &&
                       !request.head->has(http::KnownField::range) && !http::wants_digests(*request.head);
    if (!plain) return answer_planned(worker, request, entry, coding);
    const std::string& head = coding == http::Coding::identity ? entry->head : entry->sibling_head;
    const http::ConnectionFields fields = connection_fields(worker, &request);
    worker.output.text().append(worker.ok_prefix()).append(head).append(worker.head_end(fields));
    note_answer(worker, &request, 200, entry->size(), is_transfer(*entry, entry->size()));
    append_slice(worker, entry, 0, entry->size());
}

void Connection::answer_planned(WorkerState& worker, const http::Request& request, const store::EntryRef& entry,
                                http::Coding coding) {
    const EntityFacts facts(*entry, worker.wall_now, worker.server.entity_policy(), coding);
    // Content-Encoding would be said of the multipart body as a whole, whose frame is not encoded: then one range or all.
    const http::PlanOptions options{.multipart = coding == http::Coding::identity};
    const http::ResponsePlan plan = http::plan(request, facts.info(), worker.wall_now, options);
    if (plan.status == http::Status::precondition_failed || plan.status == http::Status::range_not_satisfiable) {
        const bool by_range = plan.status == http::Status::range_not_satisfiable;
        Answer refusal = error_answer(&request, plan.status,
                                      by_range ? "The range begins behind the end of the file."
                                               : "The file is not in the state that the request asks for.");
        if (!facts.vary().empty()) refusal.fields.append("Vary: ").append(facts.vary()).append("\r\n");
        if (by_range) refusal.fields += "Content-Range: bytes */" + std::to_string(entry->size()) + "\r\n";
        return answer(worker, &request, refusal);
    }
    if (plan.is_multipart()) return answer_ranges(worker, request, entry, facts, plan);
    const http::ConnectionFields fields = connection_fields(worker, &request);
    append_head(worker.output.text(), head_bytes_max + facts.block().full().size(), [&](http::HeadWriter& writer) {
        http::write_planned_head(writer, plan, facts.block(), worker.date(), fields);
    });
    append_last_fields(worker, request, *entry, plan);
    const std::uint64_t length = plan.send_body ? plan.slice.length : 0;
    note_answer(worker, &request, http::code(plan.status), length, is_transfer(*entry, length));
    if (length > 0) append_slice(worker, entry, plan.slice.offset, length);
}

/// Several ranges: from memory into the batch with all that is between them, or part by part as the peer takes them.
void Connection::answer_ranges(WorkerState& worker, const http::Request& request, const store::EntryRef& entry,
                               const EntityFacts& facts, const http::ResponsePlan& plan) {
    FS_ASSERT(plan.send_body);
    http::ByteRanges layout;
    layout.lay_out(plan, facts.info().content_type, os::random_numbers());
    const http::ConnectionFields fields = connection_fields(worker, &request);
    std::string& text = worker.output.text();
    append_head(text, head_bytes_max + facts.block().full().size(), [&](http::HeadWriter& writer) {
        http::write_multipart_head(writer, layout, facts.block(), worker.date(), fields);
    });
    append_last_fields(worker, request, *entry, plan);
    const auto slices = plan.ranges.slices();
    if (entry->in_memory) {
        note_answer(worker, &request, http::code(plan.status), layout.content_length());
        for (std::size_t part = 0; part < slices.size(); ++part) {
            text.append(layout.head_of(part)).append(entry->body, slices[part].offset, slices[part].length);
        }
        text.append(layout.tail());
        return;
    }
    note_answer(worker, &request, http::code(plan.status), 0, true);
    exchange().source = std::make_unique<RangesSource>(entry, std::move(layout), std::vector(slices.begin(), slices.end()));
}

/// Part of an entry's content behind its head: from memory into the batch, or as a transfer that follows it.
void Connection::append_slice(WorkerState& worker, const store::EntryRef& entry, std::uint64_t offset,
                              std::uint64_t length) {
    if (length == 0) return;
    if (entry->in_memory) {
        worker.output.append_body(entry, static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
        return;
    }
    FS_ASSERT(!has_body_to_send());
    exchange().file = {.entry = entry, .offset = offset, .remaining = length};
}

void Connection::answer(WorkerState& worker, const http::Request* request, const Answer& text) {
    append_answer_head(worker, request, text, BodyLength::known);
    const bool is_head = request != nullptr && request->method == http::Method::head;
    if (!is_head) worker.output.text().append(text.body);
    note_answer(worker, request, http::code(text.status), is_head ? 0 : text.body.size());
}

/// An answer of which only the beginning has been made; `rest` makes what follows. Without a rest, like answer().
/// HTTP/1.0 knows no chunks: there the close ends the body.
void Connection::answer_streamed(WorkerState& worker, const http::Request& request, const Answer& begin,
                                 std::unique_ptr<BodySource> rest) {
    if (rest == nullptr) return answer(worker, &request, begin);
    const bool is_head = request.method == http::Method::head;
    const bool chunked = request.http_1_1;
    if (!chunked && !is_head) closing_ = true;
    append_answer_head(worker, &request, begin, chunked && !is_head ? BodyLength::chunked : BodyLength::unsaid);
    if (!is_head) exchange().source = std::move(rest);  // first: of such a transfer nobody knows the total
    note_answer(worker, &request, http::code(begin.status), is_head ? 0 : begin.body.size(), !is_head);
    if (is_head) return;
    if (chunked) append_chunk(worker.output.text(), begin.body);
    else worker.output.text().append(begin.body);
    exchange().chunked = chunked;
    if (chunked) return;
    exchange().until_close = true;
    os::reset_on_close(socket_.get(), true);  // whatever ends us before the body is complete
}

void Connection::append_answer_head(WorkerState& worker, const http::Request* request, const Answer& text,
                                    BodyLength length) {
    const http::ConnectionFields fields = connection_fields(worker, request);
    const std::string_view head_end = worker.head_end(fields);
    append_head(worker.output.text(), head_bytes_max + text.fields.size() + head_end.size(), [&](http::HeadWriter& writer) {
        writer.status_line(text.status);
        writer.field("Date", worker.date());
        writer.block(text.fields);
        if (!text.content_type.empty()) {
            writer.field("Content-Type", text.content_type);
            writer.block("X-Content-Type-Options: nosniff\r\n");
        }
        if (length == BodyLength::known && http::has_body(text.status)) writer.field("Content-Length", text.body.size());
        if (length == BodyLength::chunked) writer.block("Transfer-Encoding: chunked\r\n");
        writer.block(head_end);
    });
}

void Connection::answer_reject(WorkerState& worker, const http::Request* request, const http::Reject& reject) {
    if (reject.close) closing_ = body_unread_ = true;
    Answer refusal = error_answer(request, reject.status, reject.detail);
    if (reject.status == http::Status::method_not_allowed) {
        refusal.fields.append("Allow: ").append(worker.server.allowed_methods()).append("\r\n");
    }
    answer(worker, request, refusal);
}

void Connection::answer_failure(WorkerState& worker, const http::Request& request, const Error& error) {
    worker.server.log_failure(error, Access::read);
    answer(worker, &request, errno_answer(&request, error.code, Access::read));
}

void Connection::count_answer(WorkerState& worker, const http::Request* request, unsigned status) noexcept {
    Counters& counters = worker.counters;
    const http::Method method = request != nullptr ? request->method : http::Method::unknown;
    counters.answers.count(method, status);
    if (status < http::code(http::Status::bad_request)) return;
    if (status >= http::code(http::Status::internal_server_error)) counters.errors.add();
    if (method != http::Method::put && method != http::Method::post) return;
    (exchange_ != nullptr && exchange_->upload_began ? counters.uploads_failed : counters.uploads_refused).add();
}

/// The answer's line in the access log: now, or when the transfer that follows it has ended.
void Connection::note_answer(WorkerState& worker, const http::Request* request, unsigned status,
                             std::uint64_t body_bytes, bool transfer_follows) {
    count_answer(worker, request, status);
    const http::RequestHead& head = request != nullptr && request->head != nullptr ? *request->head : worker.head;
    if (transfer_follows) {
        exchange().transfer = {.direction = Direction::download, .method = request->method, .target = std::string(head.target_text()),
                               .total = body_bytes > 0 && exchange().source == nullptr ? std::optional(body_bytes) : std::nullopt,
                               .began = worker.now};
    }
    if (!worker.server.logs_access()) return;
    KeptRecord record{.status = status, .body_bytes = body_bytes, .time = worker.wall_now, .began = worker.now};
    if (exchange_ != nullptr && exchange_->has_request) record.began = exchange_->began;
    if (head.has_request_line()) {
        record.method = head.method_text();
        record.target = head.target_text();
        record.version = head.version() == http::HttpVersion::http_1_0 ? "HTTP/1.0" : "HTTP/1.1";
        record.referer = head.first(http::KnownField::referer);
        record.user_agent = head.first(http::KnownField::user_agent);
    }
    if (transfer_follows) exchange().record = std::move(record);
    else worker.server.append_access_line(worker.log_lines, record, peer_, body_bytes);
    if (worker.log_lines.size() > limits::log_lines_bytes) worker.end_of_job();
}

}  // namespace filesrv::serve
