// SPDX-License-Identifier: MIT
// Calls that fail by tests/support's seams: what each wrapper makes of it.
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../support/failing.hpp"
#include "../store/temp_folder.hpp"
#include "os/accepting.hpp"
#include "os/append_file.hpp"
#include "os/capture.hpp"
#include "os/channel.hpp"
#include "os/child.hpp"
#include "os/datagram.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/landlock.hpp"
#include "os/open.hpp"
#include "os/pipe.hpp"
#include "os/send_file.hpp"
#include "os/socket.hpp"
#include "os/stat.hpp"
#include "os/tree_watch.hpp"
#include "os/unix_socket.hpp"
#include "os/usage.hpp"
#include "os/wait_readable.hpp"
#include "os/wakeup.hpp"

using namespace filesrv;
using namespace filesrv::os;
using filesrv::test::Failing;

namespace {

/// Something of every kind to work on.
struct Things {
    test::TempFolder temp;
    std::string path = temp.path().string();
    UniqueFd folder = take(open_path(path.c_str(), OpenMode::folder));
    UniqueFd file = take(open_at(folder.get(), "file", OpenMode::create, 0600));
    std::string socket_path = (temp / "socket").string();
    UnixListener listener = take(listen_unix(socket_path, 1));
    UniqueFd datagram = take(open_unix_datagram());
    ChannelEnds channel = take(open_channel());
    Pipe pipe = take(open_pipe());
    std::array<char, 8> bytes{};
    FileStat stat;

