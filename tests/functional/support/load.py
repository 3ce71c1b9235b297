# SPDX-License-Identifier: MIT
"""Many keep-alive connections at once; every failure is counted, every answer's hash checked.

Bodies prove themselves: they begin with the SHA-256 of what follows. So any reader, of any version,
at any time, can tell a whole body from a torn or mixed one without knowing who wrote it.
"""

import asyncio
import hashlib
import random
import time


def sealed(payload: bytes) -> bytes:
    return hashlib.sha256(payload).hexdigest().encode() + b'\n' + payload


def is_sealed(body: bytes) -> bool:
    return len(body) >= 65 and hashlib.sha256(body[65:]).hexdigest().encode() == body[:64]


def sealed_of_size(size: int, seed) -> bytes:
    """A body of `size` bytes in all that no other seed has."""
    return sealed(random.Random(str(seed)).randbytes(max(0, size - 65)))


class Tally:
    """What happened, by kind. `clean` means that nothing went wrong."""

    def __init__(self):
        self.answers = 0
        self.connects = self.connect_failures = 0
        self.write_failures = self.read_failures = self.eof_failures = 0
        self.wrong_status = self.wrong_bytes = 0
        self.bytes_in = 0
        self.first = []                 # the first few failures, in words
        self.codes = {}

    def fail(self, kind, words):
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.first) < 8:
            self.first.append(f'{kind}: {words}')

    @property
    def failures(self):
        return (self.connect_failures + self.write_failures + self.read_failures + self.eof_failures
                + self.wrong_status + self.wrong_bytes)

    def __str__(self):
        return (f'{self.answers} answers {dict(sorted(self.codes.items()))} on {self.connects} connections, '
                f'{self.bytes_in} bytes; failures: connect {self.connect_failures}, write {self.write_failures}, '
                f'read {self.read_failures}, eof {self.eof_failures}, status {self.wrong_status}, '
                f'bytes {self.wrong_bytes}' + ''.join(f'\n  {line}' for line in self.first))


class _Gone(Exception):
    pass


class Agent:
    """One connection that asks, checks, and asks again until the time is up."""

    def __init__(self, number, port, host, tally, shared, writes_every):
        self.number, self.port, self.host, self.tally = number, port, host, tally
        self.shared = shared            # names of files that only get read
        self.writes_every = writes_every
        self.random = random.Random(number)
        self.own = f'own-{number % 50}/{number}.bin'
        self.written = None

    async def run(self, until):
        try:
            self.reader, self.writer = await asyncio.open_connection('127.0.0.1', self.port, limit=1 << 17)
        except OSError as error:
            self.tally.fail('connect_failures', error)
            return
        self.tally.connects += 1
        try:
            turn = self.number          # so that not all write at once
            while time.monotonic() < until:
                turn += 1
                await self._turn(turn)
        except _Gone:
            pass
        finally:
            self.writer.close()

    async def _turn(self, turn):
        if self.writes_every and turn % self.writes_every == 0:
            body = sealed_of_size(self.random.choice((65, 900, 5000, 40_000)), (self.number, turn))
            status, _ = await self._exchange('PUT', self.own, body)
            self._expect(status, (201, 204), self.own)
            self.written = body
        elif self.written is not None and turn % 3 == 0:
            status, body = await self._exchange('GET', self.own)
            self._expect(status, (200,), self.own)
            if body != self.written:
                self.tally.fail('wrong_bytes', f'{self.own} is not what was written')
        elif self.writes_every and turn % 11 == 0:
            # A name that many write: any whole version is right.
            name = f'common-{turn % 5}.bin'
            if turn % 2:
                status, _ = await self._exchange('PUT', name, sealed_of_size(3000, (self.number, turn, 'common')))
                self._expect(status, (201, 204), name)
            else:
                status, body = await self._exchange('GET', name)
                self._expect(status, (200, 404), name)
                self._check(status, body, name)
        else:
            name = self.random.choice(self.shared)
            status, body = await self._exchange('GET', name)
            self._expect(status, (200,), name)
            self._check(status, body, name)

    def _expect(self, status, wanted, name):
        self.tally.answers += 1
        self.tally.codes[status] = self.tally.codes.get(status, 0) + 1
        if status not in wanted:
            self.tally.fail('wrong_status', f'{status} for {name}')

    def _check(self, status, body, name):
        if status == 200 and not is_sealed(body):
            self.tally.fail('wrong_bytes', f'{name}: {len(body)} bytes that do not prove themselves')

    async def _exchange(self, method, name, body=b''):
        length = f'Content-Length: {len(body)}\r\n' if method == 'PUT' else ''
        try:
            self.writer.write(f'{method} /{name} HTTP/1.1\r\nHost: {self.host}\r\n{length}\r\n'.encode() + body)
            await self.writer.drain()
        except OSError as error:
            self.tally.fail('write_failures', error)
            raise _Gone from error
        try:
            return await self._answer()
        except asyncio.IncompleteReadError as error:
            self.tally.fail('eof_failures', f'{method} /{name}: closed after {error.partial[:80]!r}')
            raise _Gone from error
        except (OSError, ValueError, asyncio.LimitOverrunError) as error:
            self.tally.fail('read_failures', f'{method} /{name}: {error!r}')
            raise _Gone from error

    async def _answer(self):
        head = await self.reader.readuntil(b'\r\n\r\n')
        first, *lines = head.decode('latin-1').split('\r\n')
        status = int(first.split(' ')[1])
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(':') for line in lines)}
        if status == 204:
            return status, b''
        body = await self.reader.readexactly(int(fields['content-length'])) if 'content-length' in fields \
            else await self._chunks()
        self.tally.bytes_in += len(head) + len(body)
        return status, body

    async def _chunks(self):
        pieces = []
        while True:
            size = int(await self.reader.readuntil(b'\r\n'), 16)
            pieces.append(await self.reader.readexactly(size + 2))
            if size == 0:
                return b''.join(piece[:-2] for piece in pieces)


def drive(port, seconds, connections, shared, writes_every=5, host='localhost') -> Tally:
    """Run `connections` agents for so long; returns when all have ended."""
    tally = Tally()

    async def everybody():
        agents = [Agent(number, port, host, tally, shared, writes_every) for number in range(connections)]
        until = time.monotonic() + seconds
        waiting = []
        for start in range(0, connections, 100):     # a backlog is finite: a hundred at a time
            waiting += [asyncio.create_task(agent.run(until)) for agent in agents[start:start + 100]]
            await asyncio.sleep(0.01)
        await asyncio.gather(*waiting)

    asyncio.run(everybody())
    return tally
