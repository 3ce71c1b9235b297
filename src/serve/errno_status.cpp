// SPDX-License-Identifier: MIT
// What a failed system call means to a client: errno to status and sentence.
#include "serve/errno_status.hpp"

#include <cerrno>

#include "base/assert.hpp"

namespace filesrv::serve {
namespace {

using http::Status;

constexpr ErrnoVerdict absent = {Status::not_found, "There is nothing under this name."};
constexpr ErrnoVerdict forbidden = {Status::forbidden, "The server has no right to do this here."};
constexpr ErrnoVerdict unholdable = {Status::bad_request, "The file system cannot hold such a name."};
constexpr ErrnoVerdict in_use = {Status::conflict, "The file is in use in a way that forbids this."};
constexpr ErrnoVerdict exhausted = {Status::service_unavailable, "The server is short of resources; try again soon.",
                                    true};
constexpr ErrnoVerdict unreachable = {Status::service_unavailable, "The storage does not answer; try again soon.",
                                      true};
constexpr ErrnoVerdict broken = {Status::internal_server_error, "The storage failed.", true};

/// Codes that say what stands in the way at that name: a reader finds nothing, a writer meets a conflict.
ErrnoVerdict verdict_of_obstacle(int code, Access access) noexcept {
    if (access == Access::read) return absent;
    switch (code) {
        case ENOTDIR: return {Status::conflict, "A part of the path is a file, not a folder."};
        case EISDIR: return {Status::conflict, "A folder has this name."};
        case ENOTEMPTY: return {Status::conflict, "The folder is not empty."};
        case EEXIST: return {Status::conflict, "Something else has this name."};
        default: return {Status::conflict, "What has this name is neither a file nor a folder."};
    }
}

}  // namespace

ErrnoVerdict verdict_of_errno(int code, Access access) noexcept {
    FS_ASSERT(code > 0);
    switch (code) {
        // ELOOP and EXDEV are also what openat2(2) says of a link that may not be followed or leaves the root.
        case ENOENT: case ELOOP: case EXDEV: return absent;
        // ENXIO, ENODEV: a FIFO without reader, a socket, a device without driver, open(2).
        case ENOTDIR: case EISDIR: case ENOTEMPTY: case EEXIST: case ENXIO: case ENODEV:
            return verdict_of_obstacle(code, access);
        case EACCES: case EPERM: case EROFS: return forbidden;
        // EILSEQ, EINVAL: case-folding and foreign file systems refuse bytes and characters.
        case ENAMETOOLONG: case EILSEQ: case EINVAL: return unholdable;
        case ETXTBSY: case EBUSY: return in_use;
        case ENOSPC: case EDQUOT: case EMLINK:
            return {Status::insufficient_storage, "There is no room left for this.", true};
        case EFBIG: return {Status::content_too_large, "The file system cannot hold a file of this size."};
        case EOVERFLOW: return {Status::internal_server_error, "The file is too large for this server.", true};
        case EMFILE: case ENFILE: case ENOMEM: case ENOBUFS: case EAGAIN: case EINTR: case ENOLCK: return exhausted;
        case ESTALE: case ETIMEDOUT: case ENOTCONN: case EHOSTDOWN: case EHOSTUNREACH: case ECONNREFUSED:
            return unreachable;
        default: return broken;  // EIO, and whatever else has no code of its own in HTTP
    }
}

}  // namespace filesrv::serve
