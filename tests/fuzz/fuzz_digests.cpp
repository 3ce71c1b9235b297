// SPDX-License-Identifier: MIT
// Any bytes as a dictionary, a digest field and base64: what is understood means the same when written again.
#include "fuzz.hpp"

#include "http/base64.hpp"
#include "http/dictionary.hpp"
#include "http/digest_fields.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace filesrv;
using namespace filesrv::http;

namespace {

void check_base64(std::string_view text) {
    std::vector<std::uint8_t> bytes(text.size());
    const auto size = decode_base64(text, bytes);
    std::vector<std::uint8_t> few(text.size() / 2);
    FS_ASSERT(decode_base64(text, few) == size);
    if (!size) return;
    FS_ASSERT(*size <= text.size());
    bytes.resize(*size);
    FS_ASSERT(std::equal(few.begin(), few.begin() + std::min(few.size(), *size), bytes.begin()));
    std::string again;
    append_base64(again, bytes);
    std::vector<std::uint8_t> same(bytes.size());
    FS_ASSERT(decode_base64(again, same) == bytes.size() && same == bytes);
}

/// Members follow one another in the text, and there are no more than can be told apart.
void check_dictionary(std::string_view text) {
    DictionaryReader reader(text);
    DictionaryMember member;
    const char* at = text.data();
    for (std::size_t members = 0; reader.next(member) == DictionaryReader::Step::member; ++members) {
        FS_ASSERT(!member.key.empty() && member.key.data() >= at && members <= text.size() / 2);
        at = member.key.data() + member.key.size();
        FS_ASSERT(at <= text.data() + text.size());
        check_base64(member.text);
    }
}

void check_digests(std::string_view text) {
    DigestLines lines;
    if (!lines.add(text)) return;
    DigestSet set;
    FS_ASSERT(lines.add(text));  // to say it twice is to say it once
    if (!lines.take(set)) return;
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        const Digest* digest = set.find(algorithm);
        if (digest == nullptr) continue;
        DigestLines again;
        DigestSet same;
        FS_ASSERT(again.add(digest_member(*digest)) && again.take(same));
        FS_ASSERT(same.find(algorithm) != nullptr && *same.find(algorithm) == *digest);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::as_text(data, size);
    check_base64(text);
    check_dictionary(text);
    check_digests(text);
    return 0;
}
