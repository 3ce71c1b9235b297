# SPDX-License-Identifier: MIT
"""The script that the torture runs with every fault: small steps, each of which judges its own answers and files."""

import base64
import errno
import gzip
import hashlib
import os
import re

from .control import ControlConnection
from .raw import FramingError, RawConnection, chunked, request

SMALL = b'small content\n' * 20
LARGE = bytes(range(256)) * (6 << 10)                 # 1.5 MiB: several slices, and more than a socket takes at once
OLD, NEW = b'old ' * 500, b'new ' * 700
BIG = hashlib.sha256(b'big').digest() * (24 << 10)    # 768 KiB
BOUNDARY = 'torture-boundary'

# What an answer may be when a call that it needs fails so. Everything else is judged as if nothing had failed.
STATUS_OF = {'ENOSPC': {507}, 'EDQUOT': {507}, 'EMLINK': {507}, 'EMFILE': {503}, 'ENFILE': {503}, 'ENOMEM': {503},
             'ENOBUFS': {503}, 'EAGAIN': {503}, 'ENOLCK': {503}, 'ETIMEDOUT': {503}, 'ESTALE': {503},
             'EIO': {500}, 'EFBIG': {413}, 'EPERM': {403}, 'EACCES': {403}, 'EROFS': {403}, 'EBUSY': {409}}


class Wrong(AssertionError):
    """The daemon did what it must not do, whatever failed."""


class Cut(Exception):
    """The connection ended before the answer did. Allowed, if something failed."""


