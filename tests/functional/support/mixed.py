# SPDX-License-Identifier: MIT
"""Clients that do everything at once, each to files of its own, and compare every byte that comes back.

What a client wrote last and got a 2xx for is what it must read, whatever others do, whatever fails. An answer that does
not come counts as nothing: then the file holds the old content or the new one, and the next read tells which.
"""

import base64
import collections
import hashlib
import itertools
import json
import random
import threading
import time

from .load import sealed_of_size
from .raw import FramingError, RawConnection, chunked, request

SHARED_SIZES = (0, 1, 700, 5_000, 70_000, 300_000, 2_000_000)
OWN_SIZES = (0, 1, 65, 900, 17_000, 150_000, 700_000)
OWN_NAMES = 6
BOUNDARY = 'mixed-boundary'
DENIED = {500, 503, 507, 413, 403, 408, 409}   # what an answer may be while calls fail


class Wrong(AssertionError):
    """A byte, a status or a name that must not be."""


def lay_out(root, seed):
    """{name: content} of the files that everybody reads."""
    shared = {}
    (root / 'shared').mkdir()
    for number, size in enumerate(SHARED_SIZES):
        content = sealed_of_size(size, (seed, number))[:size]
        (root / 'shared' / f'{number}.bin').write_bytes(content)
        shared[f'/shared/{number}.bin'] = content
    return shared


