// SPDX-License-Identifier: MIT
#include "serve/errno_status.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace filesrv::serve;

namespace {

unsigned code_of(int error, Access access) { return filesrv::http::code(verdict_of_errno(error, access).status); }

}  // namespace

TEST_CASE("each errno has the status that clients rely on") {
    struct Row {
        int error;
        unsigned read, write;
    };
    const Row rows[] = {
        {ENOENT, 404, 404},       {ENOTDIR, 404, 409},   {EISDIR, 404, 409},      {ELOOP, 404, 404},  {EXDEV, 404, 404},
        {ENXIO, 404, 409},        {EACCES, 403, 403},    {EPERM, 403, 403},       {EROFS, 403, 403},  {ENAMETOOLONG, 400, 400},
        {EILSEQ, 400, 400},       {EINVAL, 400, 400},    {ENOSPC, 507, 507},      {EDQUOT, 507, 507}, {EFBIG, 413, 413},
        {EMFILE, 503, 503},       {ENFILE, 503, 503},    {ENOMEM, 503, 503},      {EAGAIN, 503, 503}, {ETXTBSY, 409, 409},
        {ENOTEMPTY, 404, 409},    {EEXIST, 404, 409},    {ESTALE, 503, 503},      {EIO, 500, 500},    {ENOSYS, 500, 500},
    };
    for (const Row& row : rows) {
        CAPTURE(row.error);
        CHECK(code_of(row.error, Access::read) == row.read);
        CHECK(code_of(row.error, Access::write) == row.write);
    }
}

TEST_CASE("every errno has a sentence, and the server's own troubles are worth a log line") {
    for (int error = 1; error < 200; ++error)
        for (const Access access : {Access::read, Access::write}) {
            CAPTURE(error);
            const ErrnoVerdict verdict = verdict_of_errno(error, access);
            CHECK(verdict.sentence.ends_with("."));
            CHECK(verdict.sentence.size() > 10);
            const unsigned code = filesrv::http::code(verdict.status);
            CHECK(verdict.worth_logging == (code >= 500));
        }
}
