// SPDX-License-Identifier: MIT
// A conversation with one daemon.
#include "tools/filesrvctl/session.hpp"

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/daemons.hpp"
#include "tools/filesrvctl/exit_status.hpp"
#include "tools/filesrvctl/format.hpp"

namespace filesrv::ctl {
namespace {

template <class T>
T or_throw(control::Asked<T> asked) {
    if (!asked) throw_unreachable(asked.error());
    return std::move(*asked);
}

template <class T>
T or_refused(Read<T> read) {
    if (!read) throw Failure(Exit::failed, printable(read.error()));
    return std::move(*read);
}

}  // namespace

Session::Session(const std::string& socket) : client_(or_throw(control::Client::connect(socket, answer_patience))) {
    FS_ASSERT(client_.fd().is_open());
}

std::string Session::ask(const std::string& line, Duration patience) { return or_throw(client_.ask(line, patience)); }

StatusAnswer Session::status() { return or_refused(parse_status(ask("status", answer_patience))); }

ConnectionsAnswer Session::connections() { return or_refused(parse_connections_answer(ask("connections", answer_patience))); }

PlainAnswer Session::command(const std::string& line, Duration patience) {
    FS_ASSERT(!line.empty());
    PlainAnswer answer = or_refused(parse_plain(ask(line, patience)));
    if (!answer.ok) throw Failure(Exit::failed, printable(answer.error));
    return answer;
}

void Session::send(const std::string& line) {
    if (const auto sent = client_.send(line); !sent) throw_unreachable(sent.error());
}

PlainAnswer Session::next(Duration patience) { return or_refused(parse_plain(or_throw(client_.receive(patience)))); }

}  // namespace filesrv::ctl
