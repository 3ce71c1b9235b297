// SPDX-License-Identifier: MIT
#include "base/intrusive_list.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace filesrv;

namespace {

struct Member : ListHook {
    explicit Member(int n) : number(n) {}
    int number;
};

std::vector<int> drain(IntrusiveList<Member>& list) {
    std::vector<int> numbers;
    while (!list.empty()) numbers.push_back(list.pop_front().number);
    return numbers;
}

}  // namespace

TEST_CASE("members come out in the order they went in") {
    Member a(1), b(2), c(3);
    IntrusiveList<Member> list;
    list.push_back(a);
    list.push_back(b);
    list.push_back(c);
    b.unlink();
    CHECK_FALSE(b.is_linked());
    CHECK(drain(list) == std::vector{1, 3});
}

TEST_CASE("splicing keeps the order and empties the other list") {
    Member a(1), b(2), c(3);
    IntrusiveList<Member> first, second;
    first.push_back(a);
    second.push_back(b);
    second.push_back(c);
    first.splice_back(second);
    CHECK(second.empty());
    CHECK(drain(first) == std::vector{1, 2, 3});
}

TEST_CASE("a member that dies leaves its list") {
    IntrusiveList<Member> list;
    Member stays(1);
    list.push_back(stays);
    {
        Member goes(2);
        list.push_back(goes);
    }
    CHECK(drain(list) == std::vector{1});
}
