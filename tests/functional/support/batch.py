# SPDX-License-Identifier: MIT
"""The test case of filesrv-client's batches: a folder to work in, runs, and servers that follow a script."""

import contextlib
import json
import os
import socket
import subprocess
import threading

from . import settings
from .case import DaemonCase
from .relay import Relay


def read_head(connection):
    head = b''
    while b'\r\n\r\n' not in head and (piece := connection.recv(65536)):
        head += piece
    return head.decode('latin-1')        # some of the body may have come with it


class BatchCase(DaemonCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(settings.CLIENT):
            self.skipTest(f'{settings.CLIENT} is not built')
        self.here = self.home / 'here'
        self.here.mkdir()
        self.log = self.home / 'access.log'

    def serve(self, *options):
        return self.start('--access-log', f'json:{self.log}', *options)

    def words(self, lines, *words):
        (self.here / 'list').write_text('\n'.join(lines) + '\n')
        return [settings.CLIENT, '--batch', 'list', *map(str, words)]

    def batch(self, lines, *words, status=0):
        done = subprocess.run(self.words(lines, *words), cwd=self.here, env=settings.clean_environment(self.home), capture_output=True,
                              text=True, timeout=settings.patience(30), check=False)
        self.assertEqual(done.returncode, status, done)
        return done

    def in_background(self, lines, *words):
        client = subprocess.Popen(self.words(lines, *words), cwd=self.here, env=settings.clean_environment(self.home),
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        return client

    def logged(self, count):
        """What the access log says of each request that has ended."""
        lines = lambda: self.log.read_text().splitlines() if self.log.exists() else []
        self.eventually(lambda: len(lines()) >= count, 5, f'{count} lines in the access log')
        return [json.loads(line) for line in lines()]

    def nothing_came(self):
        self.assertEqual(sorted(path.name for path in self.here.iterdir()), ['list'])

    def answering(self, *answers):
        """A server that gives each connection its answer and closes; the port, and the heads that were asked. An answer
        is its bytes, or a function that is given the connection."""
        listener = socket.create_server(('127.0.0.1', 0), backlog=128)
        self.addCleanup(listener.close)
        heads = []

        def serve():
            for answer in answers:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    heads.append(read_head(connection))
                    if callable(answer):
                        answer(connection)
                        continue
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):       # closed with bytes unread, it would take the answer back
                        pass
            listener.close()

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1], heads


class BrokenDownloads(BatchCase):
    """Downloads of big.bin that end before it is whole. A server is anything with a port that serves the root."""

    size = 3_000_000

    def setUp(self):
        super().setUp()
        self.part = self.here / 'big.bin.part'

    def break_off(self, server, number):
        """Sends a signal in the middle of a download; the port it came by, which is part of its URL, and the exit status."""
        relay = Relay(server.port, rate=500_000)       # so that it is under way for seconds
        self.addCleanup(relay.close)
        client = self.in_background(['GET big.bin'], '127.0.0.1', relay.port)
        had = self.part.stat().st_size if self.part.exists() else 0
        self.eventually(lambda: self.part.exists() and self.part.stat().st_size > had + 200_000, 10, 'some of the download')
        client.send_signal(number)
        self.assertNotEqual(client.wait(settings.patience(5)), 0)
        relay.close()
        self.assertFalse((self.here / 'big.bin').exists())
        return relay.port, client.returncode

    def finish(self, server, port):
        self.assertTrue(self.part.exists())
        relay = Relay(server.port, listen=port)
        self.addCleanup(relay.close)
        self.batch(['GET big.bin'], '--verify', '127.0.0.1', port)
        self.assertEqual((self.here / 'big.bin').read_bytes(), (self.root / 'big.bin').read_bytes())
        self.assertEqual(sorted(path.name for path in self.here.iterdir()), ['big.bin', 'list'])
