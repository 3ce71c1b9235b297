// SPDX-License-Identifier: MIT
// libcurl's handles with owners, and its variadic setters with types. Only the engine's own files include this.
#pragma once

#include <memory>

#define CURL_DISABLE_TYPECHECK  // it wants option and value in one expression, and warns of its own casts
#include <curl/curl.h>

#include "base/assert.hpp"

namespace filesrv::client {

struct EasyDelete {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct MultiDelete {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
struct ListDelete {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDelete>;
using MultiHandle = std::unique_ptr<CURLM, MultiDelete>;
using FieldList = std::unique_ptr<curl_slist, ListDelete>;

/// curl_easy_setopt(3). What we set, every libcurl that we accept knows: anything else is a bug, or no memory.
template <class T>
void set(CURL* easy, CURLoption option, T value) {
    static_assert(sizeof(T) == sizeof(void*), "libcurl reads a long, a curl_off_t or a pointer");
    const CURLcode result = curl_easy_setopt(easy, option, value);
    FS_ASSERT(result == CURLE_OK);
}

/// curl_easy_getinfo(3); zero where libcurl knows nothing.
template <class T>
[[nodiscard]] T info(CURL* easy, CURLINFO what) {
    T value{};
    const CURLcode result = curl_easy_getinfo(easy, what, &value);
    FS_ASSERT(result == CURLE_OK);
    return value;
}

}  // namespace filesrv::client
