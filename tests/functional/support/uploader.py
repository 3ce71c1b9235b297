# SPDX-License-Identifier: MIT
"""Somebody who uploads version after version of a few names, and remembers which were acknowledged."""

import random
import threading

from .load import sealed_of_size
from .raw import FramingError, RawConnection, chunked, request


class Uploader(threading.Thread):
    """Until the daemon is gone, or `most` requests were answered.

    `{}` in a name is the number, a name without it is everybody's. With `deletes` one of eight requests
    takes a name of one's own away again; that version is None.
    """

    def __init__(self, number, port, seed, *, names, sizes, most=None, deletes=False):
        super().__init__(daemon=True)
        self.number, self.port, self.most = number, port, most
        self.names = [name.format(number) for name in names]
        self.deleted = {name.format(number) for name in names if '{}' in name and deletes}
        self.sizes = sizes
        self.chance = random.Random(f'{seed} {number}')
        self.begun = {}              # name: versions sent, whether whole or not
        self.acknowledged = {}       # name: the last version that got its 2xx
        self.history = []            # (name, version) in the order of the answers
        self.own_port = None
        self.wrong = []

    def run(self):
        try:
            with RawConnection(self.port) as connection:
                self.own_port = connection.socket.getsockname()[1]
                while self.most is None or len(self.history) < self.most:
                    self._upload(connection)
        except (OSError, FramingError) as error:
            if self.most is not None:
                self.wrong.append(repr(error))       # else it is the kill

    def _upload(self, connection):
        name = self.chance.choice(self.names)
        version = len(self.begun.setdefault(name, []))
        if name in self.deleted and version % 8 == 7:
            method, body, pieces = 'DELETE', None, [request('DELETE', f'/{name}')]
        else:
            method, body = 'PUT', sealed_of_size(self.chance.choice(self.sizes), (self.number, name, version))
            pieces = self._request(name, version, body)
        self.begun[name].append(body)
        connection.send(*pieces)
        answer = connection.read_response(method)
        if answer.status not in (201, 204):
            self.wrong.append(f'{answer.status} for {method} {name}')
        self.acknowledged[name] = version
        self.history.append((name, version))

    @staticmethod
    def _request(name, version, body):
        if version % 3 != 2:
            return [request('PUT', f'/{name}', body=body)]
        return [request('PUT', f'/{name}', 'Transfer-Encoding: chunked'),
                chunked(*(body[at:at + 30_000] for at in range(0, len(body), 30_000)))]
