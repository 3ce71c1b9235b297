# SPDX-License-Identifier: MIT
"""A client of the control socket that does only what the protocol says: lines out, lines of JSON in."""

import json
import socket

from . import settings


class ControlConnection:
    def __init__(self, path, seconds=20.0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.connect(str(path))           # waits where the queue is full: a timeout would make that an error
        except OSError:
            self.socket.close()
            raise
        self.socket.settimeout(settings.patience(seconds))
        self.buffer = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Bytes as they are, or a request as its line."""
        self.socket.sendall(data if isinstance(data, bytes) else data.encode() + b'\n')

    def line(self):
        """The next answer as text, or None at the end of the connection."""
        while b'\n' not in self.buffer:
            try:
                chunk = self.socket.recv(65536)
            except ConnectionResetError:      # closed with requests of ours unread
                chunk = b''
            if not chunk:
                if self.buffer:
                    raise AssertionError(f'an answer without an end: {self.buffer[-200:]!r}')
                return None
            self.buffer += chunk
        line, _, self.buffer = self.buffer.partition(b'\n')
        return line.decode()

    def answer(self):
        line = self.line()
        return None if line is None else json.loads(line)

    def ask(self, request):
        try:
            self.send(request)
        except (BrokenPipeError, ConnectionResetError):
            pass                                     # turned away; the answer, if there is one, says why
        return self.answer()


def ask(path, request):
    """One request on a connection of its own."""
    with ControlConnection(path) as connection:
        return connection.ask(request)


def status(path):
    return ask(path, 'status')['status']
