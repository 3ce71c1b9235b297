// SPDX-License-Identifier: MIT
// Answers that the server words itself.
#include "serve/answer.hpp"

#include "base/assert.hpp"
#include "http/accept.hpp"
#include "http/target.hpp"

namespace filesrv::serve {

BodyForm preferred_form(const http::Request* request) noexcept {
    if (request == nullptr || request->head == nullptr) return BodyForm::text;
    if (http::prefers_json(*request->head)) return BodyForm::json;
    return http::prefers_html(*request->head) ? BodyForm::html : BodyForm::text;
}

Answer error_answer(const http::Request* request, http::Status status, std::string_view sentence,
                    const FormProgress* progress) {
    FS_ASSERT(http::code(status) >= 400);
    const BodyForm form = preferred_form(request);
    Answer answer{.status = status, .content_type = content_type(form)};
    // Caches may keep a 404 or 405 as long as they like unless told (RFC 9111 section 4.2.2); ours end with a change.
    answer.fields.append("Cache-Control: no-store\r\n");
    append_body_fields(answer.fields, form);
    append_error_body(answer.body, form, status, sentence, progress);
    return answer;
}

Answer errno_answer(const http::Request* request, int code, Access access) {
    const ErrnoVerdict verdict = verdict_of_errno(code, access);
    return error_answer(request, verdict.status, verdict.sentence);
}

Answer options_answer(std::string_view allowed_methods) {
    Answer answer{.status = http::Status::no_content};
    answer.fields.append("Allow: ").append(allowed_methods).append("\r\n");
    return answer;
}

std::string location_of(std::string_view path) {
    std::string location("/");
    http::append_encoded_path(location, path);
    return location;
}

Answer folder_redirect(const http::Request& request) {
    FS_ASSERT(!request.target.folder);
    Answer answer{.status = http::Status::moved_permanently};
    // A browser keeps a 301 for good (RFC 9111 section 4.2.2), but the folder may become a file.
    answer.fields.append("Cache-Control: no-cache\r\n");
    answer.fields.append("Location: ").append(location_of(request.target.path)).append("/");
    if (request.target.has_query) answer.fields.append("?").append(request.target.query);
    answer.fields.append("\r\n");
    answer.content_type = content_type(BodyForm::text);
    answer.body = "The folder's address ends in a slash.\n";
    return answer;
}

}  // namespace filesrv::serve