class Mixer(threading.Thread):
    """One client. `faulty()`: whether calls may fail just now, so that a request may be refused or cut."""

    def __init__(self, number, port, seed, shared, faulty):
        super().__init__(daemon=True)
        self.number, self.port, self.shared, self.faulty = number, port, shared, faulty
        self.chance = random.Random(f'{seed} {number}')
        self.counts = collections.Counter()
        self.bytes = 0
        self.notes = []
        self.versions = {f'/own-{number}/{name}.bin': {None} for name in range(OWN_NAMES)}   # what each may hold
        self.serial = itertools.count()
        self.connection, self.used = None, False
        self.may_work = threading.Event()
        self.rests = threading.Event()
        self.over = False
        self.deeds = ((self.download, 6), (self.download_range, 3), (self.ask_conditionally, 2), (self.read_own, 6),
                      (self.put, 4), (self.post_chunked, 2), (self.post_form, 2), (self.put_with_digest, 1), (self.create_only, 1),
                      (self.delete, 1), (self.list_own, 2), (self.leave_an_upload, 2), (self.leave_a_download, 2),
                      (self.send_nonsense, 1), (self.be_slow, 1))

    # -- life -----------------------------------------------------------------------------------

    def run(self):
        names, weights = zip(*self.deeds)
        try:
            while not self.over:
                if not self.may_work.is_set():
                    self.drop()
                    self.rests.set()
                    self.may_work.wait()
                    self.rests.clear()
                    continue
                deed = self.chance.choices(names, weights)[0]
                deed()
                self.counts[deed.__name__] += 1
        except Exception as error:   # noqa: BLE001: whatever it is, the test must hear of it
            self.notes.append(f'client {self.number}: {error!r}')
        finally:
            self.drop()
            self.rests.set()

    def drop(self):
        if self.connection:
            self.connection.close()
        self.connection, self.used = None, False

    # -- exchanges ------------------------------------------------------------------------------

    def exchange(self, method, message):
        """The answer; None when calls fail, or the connection that had served before was closed under the request."""
        for _ in range(50):
            faulty = self.faulty()
            try:
                if self.connection is None:
                    self.connection = RawConnection(self.port, timeout=60)
                self.connection.send(message)
                answer = self.connection.read_response(method)
            except (OSError, FramingError) as error:
                used, empty = self.used, self.connection is not None and not self.connection.buffer
                self.drop()
                if faulty or self.faulty():
                    self.counts['cut'] += 1
                    return None
                if used and empty:       # RFC 9112 section 9.3.1: a kept connection may end before any request
                    self.counts['repeated'] += 1
                    continue
                raise Wrong(f'{message[:60]!r}: {error!r}') from error
            self.used = True
            self.bytes += len(answer.body) + len(message)
            if answer.closing:
                self.drop()
            if answer.status in DENIED and (faulty or self.faulty()):
                self.counts['denied'] += 1
                return None
            return answer
        raise Wrong('fifty connections were closed one after the other')

    def ask(self, method, target, *fields, body=b'', allowed=(200,)):
        answer = self.exchange(method, request(method, target, *fields, body=body))
        if answer is not None and answer.status not in allowed:
            raise Wrong(f'{method} {target} {fields}: {answer}')
        return answer

    def expect(self, what, got, wanted):
        if got != wanted:
            raise Wrong(f'{what}: {len(got)} bytes {got[:60]!r}…, wanted {len(wanted)} bytes {wanted[:60]!r}…')

    # -- reading --------------------------------------------------------------------------------

    def download(self):
        name = self.chance.choice(list(self.shared))
        answer = self.ask('GET', name)
        if answer:
            self.expect(name, answer.body, self.shared[name])

    def download_range(self):
        name = self.chance.choice([name for name in self.shared if len(self.shared[name]) > 1])
        content = self.shared[name]
        first = self.chance.randrange(len(content))
        last = self.chance.randrange(first, len(content))
        answer = self.ask('GET', name, f'Range: bytes={first}-{last}', allowed=(206,))
        if answer:
            self.expect(f'{name} {first}-{last}', answer.body, content[first:last + 1])

    def ask_conditionally(self):
        name = self.chance.choice(list(self.shared))
        first = self.ask('HEAD', name)
        if first:
            self.ask('GET', name, f'If-None-Match: {first.get("etag")}', allowed=(304,))

    def read_own(self, name=None):
        name = name or self.chance.choice(list(self.versions))
        answer = self.ask('GET', name, allowed=(200, 404))
        if not answer:
            return
        got = answer.body if answer.status == 200 else None
        if got not in self.versions[name]:
            raise Wrong(f'{name} holds {got and len(got)} bytes, none of {len(self.versions[name])} possible versions')
        self.versions[name] = {got}

    def list_own(self):
        answer = self.ask('GET', f'/own-{self.number}/?json', allowed=(200, 404))
        if not answer or answer.status == 404:
            return
        listed = {entry['name'] for entry in json.loads(answer.body)}
        for name, versions in self.versions.items():
            leaf = name.rpartition('/')[2]
            if (leaf in listed and versions == {None}) or (leaf not in listed and None not in versions):
                raise Wrong(f'{name} is {"" if leaf in listed else "not "}listed')

    # -- writing --------------------------------------------------------------------------------

    def new_content(self):
        size = self.chance.choice(OWN_SIZES)
        return sealed_of_size(size, (self.number, next(self.serial)))[:size]

    def store(self, name, content, method, message, allowed=(200, 201, 204)):
        """One of the own files becomes `content`, or may have become it."""
        self.versions[name].add(content)
        answer = self.exchange(method, message)
        if answer is None:
            return
        if answer.status not in allowed:
            raise Wrong(f'{method} {name}: {answer}')
        self.versions[name] = {content}

    def put(self):
        name, content = self.chance.choice(list(self.versions)), self.new_content()
        self.store(name, content, 'PUT', request('PUT', name, body=content))

    def post_chunked(self):
        name, content = self.chance.choice(list(self.versions)), self.new_content()
        step = max(1, len(content) // self.chance.randint(1, 9))
        pieces = [content[at:at + step] for at in range(0, len(content), step)]
        self.store(name, content, 'POST', request('POST', name, 'Transfer-Encoding: chunked', body=chunked(*pieces)))

    def post_form(self):
        name, content = self.chance.choice(list(self.versions)), self.new_content()
        folder, _, leaf = name.rpartition('/')
        body = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{leaf}"\r\n\r\n').encode()
        body += content + f'\r\n--{BOUNDARY}--\r\n'.encode()
        self.store(name, content, 'POST', request('POST', f'{folder}/', f'Content-Type: multipart/form-data; boundary={BOUNDARY}',
                                                  body=body), allowed=(200, 201, 204, 303))

    def put_with_digest(self):
        name, content = self.chance.choice(list(self.versions)), self.new_content()
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        self.store(name, content, 'PUT', request('PUT', name, f'Content-Digest: sha-256=:{digest}:', body=content))

    def create_only(self):
        name, content = self.chance.choice(list(self.versions)), self.new_content()
        known = self.versions[name]
        self.versions[name] = known | {content}
        answer = self.exchange('PUT', request('PUT', name, 'If-None-Match: *', body=content))
        if answer is None:
            return
        if answer.status == 201 and None in known:
            self.versions[name] = {content}
        elif answer.status == 412 and known != {None}:
            self.versions[name] = known - {None}
        else:
            raise Wrong(f'create only of {name}, which holds one of {len(known)}: {answer}')

    def delete(self):
        name = self.chance.choice(list(self.versions))
        known = self.versions[name]
        self.versions[name] = known | {None}
        answer = self.exchange('DELETE', request('DELETE', name))
        if answer is None:
            return
        if answer.status not in (204, 404) or (answer.status == 404 and None not in known):
            raise Wrong(f'DELETE {name}: {answer}')
        self.versions[name] = {None}

    # -- leaving and worse ----------------------------------------------------------------------

    def begin(self):
        """A connection of its own; None when there is none, as while descriptors run out."""
        try:
            return RawConnection(self.port, timeout=60)
        except OSError:
            if self.faulty():
                return None
            raise

    def end(self, connection):
        if self.chance.random() < 0.5:
            connection.reset()
        else:
            connection.close()

    def leave_an_upload(self):
        """Part of a body, then nothing: the file stays as it was."""
        name = self.chance.choice(list(self.versions))
        size = self.chance.choice((2, 5_000, 400_000))
        part = self.chance.randbytes(self.chance.randrange(size))
        if (connection := self.begin()) is None:
            return
        try:
            connection.send(request('PUT', name, f'Content-Length: {size}'), part)
        except OSError:
            self.counts['cut'] += 1
        self.end(connection)
        self.read_own(name)

    def leave_a_download(self):
        name = self.chance.choice(list(self.shared))
        if (connection := self.begin()) is None:
            return
        try:
            connection.send(request('GET', name))
            got = b''
            wanted = self.chance.randrange(1, 300_000)
            while len(got) < wanted and (piece := connection.socket.recv(65536)):
                got += piece
                if b'\r\n\r\n' in got and len(got) - got.index(b'\r\n\r\n') - 4 >= len(self.shared[name]):
                    break
            head, _, body = got.partition(b'\r\n\r\n')
            if head.startswith(b'HTTP/1.1 200') and not self.shared[name].startswith(body):
                raise Wrong(f'{name}: other bytes in its beginning')
        except OSError:
            self.counts['cut'] += 1
        self.end(connection)

    def send_nonsense(self):
        words = (b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(50), b'GET / HTTP/1.1\r\n' + b'A: b\r\n' * 30_000,
                 b'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', b'\r\n' * 1000 + b'GET',
                 b'POST /own-0/0.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
                 b'PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n',
                 b'GET /shared/1.bin HTTP/1.1\r\nHost: localhost\r\nRange: bytes=' + b'0-0,' * 5000 + b'1-1\r\n\r\n')
        if (connection := self.begin()) is None:
            return
        try:
            connection.send(self.chance.choice(words))
            connection.half_close()
            got = connection.read_until_close(20)[0]
            if got.startswith(b'HTTP/1.1 2') and b'HTTP/1.1 2' not in got[:12]:
                raise Wrong(f'nonsense was answered {got[:100]!r}')
        except OSError:
            self.counts['cut'] += 1
        connection.close()

    def be_slow(self):
        """A head in pieces with pauses; half of them never end it."""
        if (connection := self.begin()) is None:
            return
        message = request('GET', '/shared/2.bin', 'Connection: close')
        whole = self.chance.random() < 0.5
        try:
            for at in range(0, len(message) if whole else 40, 20):
                connection.send(message[at:at + 20])
                time.sleep(self.chance.random() * 0.1)
            if whole:
                answer = connection.read_response()
                if answer.status == 200:
                    self.expect('slow', answer.body, self.shared['/shared/2.bin'])
                elif not self.faulty():
                    raise Wrong(f'a slow request: {answer}')
        except (OSError, FramingError):
            self.counts['cut'] += 1
        self.end(connection)
