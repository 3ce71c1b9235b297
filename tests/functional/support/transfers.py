# SPDX-License-Identifier: MIT
"""Two long transfers at once, throttled so that much can happen to the daemon meanwhile."""

import hashlib
import threading
import time

from .raw import FramingError, RawConnection, request

PIECES = 96
LONGEST_BLOCK = 600.0


class SlowTransfers:
    """A download of `served`, whose content is given, and an upload of the same bytes to `stored`.

    Each takes `seconds`, and waits at its middle for the block's end: however slow the machine, what the block does
    happens meanwhile. The half that is left is more than buffers hold. What went wrong stands in `notes` afterwards.
    """

    def __init__(self, port, content, seconds, served='/big.bin', stored='/up.bin'):
        self.port, self.content, self.seconds = port, content, seconds
        self.served, self.stored = served, stored
        self.notes = []
        self._block_ended = threading.Event()
        self._threads = [threading.Thread(target=self._note, args=(what,)) for what in (self._download, self._upload)]

    def __enter__(self):
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._block_ended.set()
        for thread in self._threads:
            thread.join()

    def _note(self, transfer):
        try:
            transfer()
        except (OSError, FramingError) as error:
            self.notes.append(f'{transfer.__name__}: {error!r}')

    def _pace(self, done):
        if done > len(self.content) // 2:
            self._block_ended.wait(LONGEST_BLOCK)
        time.sleep(max(0.0, self._began + self.seconds * done / len(self.content) - time.monotonic()))

    def _download(self):
        with RawConnection(self.port, receive_buffer=8192) as connection:
            connection.send(request('GET', self.served))
            head = connection.read_head()
            digest, have, chunk = hashlib.sha256(), 0, connection.buffer
            while chunk or have == 0:
                digest.update(chunk)
                have += len(chunk)
                if have >= len(self.content):
                    break
                self._pace(have)
                chunk = connection.socket.recv(65536)
        if head.status != 200 or have != len(self.content) or digest.digest() != hashlib.sha256(self.content).digest():
            self.notes.append(f'download: {head.status}, {have} of {len(self.content)} bytes, or others')

    def _upload(self):
        with RawConnection(self.port) as connection:
            connection.send(request('PUT', self.stored, f'Content-Length: {len(self.content)}'))
            for start in range(0, len(self.content), len(self.content) // PIECES):
                connection.send(self.content[start:start + len(self.content) // PIECES])
                self._pace(start)
            answer = connection.read_response('PUT')
        if answer.status not in (201, 204):
            self.notes.append(f'upload: {answer}')
