// SPDX-License-Identifier: MIT
// Short bodies: what an error says, and what an upload is answered with.
#include "serve/answer_text.hpp"

#include "base/assert.hpp"
#include "base/readable.hpp"
#include "http/target.hpp"
#include "serve/markup.hpp"

namespace filesrv::serve {
namespace {

using http::Status;

/// What a person can make of an error's status about which nothing more is known.
std::string_view general_sentence(Status status) noexcept {
    if (status == Status::not_found) return "There is nothing under this name.";
    if (status == Status::precondition_failed) return "The file is not, or no longer, as the request demands.";
    if (http::code(status) >= 500) return "The server could not do this now.";
    return "The server does not accept this request.";
}

std::string status_line(Status status) {
    std::string line;
    append_padded(line, http::code(status), 3);
    return line.append(" ").append(http::reason(status));
}

/// Controls would let a name forge lines of a plain text.
void append_plain_line(std::string& out, std::string_view text) {
    const std::size_t begin = out.size();
    out.append(text);
    for (char& c : std::span(out).subspan(begin)) {  // without a branch: several bytes at once
        const auto byte = static_cast<unsigned char>(c);
        c = byte < 0x20 || byte == 0x7F ? '?' : c;
    }
    out += '\n';
}

void append_json_file(std::string& out, const StoredFile& file) {
    out += "{\"path\":";
    append_json_string(out, "/" + file.path);
    out += ",\"size\":";
    append_padded(out, file.size, 1);
    if (!file.etag.empty()) {
        out += ",\"etag\":";
        append_json_string(out, file.etag);
    }
    if (!file.digests.empty()) {
        out += ",\"digest\":";
        append_json_string(out, file.digests);
    }
    out += '}';
}

void append_json_array(std::string& out, std::span<const StoredFile> files) {
    out += '[';
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (i > 0) out += ",\n";
        append_json_file(out, files[i]);
    }
    out += ']';
}

void append_text_files(std::string& out, std::span<const StoredFile> files) {
    for (const StoredFile& file : files) {
        std::string line = "stored /" + file.path + ", ";
        append_padded(line, file.size, 1);
        line += file.size == 1 ? " byte" : " bytes";
        if (!file.etag.empty()) line.append(", ETag ").append(file.etag);
        if (!file.digests.empty()) line.append(", ").append(file.digests);
        append_plain_line(out, line);
    }
}

void append_html_list(std::string& out, std::span<const StoredFile> files) {
    out += "<ul>\n";
    for (const StoredFile& file : files) {
        // Two slashes at the front would name another host, RFC 3986 section 4.2.
        FS_ASSERT(!file.path.starts_with('/'));
        out += "<li><a href=\"/";
        http::append_encoded_path(out, file.path);
        out += "\"><bdi>/";
        append_html(out, file.path);
        out += "</bdi></a> <data value=\"";
        append_padded(out, file.size, 1);
        out += "\">";
        append_size(out, file.size);
        out += "</data></li>\n";
    }
    out += "</ul>\n";
}

/// Not "./": a form may be posted to its folder without the final slash, and that would lead to the folder above.
void append_html_way_back(std::string& out, std::string_view folder) {
    FS_ASSERT(!folder.starts_with('/') && !folder.ends_with('/'));
    out += "<p><a href=\"/";
    http::append_encoded_path(out, folder);
    out += folder.empty() ? "\">" : "/\">";
    out += "Back to the folder</a></p>\n";
}

void append_html_progress(std::string& out, const FormProgress& progress) {
    if (!progress.failed.empty()) {
        out += "<p>Not stored: <bdi>/";
        append_html(out, progress.failed);
        out += "</bdi></p>\n";
    }
    if (!progress.stored.empty()) {
        out += "<p>Stored before that:</p>\n";
        append_html_list(out, progress.stored);
    }
    append_html_way_back(out, progress.folder);
}

void append_text_progress(std::string& out, const FormProgress& progress) {
    if (!progress.failed.empty()) append_plain_line(out, std::string("not stored /").append(progress.failed));
    append_text_files(out, progress.stored);
}

void append_json_progress(std::string& out, const FormProgress& progress) {
    if (!progress.failed.empty()) {
        out += ",\"failed\":";
        append_json_string(out, std::string("/").append(progress.failed));
    }
    out += ",\"stored\":";
    append_json_array(out, progress.stored);
}

}  // namespace

std::string_view content_type(BodyForm form) noexcept {
    switch (form) {
        case BodyForm::text: return text_content_type;
        case BodyForm::html: return html_content_type;
        case BodyForm::json: return json_content_type;
    }
    FS_UNREACHABLE("a form of no kind");
}

void append_body_fields(std::string& out, BodyForm form) {
    if (form == BodyForm::html) out.append("Content-Security-Policy: ").append(page_security_policy).append("\r\n");
}

void append_error_body(std::string& out, BodyForm form, Status status, std::string_view sentence,
                       const FormProgress* progress) {
    FS_ASSERT(http::has_body(status));
    if (sentence.empty()) sentence = general_sentence(status);
    switch (form) {
        case BodyForm::text:
            append_plain_line(out, status_line(status));
            append_plain_line(out, sentence);
            if (progress != nullptr) append_text_progress(out, *progress);
            return;
        case BodyForm::html:
            append_page_begin(out, status_line(status));
            out += "<p>";
            append_html(out, sentence);
            out += "</p>\n";
            if (progress != nullptr) append_html_progress(out, *progress);
            append_page_end(out);
            return;
        case BodyForm::json:
            out += "{\"status\":";
            append_padded(out, http::code(status), 3);
            out += ",\"error\":";
            append_json_string(out, sentence);
            if (progress != nullptr) append_json_progress(out, *progress);
            out += "}\n";
            return;
    }
}

void append_upload_body(std::string& out, BodyForm form, UploadKind kind, std::string_view folder, std::span<const StoredFile> files) {
    FS_ASSERT(kind == UploadKind::form || files.size() == 1);
    switch (form) {
        case BodyForm::text: append_text_files(out, files); return;
        case BodyForm::html:
            append_page_begin(out, files.size() == 1 ? "File stored" : "Files stored");
            append_html_list(out, files);
            append_html_way_back(out, folder);
            append_page_end(out);
            return;
        case BodyForm::json:
            if (kind == UploadKind::form) append_json_array(out, files);
            else append_json_file(out, files.front());
            out += '\n';
            return;
    }
}

}  // namespace filesrv::serve
