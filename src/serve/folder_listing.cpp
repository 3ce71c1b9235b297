// SPDX-License-Identifier: MIT
// The answer for a folder without an index.
#include "serve/folder_listing.hpp"

#include "base/assert.hpp"
#include "base/content_hash.hpp"
#include "http/accept.hpp"
#include "http/preconditions.hpp"
#include "os/clock.hpp"
#include "serve/limits.hpp"
#include "serve/listing_body.hpp"
#include "serve/markup.hpp"
#include "serve/server.hpp"
#include "store/folder.hpp"

namespace filesrv::serve {
namespace {

ListingForm form_for(const http::Request& request) noexcept {
    const bool asks_json = request.target.query == "json" || http::prefers_json(*request.head);
    return asks_json ? ListingForm::json : ListingForm::html;
}

/// Appends as much as a whole listing may have. True: that was all of it.
Result<bool> begin(ListingBody& body, std::string& text) {
    FileTransfer none;
    while (text.size() < limits::listing_whole_bytes) {
        const auto made = body.next(text, none);
        if (!made) return std::unexpected(made.error());
        if (*made == BodySource::Next::end) return true;
    }
    return false;
}

std::string tag_of(std::string_view body) {
    const auto digits = ContentHash(body).hex();
    return std::string("\"").append(digits.data(), digits.size()).append("\"");
}

/// `tag` is empty where there is none.
http::Verdict judge(const http::Conditions& conditions, std::string_view tag) {
    if (!conditions.any) return http::Verdict::proceed;
    // Without a date of its own, conditions on dates are void (RFC 9110 sections 13.1.3 and 13.1.4).
    http::Conditions dateless = conditions;
    dateless.if_modified_since.clear();
    dateless.if_unmodified_since.clear();
    return http::evaluate(dateless, http::EntityInfo{.etag = tag}, true, os::wall_now());
}

/// What a 304 says as well (RFC 9110 section 15.4.5).
std::string caching_fields(std::string_view tag) {
    std::string fields = "Cache-Control: no-cache\r\nVary: Accept\r\n";
    if (!tag.empty()) fields.append("ETag: ").append(tag).append("\r\n");
    return fields;
}

FolderAnswer failed(const Server& server, const http::Request& request, const Error& error) {
    server.log_failure(error, Access::read);
    return {.answer = errno_answer(&request, error.code, Access::read), .rest = nullptr};
}

}  // namespace

FolderAnswer folder_listing(Server& server, const http::Request& request, const store::Entry& folder) {
    FS_ASSERT(folder.kind == store::Kind::folder);
    if (!server.settings().listing) {
        constexpr std::string_view sentence = "This folder has no index.html, and listings are off.";
        return {.answer = error_answer(&request, http::Status::forbidden, sentence), .rest = nullptr};
    }
    const ListingForm form = form_for(request);
    auto reader = store::FolderReader::open(server.store(), folder, {.versions = form == ListingForm::json});
    if (!reader) return failed(server, request, reader.error());
    auto body = std::make_unique<ListingBody>(std::move(*reader), form, request.target.path, server.settings().uploads);
    Answer answer{.content_type = body->content_type()};
    const auto is_whole = begin(*body, answer.body);
    if (!is_whole) return failed(server, request, is_whole.error());

    const std::string tag = *is_whole ? tag_of(answer.body) : std::string();
    answer.fields = caching_fields(tag);
    switch (judge(request.conditions, tag)) {
        case http::Verdict::failed: {
            constexpr std::string_view sentence = "The folder is not in the state that the request asks for.";
            Answer refusal = error_answer(&request, http::Status::precondition_failed, sentence);
            refusal.fields += "Vary: Accept\r\n";
            return {.answer = std::move(refusal), .rest = nullptr};
        }
        case http::Verdict::not_modified:
            return {.answer = {.status = http::Status::not_modified, .fields = std::move(answer.fields)}, .rest = nullptr};
        case http::Verdict::proceed: break;
    }
    answer.fields.append("Content-Security-Policy: ").append(page_security_policy).append("\r\n");
    if (*is_whole) return {.answer = std::move(answer), .rest = nullptr};
    body->settle(server.long_windows().take());
    return {.answer = std::move(answer), .rest = std::move(body)};
}

}  // namespace filesrv::serve
