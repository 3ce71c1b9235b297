# SPDX-License-Identifier: MIT
"""Peers that mean harm, in numbers, and one beside them that means none."""

import ctypes
import errno
import hashlib
import itertools
import pathlib
import socket
import struct
import threading
import time

from . import settings
from .raw import FramingError, RawConnection, request

KIB = 1 << 10
MIB = 1 << 20


def memory(daemon) -> int:
    """Bytes that the process has for itself; pages of files are not counted, proc(5)."""
    status = pathlib.Path(f'/proc/{daemon.pid}/status').read_text()
    return next(int(line.split()[1]) * KIB for line in status.splitlines() if line.startswith('RssAnon:'))


def queued_by_kernel(daemon):
    """Bytes that wait in the kernel for each of the daemon's peers: tx_queue of /proc/net/tcp, proc(5)."""
    rows = [line.split() for line in pathlib.Path('/proc/net/tcp').read_text().splitlines()[1:]]
    return [int(row[4].partition(':')[0], 16) for row in rows if row[3] == '01' and row[1].endswith(f':{daemon.port:04X}')]


class Bystander(threading.Thread):
    """A client as there are many: one kept connection, and a new one now and then; reads small files and large, and writes.

    `answered` counts what went well, `failures` has the rest in words. Waits as long as a patient client would.
    """

    def __init__(self, daemon, root, source=None, writes=True):
        super().__init__(daemon=True)
        self.port, self.source, self.writes = daemon.port, source, writes
        self.files = {'/small.txt': b'small ' * 100, '/large.bin': bytes(range(256)) * 2048}
        for name, content in self.files.items():
            (pathlib.Path(root) / name[1:]).write_bytes(content)
        self.answered, self.longest, self.failures = 0, 0.0, []
        self._over = threading.Event()
        self._kept = None

    def _ask(self, connection, turn):
        if turn % 3 == 2 and self.writes:
            body = hashlib.sha256(b'%d' % turn).digest() * 100
            connection.send(request('PUT', '/in/bystander.bin', body=body))
            return connection.read_response('PUT').status in (201, 204)
        name = ('/small.txt', '/large.bin')[turn % 2]
        connection.send(request('GET', name))
        answer = connection.read_response()
        if answer.closing:
            self._drop()
        return answer.status == 200 and answer.body == self.files[name]

    def _ask_on_kept(self, turn):
        used = self._kept is not None
        self._kept = self._kept or RawConnection(self.port, timeout=60, source=self.source)
        try:
            return self._ask(self._kept, turn)
        except FramingError as error:
            # Waiting elsewhere we may have been silent for longer than T(n): who meets a FIN asks again.
            if not used or not str(error).startswith("closed within an answer, after b''"):
                raise
            self._drop()
            return self._ask_on_kept(turn)

    def _drop(self):
        if self._kept:
            self._kept.close()
        self._kept = None

    def run(self):
        for turn in itertools.count():
            if self._over.wait(0.01):
                return self._drop()
            began = time.monotonic()
            try:
                if turn % 4 == 3:
                    with RawConnection(self.port, timeout=60, source=self.source) as fresh:
                        well = self._ask(fresh, turn)
                else:
                    well = self._ask_on_kept(turn)
                if not well:
                    self.failures.append(f'turn {turn}: a wrong answer')
                self.answered += well
            except (OSError, FramingError) as error:
                self.failures.append(f'turn {turn}: {error!r}')
                self._drop()
            self.longest = max(self.longest, time.monotonic() - began)

    def stop(self):
        self._over.set()
        self.join()


class Crowd:
    """Connections of one kind. Nothing of theirs ever waits for the daemon: what a socket does not take stays unsent."""

    def __init__(self, port, source=None):
        self.port, self.source = port, source
        self.sockets = []

    def add(self, count, message=b'', receive_buffer=None):
        """`message` is bytes, or makes them from the connection's number."""
        for number in range(count):
            one = socket.socket()
            if receive_buffer is not None:       # before connect: it decides the window, tcp(7)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            if self.source:
                one.bind((self.source, 0))
            one.connect(('127.0.0.1', self.port))
            one.setblocking(False)
            self.sockets.append(one)
            self._push(one, message(number) if callable(message) else message)
        return self

    def _push(self, one, data):
        try:
            if data:
                one.send(data)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EPIPE, errno.ECONNRESET):
                raise

    def each(self, data):
        """A few more bytes from everyone."""
        for one in self.sockets:
            self._push(one, data)

    def take(self, bytes_each):
        """Everyone reads a little; how many got something, and how many have met the end."""
        got = ended = 0
        for one in self.sockets:
            try:
                taken = len(one.recv(bytes_each))
            except BlockingIOError:
                continue
            except ConnectionResetError:
                taken = 0
            got, ended = got + (taken > 0), ended + (taken == 0)
        return got, ended

    def ended(self):
        """Whether everyone has met the end; reads away what comes before it."""
        return self.take(MIB)[1] == len(self.sockets)

    def leave(self, by_reset=False):
        for one in self.sockets:
            if by_reset:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            one.close()
        self.sockets = []


def flood_of_connects(port, seconds):
    """Connects and resets as fast as one thread can; how often that was. One socket does it all, in two calls a turn."""
    peer = struct.pack('=H', socket.AF_INET) + struct.pack('!H4s8x', port, socket.inet_aton('127.0.0.1'))
    nobody = struct.pack('=H14x', socket.AF_UNSPEC)      # sends RST, and the socket is as new, connect(2)
    with socket.socket() as one:
        connect, fd = ctypes.CDLL(None).connect, one.fileno()
        until, count = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            count += connect(fd, peer, len(peer)) == 0   # else no local port is free for a moment
            connect(fd, nobody, len(nobody))
    return count


def say_bystander(one: Bystander, what: str) -> None:
    settings.say(f'{what}; beside it {one.answered} answers, the longest after {one.longest * 1000:.0f} ms')
