# SPDX-License-Identifier: MIT
"""Clients that go on through restarts and replacements, and count every failure that wrk(1) hides."""

import collections
import hashlib
import itertools
import threading

from .raw import FramingError, RawConnection, request


class SteadyClient(threading.Thread):
    """One kept connection, opened anew when an answer says close. Each answer's body is compared by its digest.

    `counts` tells `answered`, `repeated` (the connection that had served before ended by FIN, without a byte of the
    answer: who asks again does nothing twice), and what must not be: `connect`, `write`, `read`, `eof`, `wrong`.
    """

    FAILURES = ('connect', 'write', 'read', 'eof', 'wrong')

    def __init__(self, port, number, writes, pauses=()):
        super().__init__(daemon=True)
        self.port, self.number, self.writes = port, number, writes
        self.pauses = itertools.cycle(pauses or [0])
        self.counts = collections.Counter()
        self.notes = []
        self._over = threading.Event()
        self._connection = None
        self._used = False

    def stop(self):
        self._over.set()
        self.join()
        if self._connection:
            self._connection.close()

    def failures(self):
        return {name: self.counts[name] for name in self.FAILURES if self.counts[name]}

    def _fail(self, kind, error):
        self.counts[kind] += 1
        self.notes.append(f'client {self.number}: {kind}: {error!r}')
        self._drop()

    def _drop(self):
        if self._connection:
            self._connection.close()
        self._connection, self._used = None, False

    def _exchange(self, message, method):
        """The answer, or None after a failure that was counted."""
        while True:
            try:
                if self._connection is None:
                    self._connection = RawConnection(self.port)
            except OSError as error:
                return self._fail('connect', error)
            try:
                self._connection.send(message)
            except OSError as error:
                return self._fail('write', error)
            try:
                answer = self._connection.read_response(method)
            except OSError as error:
                return self._fail('read', error)
            except FramingError as error:
                if self._used and not self._connection.buffer and str(error).startswith("closed within an answer, after b''"):
                    self.counts['repeated'] += 1
                    self._drop()
                    continue
                return self._fail('eof', error)
            self._used = True
            if answer.closing:
                self._drop()
            return answer

    def _expect(self, answer, statuses, body=None):
        if answer is None:
            return
        if answer.status not in statuses or (body is not None and answer.sha256 != hashlib.sha256(body).hexdigest()):
            return self._fail('wrong', answer)
        self.counts['answered'] += 1

    def run(self):
        turn = 0
        while not self._over.is_set():
            turn += 1
            if self.writes:
                self._write_and_read(turn)
            else:
                self._expect(self._exchange(request('GET', '/served.bin'), 'GET'), {200}, self.expected)
            self._over.wait(next(self.pauses))

    def _write_and_read(self, turn):
        body = (b'%d.%d ' % (self.number, turn)) * 500
        name = f'/in/{self.number}.{turn % 4}.txt'
        self._expect(self._exchange(request('PUT', name, body=body), 'PUT'), {201, 204})
        self._expect(self._exchange(request('GET', name), 'GET'), {200}, body)


# A draining daemon ends a connection that was silent for a second: these ask again just then.
THINKING = [0.94 + 0.005 * (number * 7 % 25) for number in range(25)]


class Crowd:
    """Readers of /served.bin, whose content is given, writers below /in, and readers who think between requests."""

    def __init__(self, port, content, readers=2, writers=2, thinkers=6):
        self.clients = [SteadyClient(port, number, number >= readers) for number in range(readers + writers)]
        self.clients += [SteadyClient(port, 100 + number, False, THINKING[number:] + THINKING[:number]) for number in range(thinkers)]
        for client in self.clients:
            client.expected = content

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.stop()

    def total(self, what):
        return sum(client.counts[what] for client in self.clients)

    def notes(self):
        return [note for client in self.clients for note in client.notes]
