# SPDX-License-Identifier: MIT
"""The server under test: how to reach it, what it can do, and a connection that judges framing but not taste."""

import itertools
import pathlib
import re
import select
import time
import urllib.parse

from support import settings
from support.raw import FramingError, RawConnection, Response, request, split_head

from .fixture import TOP

# An answer to HTTP/1.0 may say 1.0 (RFC 9110 section 6.2).
STATUS_LINE = re.compile(rb'HTTP/1\.[01] ([1-5]\d\d) ?([\t\x20-\x7e\x80-\xff]*)')
# Stand for the method that uploads here, and for a name that no other case uses.
METHOD, NAME = b'@METHOD@', b'@NAME@'
SILENCE = 3.0        # seconds after which no answer counts as none
STRONG_WITHIN = 4.0  # seconds after which a file nobody touches should have a strong tag


class Failure(AssertionError):
    """What must hold did not."""


def check(holds, what, *shown):
    """A sentence that says what went wrong, and what was there instead."""
    if not holds:
        raise Failure(' '.join([what, *(repr(thing)[:300] for thing in shown)]))


def parse(head: bytes) -> Response:
    """Judges the form alone: a missing Date, say, has cases of its own and shall not fail all others."""
    response = split_head(head, STATUS_LINE)
    if head.startswith(b'HTTP/1.0'):
        response.closing = response.get('connection', '').lower() != 'keep-alive'
    return response


class Wire(RawConnection):
    """A connection whose other end may stop listening at any time."""

    parse = staticmethod(parse)

    def send(self, *pieces):
        """What the server does not want to take any more is dropped: its answer is what counts."""
        try:
            super().send(*pieces)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def answer(self, method='GET'):
        """The final answer; None when the connection ended without a byte of it."""
        while True:
            if not self.buffer and not self._fill():
                return None
            response = self.read_response(method)
            if response.status >= 200:
                return response

    def _fill(self):
        check(select.select([self.socket], [], [], self.timeout)[0], 'neither an answer nor an end came')
        try:
            self.buffer = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        return bool(self.buffer)

    def half_close_if_open(self):
        try:
            self.half_close()
        except OSError:
            pass               # a reset came first; reading will tell

    def end(self):
        """All that still comes; the connection must end with it."""
        rest, how = self.read_until_close()
        check(how != 'open', 'the connection stays open, after', rest)
        return rest


class Peer:
    """Where it listens, which folder it serves, which optional things it can do."""

    def __init__(self, address, port, root, host='localhost', puts=False):
        self.address, self.port, self.root, self.host = address, port, pathlib.Path(root), host
        self.numbers = itertools.count()
        self.abilities = {'puts'} if puts else set()

    def probe(self):
        """What else it can do. Cases that need what it lacks are not counted."""
        if 'puts' not in self.abilities:
            return
        name = self.name()
        answer = self.ask('POST', f'{TOP}/up/{name}', body=b'posted')
        if answer.status in (200, 201, 204) and self.stored(name) == b'posted':
            self.abilities.add('posts')
        self.ask('PUT', f'{TOP}/up/{name}', 'Want-Repr-Digest: sha-256=10', body=b'put')
        if self.ask('GET', f'{TOP}/up/{name}', 'Want-Repr-Digest: sha-256=10').get('repr-digest'):
            self.abilities.add('digests')

    # -- connections ----------------------------------------------------------------------------

    def wire(self, timeout=SILENCE) -> Wire:
        return Wire(self.port, address=self.address, timeout=timeout)

    def request(self, method, target, *fields, **how) -> bytes:
        return request(method, target, *fields, **{'host': self.host, **how})

    def ask(self, method, target, *fields, **how) -> Response:
        """One request on a connection of its own. There must be an answer."""
        with self.wire() as wire:
            wire.send(self.request(method, target, *fields, **how))
            answer = wire.answer(method)
            check(answer is not None, f'no answer to {method} {target}')
            return answer

    def get(self, name, *fields, **how) -> Response:
        return self.ask('GET', f'{TOP}/{name}', *fields, **how)

    def strong_tag(self, name) -> str:
        """The file's entity tag, once the server is sure of it: a fresh change by others may be weak at first."""
        deadline = time.monotonic() + settings.budget(STRONG_WITHIN)
        while True:
            tag = self.get(name).get('etag', '')
            if tag.startswith('"') or time.monotonic() > deadline:
                check(tag.startswith('"'), 'no strong entity tag but', tag)
                return tag
            time.sleep(0.2)

    # -- uploads --------------------------------------------------------------------------------

    @property
    def upload_method(self) -> bytes:
        return b'PUT' if 'puts' in self.abilities else b'POST'

    def name(self) -> str:
        """For an upload; no other case uses it."""
        return f'u{next(self.numbers)}.txt'

    def stored(self, name):
        """What the file of that upload holds; None when there is none."""
        path = self.root / TOP.strip('/') / 'up' / name
        return path.read_bytes() if path.is_file() else None

    def put(self, body=b'first', name=None) -> str:
        """A new upload that must succeed, or a new version of one; its name."""
        name = name or self.name()
        answer = self.ask('PUT', f'{TOP}/up/{name}', body=body)
        check(answer.status in (200, 201, 204), 'a plain PUT failed with', answer.status)
        return name

    def is_own(self, location) -> bool:
        """A redirect that stays on this server."""
        where = urllib.parse.urljoin(f'http://{self.host}:{self.port}/', location.replace('\\', '/'))
        return urllib.parse.urlsplit(where).hostname in (self.host, self.address, 'localhost')


__all__ = ['FramingError', 'Failure', 'METHOD', 'NAME', 'Peer', 'Wire', 'check']
