// SPDX-License-Identifier: MIT
// Reads files in the order of their names, so that a case's number means the same everywhere.
#include "corpus.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace filesrv::mutate {
namespace {

std::string as_chunked_upload(const std::string& body) {
    return "PUT /made/chunked HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

std::string as_posted_form(const std::string& form) {
    return "POST /made/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B\r\n"
           "Content-Length: " +
           std::to_string(form.size()) + "\r\n\r\n" + form;
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    const std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || text.str().empty()) throw std::runtime_error("nothing can be read from " + path.string());
    return text.str();
}

std::vector<std::string> read_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> texts;
    for (const auto& path : paths) texts.push_back(read_file(path));
    return texts;
}

Corpus read_corpus(const std::filesystem::path& folder) {
    Corpus corpus{.seeds = read_files(folder / "request"), .values = read_files(folder / "fields")};
    if (corpus.seeds.empty()) throw std::runtime_error("no request in " + (folder / "request").string());
    for (const std::string& body : read_files(folder / "body"))
        corpus.seeds.push_back(as_chunked_upload(body));
    for (const std::string& form : read_files(folder / "form")) corpus.seeds.push_back(as_posted_form(form));
    return corpus;
}

}  // namespace filesrv::mutate