def form(*files):
    body = b''
    for name, content in files:
        body += (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n').encode()
        body += content + b'\r\n'
    return body + f'--{BOUNDARY}--\r\n'.encode()


class Wire(RawConnection):
    """A connection on which an early end is an outcome, and anything malformed is not."""

    def answer(self, method='GET'):
        try:
            return self.read_response(method)
        except FramingError as error:
            if str(error).startswith('closed '):
                raise Cut(str(error)) from error
            raise Wrong(str(error)) from error
        except TimeoutError as error:
            raise Wrong('no answer and no end') from error
        except OSError as error:
            raise Cut(str(error)) from error

    def say(self, *pieces):
        """Whoever is refused in the middle of a body reads the refusal, if a reset has not destroyed it."""
        try:
            self.send(*pieces)
        except TimeoutError as error:
            raise Wrong('takes nothing and does not end') from error
        except OSError:
            pass

    def get(self, target, *fields, method='GET'):
        self.say(request(method, target, *fields))
        return self.answer(method)


class Step:
    """One piece of the script. `expected`: statuses without a fault."""

    expected = {200}
    touched = ()         # files below the root that it may change: name, what may be there afterwards

    def __init__(self, root):
        self.root = root

    def before(self):
        """Puts the files into the state that the step begins with."""

    def run(self, wire):
        """Yields the statuses of whole answers; raises Wrong for a success that lies."""
        raise NotImplementedError

    def after(self, statuses):
        """Judges the files, given the statuses of the whole answers."""

    @property
    def name(self):
        return type(self).__name__.lower()


def same(got, wanted, what):
    if got != wanted:
        raise Wrong(f'{what}: {len(got)} bytes, not the {len(wanted)} that were promised, or others')


class Small(Step):
    """From the cache, twice on one connection, and a 304."""

    def run(self, wire):
        for _ in range(2):
            answer = wire.get('/small.txt')
            if answer.status == 200:
                same(answer.body, SMALL, 'small.txt')
            yield answer.status
        again = wire.get('/small.txt', f'If-None-Match: {answer.get("etag", "none")}')
        if again.status == 304:
            again.status = 200       # as good as the other one
        yield again.status


class Fresh(Step):
    """Changed a moment ago, so not in the cache; and a name that is not there."""

    expected = {200, 404}

    def before(self):
        (self.root / 'fresh.txt').write_bytes(NEW)

    def run(self, wire):
        answer = wire.get('/fresh.txt')
        if answer.status == 200:
            same(answer.body, NEW, 'fresh.txt')
        elif answer.status == 404:
            raise Wrong('404 for a file that is there')
        yield answer.status
        yield wire.get('/not/there').status


class Large(Step):
    """More than a slice: reactor first, then a worker."""

    def run(self, wire):
        answer = wire.get('/large.bin')
        if answer.status == 200:
            same(answer.body, LARGE, 'large.bin')
        yield answer.status


class Pipelined(Step):
    """Three requests at once, the one in the middle long."""

    def run(self, wire):
        wire.say(request('GET', '/small.txt') + request('GET', '/large.bin') + request('GET', '/small.txt'))
        for wanted in (SMALL, LARGE, SMALL):
            answer = wire.answer()
            if answer.status == 200:
                same(answer.body, wanted, 'pipelined')
            yield answer.status
            if answer.closing:
                return


class Ranged(Step):
    """One range, several, none that fits; HEAD."""

    expected = {200, 206, 416}

    def run(self, wire):
        answer = wire.get('/large.bin', 'Range: bytes=1000-400999')
        if answer.status == 206:
            same(answer.body, LARGE[1000:401000], 'a range')
        yield answer.status
        answer = wire.get('/large.bin', 'Range: bytes=0-9,300000-600000')
        if answer.status == 206:
            parts = re.split(rb'\r?\n?--[^\r\n]+\r\n(?:[^\r\n]+\r\n)+\r\n', answer.body)
            same(parts[1], LARGE[:10], 'the first part')
            same(parts[2].split(b'\r\n--')[0][:300001], LARGE[300000:600001], 'the second part')
        yield answer.status
        yield wire.get('/large.bin', 'Range: bytes=9999999-').status
        answer = wire.get('/large.bin', method='HEAD')
        if answer.status == 200 and answer.get('content-length') != str(len(LARGE)):
            raise Wrong('HEAD promises another length')
        yield answer.status


class Listed(Step):
    """Folders: for people, for programs, with an index; a precompressed sibling."""

    def run(self, wire):
        answer = wire.get('/folder/')
        if answer.status == 200 and not all(b'name-%d' % number in answer.body for number in range(40)):
            raise Wrong('a listing with names missing')
        yield answer.status
        answer = wire.get('/folder/?json')
        if answer.status == 200 and answer.body.count(b'name-') < 40:
            raise Wrong('a listing with names missing')
        yield answer.status
        answer = wire.get('/site/')
        if answer.status == 200 and answer.body != SMALL:
            raise Wrong('a listing instead of index.html')
        yield answer.status
        answer = wire.get('/packed.txt', 'Accept-Encoding: gzip')
        if answer.status == 200:
            packed = answer.get('content-encoding') == 'gzip'
            same(gzip.decompress(answer.body) if packed else answer.body, SMALL, 'packed.txt')
        yield answer.status


class Uploading(Step):
    """Of one file: whole, old or new, and new if that was acknowledged."""

    target, old, new = 'up/file.bin', OLD, NEW
    expected = {200, 201, 204}

    def before(self):
        path = self.root / self.target
        if self.old is None:
            path.unlink(missing_ok=True)
            if path.parent != self.root and path.parent.exists():
                path.parent.rmdir()
        elif not path.exists() or path.read_bytes() != self.old:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(self.old)

    def after(self, statuses):
        path = self.root / self.target
        found = path.read_bytes() if path.exists() else None
        if statuses and statuses[-1] in (200, 201, 204):
            if found != self.new:
                raise Wrong(f'{statuses[-1]}, but {self.target} is not what was sent')
        elif found not in (self.old, self.new):
            raise Wrong(f'{self.target} is neither the old nor the new file')

    def run(self, wire):
        wire.say(self.message())
        yield wire.answer(self.message().split(b' ', 1)[0].decode()).status

    def message(self):
        raise NotImplementedError


class Replace(Uploading):
    def message(self):
        return request('PUT', '/' + self.target, body=self.new)


class Create(Uploading):
    """In a folder that is made for it."""

    target, old = 'made/file.bin', None

    def message(self):
        return request('POST', '/' + self.target, 'If-None-Match: *', body=self.new)


class Sized(Uploading):
    """Big enough to be preallocated; the folder is there."""

    target, new = 'up/big.bin', BIG

    def message(self):
        return request('PUT', '/' + self.target, body=self.new)


class Chunked(Uploading):
    target, new = 'up/chunked.bin', BIG

    def message(self):
        pieces = [self.new[at:at + 100_000] for at in range(0, len(self.new), 100_000)]
        return request('PUT', '/' + self.target, 'Transfer-Encoding: chunked') + chunked(*pieces)


class Digested(Uploading):
    """Asked for leave first, and checked at the end."""

    def run(self, wire):
        digest = base64.b64encode(hashlib.sha256(self.new).digest()).decode()
        wire.say(request('PUT', '/' + self.target, f'Content-Length: {len(self.new)}', 'Expect: 100-continue',
                         f'Repr-Digest: sha-256=:{digest}:'))
        answer = wire.answer()
        if answer.status == 100:
            wire.say(self.new)
            answer = wire.answer('PUT')
        yield answer.status


class Guarded(Uploading):
    """A precondition that fails: nothing may change, whatever else fails."""

    new = OLD
    expected = {412}

    def message(self):
        return request('PUT', '/' + self.target, 'If-Match: "of another version"', body=NEW)


class Forms(Step):
    """Two files in one form."""

    def before(self):
        for name in ('one.txt', 'two.txt'):
            (self.root / 'up' / name).unlink(missing_ok=True)

    def run(self, wire):
        wire.say(request('POST', '/up/', f'Content-Type: multipart/form-data; boundary={BOUNDARY}',
                         body=form(('one.txt', OLD), ('two.txt', BIG))))
        yield wire.answer('POST').status

    def after(self, statuses):
        for name, content in (('one.txt', OLD), ('two.txt', BIG)):
            path = self.root / 'up' / name
            if path.exists():
                same(path.read_bytes(), content, name)
            elif statuses and statuses[-1] == 200:
                raise Wrong(f'acknowledged, but {name} is not there')


class Delete(Uploading):
    target, new = 'up/doomed.txt', None
    expected = {204}

    def message(self):
        return request('DELETE', '/' + self.target)


class Control(Step):
    """What the control socket is asked for, but for what changes a life. `wire` stays silent, and is seen there."""

    control = None
    requests = ('status', 'connections', 'kick 4000000000', 'log-level info', 'ping', 'nonsense')
    good = {None, 'not_found', 'unknown_command'}        # codes of errors

    def run(self, wire):
        try:
            with ControlConnection(self.control, seconds=10) as connection:
                for request in self.requests:
                    answer = connection.ask(request)
                    if answer is None:
                        raise Cut('the control socket closed')
                    if answer.get('code') not in self.good:
                        yield 503        # who is not let in is told so once
                        return
                    yield 200
        except TimeoutError as error:
            raise Wrong('the control socket neither answers nor closes') from error
        except OSError as error:
            raise Cut(str(error)) from error


SCRIPT = [Small, Fresh, Large, Pipelined, Ranged, Listed, Replace, Create, Sized, Chunked, Digested, Guarded, Forms, Delete,
          Control]

# Faults that the daemon has to make good by itself: the answer is as if nothing had happened.
UNNOTICED = {'EINTR', 'short'}

# Calls whose failure is the end of the connection that it happened on.
ENDS_THE_CONNECTION = {'accept4', 'recv', 'recvmsg', 'send', 'sendmsg', 'sendfile', 'epoll_ctl', 'malloc'}

FAULTS = {
    'accept4': 'EINTR EAGAIN ECONNABORTED EPROTO EMFILE ENFILE ENOMEM ENOBUFS ETIMEDOUT',
    'recv': 'EAGAIN short end ECONNRESET ETIMEDOUT ENOMEM EIO',
    'recvmsg': 'EAGAIN ECONNRESET ENOMEM',
    'send': 'EAGAIN short EPIPE ECONNRESET ETIMEDOUT ENOMEM ENOBUFS',
    'sendmsg': 'EAGAIN short EPIPE ECONNRESET ETIMEDOUT ENOMEM ENOBUFS',
    'sendfile': 'EAGAIN EINTR short end EPIPE ECONNRESET ETIMEDOUT EIO ENOMEM',
    'shutdown': 'ENOTCONN', 'setsockopt': 'ENOBUFS', 'getsockopt': 'ENOBUFS', 'fcntl': 'EIO',
    'epoll_ctl': 'ENOMEM ENOSPC', 'epoll_wait': 'EINTR', 'epoll_pwait2': 'EINTR', 'epoll_create1': 'EMFILE ENOMEM',
    'eventfd': 'EMFILE ENFILE ENOMEM', 'poll': 'EINTR ENOMEM', 'pthread_create': 'EAGAIN',
    'open': 'EMFILE ENFILE ENOMEM EIO EINTR EACCES', 'openat': 'EMFILE ENFILE ENOMEM EIO EINTR EACCES ETIMEDOUT ENOSPC',
    'openat2': 'EAGAIN EMFILE ENFILE ENOMEM EIO EINTR EACCES ETIMEDOUT',
    'fstat': 'EIO ENOMEM ESTALE', 'fstatat': 'EIO ENOMEM ESTALE', 'statx': 'EIO ENOMEM', 'stat': 'EIO', 'lstat': 'EIO',
    'fstatfs': 'EIO EINTR', 'fstatvfs': 'EIO EINTR', 'readlinkat': 'EIO ENOMEM', 'faccessat': 'EIO ENOMEM EROFS',
    'pread': 'EIO EINTR short end ETIMEDOUT', 'preadv2': 'EAGAIN EIO EINTR short end ENOMEM',
    'read': 'EAGAIN EINTR EIO', 'write': 'EAGAIN EINTR short ENOSPC EIO EPIPE',
    'pwrite': 'ENOSPC EDQUOT EIO EFBIG EINTR short ENOMEM', 'fallocate': 'ENOSPC EDQUOT EIO EINTR EOPNOTSUPP EFBIG',
    'ftruncate': 'EIO EINTR ENOSPC', 'fsync': 'EIO ENOSPC EDQUOT EINTR', 'fdatasync': 'EIO ENOSPC EDQUOT EINTR',
    'syncfs': 'EIO ENOSPC', 'sync_file_range': 'EIO ENOSPC', 'futimens': 'EIO EPERM EROFS', 'fchmod': 'EIO EPERM',
    'fchown': 'EIO EPERM', 'fsetxattr': 'ENOTSUP ENOSPC EIO EPERM', 'fgetxattr': 'ENOTSUP EIO', 'getxattr': 'ENOTSUP EIO',
    'mkdirat': 'ENOSPC EDQUOT EMLINK EIO EACCES', 'unlinkat': 'EIO EBUSY EACCES', 'renameat': 'ENOSPC EDQUOT EIO EACCES',
    'renameat2': 'EINVAL ENOSPC EDQUOT EIO EACCES', 'linkat': 'EPERM EMLINK ENOSPC EIO', 'flock': 'EINTR ENOLCK EIO ENOMEM',
    'fdopendir': 'ENOMEM EMFILE', 'readdir': 'EIO ESTALE', 'close': 'EIO EINTR ENOSPC',
    'malloc': 'ENOMEM',
}


def lay_out(root):
    """The files that the script begins with."""
    for name, content in {'small.txt': SMALL, 'large.bin': LARGE, 'site/index.html': SMALL, 'packed.txt': SMALL,
                          'packed.txt.gz': gzip.compress(SMALL), 'up/doomed.txt': OLD,
                          **{f'folder/name-{number}': b'' for number in range(40)}}.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def allowed(step, call, fault):
    """Statuses of whole answers."""
    if fault in UNNOTICED or (fault == 'EAGAIN' and call not in ('pthread_create',)):
        return step.expected
    return step.expected | STATUS_OF.get(fault, set())


def leaks_unseen(log, pid):
    """Whether LeakSanitizer could not look, and ended the process with status 1 for that: a sandbox for which /proc could
    not be opened keeps everybody in the process from it."""
    return f"Can't open /proc/{pid}/task for reading" in log


def explains(line, fault):
    """Whether a line of the log tells of this fault, and not of something that did not happen."""
    if fault == 'ENOMEM' and 'out of memory' in line:
        return True
    return hasattr(errno, fault) and os.strerror(getattr(errno, fault)) in line