    template <class T>
    static T take(Result<T> result) {
        REQUIRE(result);
        return std::move(*result);
    }
};

template <class T>
Error error_of(const Result<T>& result) {
    return result ? Error{} : result.error();
}

/// Of those that return an errno, and whose operation their callers name.
Error error_of(int code) { return {.code = code}; }

using Call = std::function<Error(Things&)>;

struct Row {
    std::string_view call;
    Call make;
    std::string_view operation = {};  ///< what the error says, where that is not the call's name
};

const PeerAddress here{.family = AddressFamily::v6, .port = 0, .bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

const Row of_files[] = {
    {"openat", [](Things& with) { return error_of(open_path(with.path.c_str(), OpenMode::locate)); }},
    {"open", [](Things& with) { return error_of(reopen_waiting(with.file.get())); }},
    {"open", [](Things& with) { return error_of(open_for_append(with.path + "/log")); }},
    {"openat2", [](Things& with) { return error_of(open_beneath(with.folder.get(), "file", {})); }},
    {"fdopendir", [](Things& with) { return error_of(Directory::adopt(Things::take(open_at(with.folder.get(), ".", OpenMode::folder)))); }},
    {"readdir", [](Things& with) { return error_of(Things::take(Directory::adopt(Things::take(open_at(with.folder.get(), ".", OpenMode::folder)))).next()); }},
    {"fstat", [](Things& with) { return error_of(stat_fd(with.file.get())); }},
    {"fstatat", [](Things& with) { return error_of(stat_at(with.folder.get(), "file", with.stat)); }},
    {"fstatvfs", [](Things& with) { return error_of(free_bytes(with.folder.get())); }},
    {"readlinkat", [](Things& with) { return error_of(read_link(with.folder.get(), "file")); }},
    {"readlinkat", [](Things& with) { return error_of(descriptor_path(with.file.get())); }},
    {"pread", [](Things& with) { return error_of(read_at(with.file.get(), with.bytes, 0)); }},
    {"preadv2", [](Things& with) { return error_of(read_nowait(with.file.get(), with.bytes, 0)); }},
    {"pwrite", [](Things& with) { return error_of(write_at(with.file.get(), with.bytes, 0)); }},
    {"fallocate", [](Things& with) { return error_of(preallocate(with.file.get(), {.offset = 0, .length = 4096})); }},
    {"fsync", [](Things& with) { return error_of(sync_file(with.file.get())); }},
    {"fdatasync", [](Things& with) { return error_of(sync_data(with.file.get())); }},
    {"syncfs", [](Things& with) { return error_of(sync_file_system(with.file.get())); }},
    {"ftruncate", [](Things& with) { return error_of(set_size(with.file.get(), 1)); }},
    {"futimens", [](Things& with) { return error_of(set_mtime(with.file.get(), -1)); }},
    {"fchmod", [](Things& with) { return error_of(set_mode(with.file.get(), 0600)); }},
    {"fchown", [](Things& with) { return error_of(set_owner(with.file.get(), {.uid = 0, .gid = 0})); }},
    {"fgetxattr", [](Things& with) { return error_of(get_attribute(with.file.get(), "user.x", with.bytes)); }},
    {"fsetxattr", [](Things& with) { return error_of(set_attribute(with.file.get(), "user.x", "y")); }},
    {"flock", [](Things& with) { return error_of(lock_file(with.file.get(), LockWait::try_once)); }},
    {"mkdirat", [](Things& with) { return error_of(make_folder(with.folder.get(), "made", 0700)); }},
    {"unlinkat", [](Things& with) { return error_of(remove_folder(with.folder.get(), "made")); }},
    {"unlinkat", [](Things& with) { return error_of(remove_name(with.folder.get(), "file")); }},
    {"faccessat", [](Things& with) { return error_of(check_writable(with.folder.get(), "")); }},
    {"renameat", [](Things& with) { return error_of(rename_over({with.folder.get(), "file"}, {with.folder.get(), "to"})); }},
    {"renameat2", [](Things& with) { return error_of(rename_new({with.folder.get(), "file"}, {with.folder.get(), "to"})); }},
    {"linkat", [](Things& with) { return error_of(link_new({with.folder.get(), "file"}, {with.folder.get(), "to"})); }},
    {"write", [](Things& with) { return error_of(append_all(with.file.get(), "line")); }},
    {"fcntl", [](Things& with) { return error_of(duplicate(with.file.get())); }},
    {"close", [](Things& with) { return error_of(with.file.close()); }},
    {"fcntl", [](Things&) {
         std::vector<UniqueFd> fds;
         fds.push_back(Things::take(open_path("/", OpenMode::locate)));
         return error_of(place_descriptors(1000, std::move(fds)));
     }, "fcntl F_DUPFD_CLOEXEC"},
};

const Row of_sockets[] = {
    {"socket", [](Things&) { return error_of(listen_tcp(here, 1)); }},
    {"setsockopt", [](Things&) { return error_of(listen_tcp(here, 1)); }, "setsockopt SO_REUSEADDR"},
    {"bind", [](Things&) { return error_of(listen_tcp(here, 1)); }},
    {"listen", [](Things&) { return error_of(listen_tcp(here, 1)); }},
    {"getsockname", [](Things& with) { return error_of(local_address(with.listener.fd.get())); }},
    {"fcntl", [](Things& with) { return error_of(adopt_flags(with.listener.fd.get())); }, "fcntl F_SETFL"},
    {"getsockopt", [](Things& with) { return error_of(pending_error(with.listener.fd.get())); }},
    {"getaddrinfo", [](Things&) { return error_of(resolve("localhost", 80)); }},
    {"socket", [](Things& with) { return error_of(listen_unix(with.path + "/other", 1)); }},
    {"bind", [](Things& with) { return error_of(listen_unix(with.path + "/other", 1)); }},
    {"listen", [](Things& with) { return error_of(listen_unix(with.path + "/other", 1)); }},
    {"socket", [](Things& with) { return error_of(connect_unix(with.socket_path)); }},
    {"connect", [](Things& with) { return error_of(connect_unix(with.socket_path)); }},
    {"lstat", [](Things& with) { return error_of(clear_stale_socket(with.socket_path)); }},
    {"getsockname", [](Things& with) { return error_of(local_unix_path(with.listener.fd.get())); }},
    {"getsockopt", [](Things& with) { return error_of(peer_process(with.listener.fd.get())); }, "getsockopt SO_PEERCRED"},
    {"socket", [](Things&) { return error_of(open_unix_datagram()); }},
    {"connect", [](Things& with) { return error_of(connect_unix_datagram(with.socket_path)); }},
    {"send", [](Things& with) { return error_of(send_connected(with.datagram.get(), "x")); }},
    {"sendto", [](Things& with) { return error_of(send_datagram(with.datagram.get(), with.socket_path, "x")); }},
    {"socketpair", [](Things&) { return error_of(open_channel()); }},
    {"sendmsg", [](Things& with) { return error_of(send_message(with.channel.first.get(), "x")); }},
    {"recvmsg", [](Things& with) { return error_of(receive_message(with.channel.first.get(), Patience::none)); }},
    {"eventfd", [](Things&) { return error_of(Wakeup::create()); }},
    {"pipe2", [](Things&) { return error_of(open_pipe()); }},
    {"pipe2", [](Things&) { return error_of(capture({"true"})); }},
    {"accept4", [](Things& with) { return error_of(accept_nonblocking(with.listener.fd.get()).error); }},
    {"recv", [](Things& with) { return error_of(receive(with.channel.first.get(), with.bytes).error); }},
    {"send", [](Things& with) { return error_of(send(with.channel.first.get(), "x").error); }},
    {"sendmsg", [](Things& with) {
         const std::array<std::string_view, 2> parts{"x", "y"};
         return error_of(send_parts(with.channel.first.get(), parts).error);
     }},
    {"sendfile", [](Things& with) { return error_of(send_file(with.channel.first.get(), with.file.get(), 0, 1).error); }},
};

void check_told(const Row& row) {
    CAPTURE(row.call);
    Things things;
    const Failing failing(row.call, EIO);
    const Error told = row.make(things);
    CHECK(failing.fired() > 0);
    CHECK(told.code == EIO);
    const std::string_view operation = told.operation;
    if (!operation.empty()) CHECK(operation == (row.operation.empty() ? row.call : row.operation));
}

}  // namespace

TEST_CASE("a call that fails is told with its errno and its name") {
    for (const Row& row : of_files) check_told(row);
    for (const Row& row : of_sockets) check_told(row);
}

TEST_CASE("a call that a signal has interrupted is made again") {
    Things things;
    test::write_file(things.temp / "file", "content");
    struct {
        const char* call;
        std::function<bool()> make;
    } const rows[] = {
        {"openat", [&] { return open_path(things.path.c_str(), OpenMode::locate).has_value(); }},
        {"open", [&] { return reopen_waiting(things.file.get()).has_value(); }},
        {"openat2", [&] { return open_beneath(things.folder.get(), "file", {}).has_value(); }},
        {"pread", [&] { return read_at(things.file.get(), things.bytes, 0).value_or(0) == 7; }},
        {"preadv2", [&] {
             const auto read = read_nowait(things.file.get(), things.bytes, 0);
             return read ? *read == 7 : read.error().code == EOPNOTSUPP;  // as an overlay says, and a tmpfs
         }},
        {"pwrite", [&] { return write_at(things.file.get(), things.bytes, 0).has_value(); }},
        {"fsync", [&] { return sync_file(things.file.get()) == 0; }},
        {"read", [&] { return capture({"echo", "said"})->text == "said\n"; }},
        {"flock", [&] { return lock_file(things.file.get(), LockWait::wait) == 0; }},
        {"write", [&] { return append_all(things.pipe.writer.get(), "line").has_value(); }},
        {"sendmsg", [&] { return send_message(things.channel.first.get(), "text").has_value(); }},
        {"recvmsg", [&] { return receive_message(things.channel.second.get(), Patience::none).has_value(); }},
        {"connect", [&] { return connect_unix(things.socket_path).has_value(); }},
        {"accept4", [&] { return accept_nonblocking(things.listener.fd.get()).fd.is_open(); }},
        {"sendfile", [&] { return send_file(things.channel.first.get(), things.file.get(), 0, 1).ok(); }},
        {"poll", [&] { return !any_readable(std::array{things.datagram.get()}); }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.call);
        const Failing failing(row.call, EINTR, 2);
        CHECK(row.make());
        CHECK(failing.fired() == 2);
    }
}

TEST_CASE("what moves a part of the bytes is called until all are moved") {
    Things things;
    const std::string text = "seven and more bytes";
    {
        const Failing failing("pwrite", test::instead::short_transfer, 2);
        CHECK(write_at(things.file.get(), text, 0));
        CHECK(failing.fired() == 2);
    }
    std::string read(text.size(), ' ');
    const Failing failing("pread", test::instead::short_transfer, 3);
    CHECK(read_at(things.file.get(), read, 0) == text.size());
    CHECK(failing.fired() == 3);
    CHECK(read == text);
}

TEST_CASE("what cannot be learned is unknown, or the answer that does no harm") {
    Things things;
    struct {
        const char* call;
        std::function<bool()> is_harmless;
    } const rows[] = {
        {"fstatfs", [&] { return !tells_of_moves(things.folder.get()); }},
        {"fstatfs", [&] { return !tells_of_writers(things.folder.get()); }},
        {"fstatfs", [&] { return file_system_of(things.folder.get()) != FileSystem::memory; }},
        {"statx", [&] { return !mount_id(things.folder.get()); }},
        {"getsockopt", [&] { return !is_stream_listener(things.listener.fd.get()); }},
        {"getxattr", [&] { return !has_default_acl(things.folder.get()); }},
        {"openat", [&] { return !resident_bytes(); }},
        {"read", [&] { return capture({"true"})->text.empty(); }},
        {"pread", [&] { return !resident_bytes(); }},
        {"stat", [&] { return !open_descriptors(); }},
        {"open", [&] { return !open_spare().is_open(); }},
        // Who waits for input shall look, and meet the error there.
        {"poll", [&] { return any_readable(std::array{things.datagram.get()}); }},
        {"poll", [&] { return !has_hung_up(things.datagram.get()); }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.call);
        const Failing failing(row.call, EIO);
        CHECK(row.is_harmless());
        CHECK(failing.fired() > 0);
    }
}

TEST_CASE("a channel whose other end went with messages unread is at its end") {
    Things things;
    const Failing failing("recvmsg", ECONNRESET);
    const auto told = receive_message(things.channel.first.get(), Patience::none);
    REQUIRE(told);
    CHECK(told->text.empty());
}

TEST_CASE("the later of several calls is told by its own name") {
    Things things;
    const std::vector<AllowedPath> everything = {{.path = "/", .access = PathAccess::change, .needed = true}};
    const auto confine = [&](Things&) { return error_of(confine_files(everything, AbstractSockets::open)); };
    const struct {
        const char* call;
        std::uint64_t number;
        Call make;
        std::string_view operation;
    } rows[] = {
        {"setsockopt", 2, [](Things&) { return error_of(listen_tcp(here, 1)); }, "setsockopt IPV6_V6ONLY"},
        {"fcntl", 3, [](Things& with) { return error_of(adopt_flags(with.listener.fd.get())); }, "fcntl F_SETFD"},
        // The first asks for the version.
        {"landlock", 2, confine, "landlock_create_ruleset"},
        {"landlock", 3, confine, "landlock_add_rule"},
        {"landlock", 4, confine, "landlock_restrict_self"},
    };
    for (const auto& row : rows) {
        if (row.call == std::string_view("landlock") && landlock_version() == 0) continue;  // not of this kernel
        CAPTURE(row.operation);
        const Failing failing(row.call, EIO, 1, row.number);
        const Error told = row.make(things);
        CHECK(told.code == EIO);
        CHECK(told.operation == row.operation);
    }
}

TEST_CASE("what must be said is said again while there is no room for it, after a wait each time, and not for ever") {
    Things things;
    const struct {
        int code;
        std::uint64_t times;
        std::uint64_t tries_that_fail;
        std::uint64_t waits;
        bool is_sent;
    } rows[] = {{EAGAIN, 2, 2, 2, true}, {ENOMEM, 1, 1, 1, true}, {ENOBUFS, Failing::always, 10, 9, false}, {EPIPE, Failing::always, 1, 0, false}};
    for (const auto& row : rows) {
        CAPTURE(row.code);
        const Failing failing("sendmsg", row.code, row.times);
        const Failing waiting("poll", EINTR);  // over at once
        CHECK(send_surely(things.channel.first.get(), "text").has_value() == row.is_sent);
        CHECK(failing.fired() == row.tries_that_fail);
        CHECK(waiting.fired() == row.waits);
    }
    CHECK(receive_message(things.channel.second.get(), Patience::none)->text == "text");
    CHECK(receive_message(things.channel.second.get(), Patience::none)->text == "text");
}
