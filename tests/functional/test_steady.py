# SPDX-License-Identifier: MIT
"""Replacement (SIGUSR2) under load without a service manager: nobody is lost."""

import hashlib
import os
import threading
import time

from support import settings
from support.raw import RawConnection, request
from support.replacing import Replacing
from support.steady import Crowd


class UnderLoad(Replacing):
    timeout = 240.0

    def test_no_request_is_lost_over_replacements_under_load(self):
        self.replaced_under_load(settings.counted(10, 50))

    def test_no_request_is_lost_with_several_reactors_either(self):
        # The kernel wakes one poller for a newcomer, and that may be one that is just leaving.
        self.replaced_under_load(settings.counted(5, 50), '--reactors', '2')

    def replaced_under_load(self, count, *options):
        content = os.urandom(300_000)
        self.put('served.bin', content)
        line = self.line(*options)
        with Crowd(line.daemon.port, content) as crowd:
            for _ in range(count):
                before = crowd.total('answered')
                line.replace()
                self.eventually(lambda: crowd.total('answered') > before + 20, 10, 'answers of the successor')
            time.sleep(1.5)      # whoever thinks meets the end of a connection
        settings.say(f'{crowd.total("answered")} answers, {crowd.total("repeated")} repeated, {len(line.pids)} processes')
        self.assertEqual(crowd.notes(), [])
        for pid in line.pids[:-1]:
            self.assertEqual(line.wait(pid), 0)
        self.stop_line(line)

    def test_transfers_that_span_replacements_are_identical(self):
        seconds, count = settings.counted(3, 30), settings.counted(4, 10)
        content = os.urandom(12 << 20)
        self.put('big.bin', content)
        line = self.line()
        began, got, sent = time.monotonic(), bytearray(), []

        def pace(done):
            time.sleep(max(0.0, began + seconds * done / len(content) - time.monotonic()))

        def upload():
            with RawConnection(line.daemon.port) as connection:
                connection.send(request('PUT', '/up.bin', f'Content-Length: {len(content)}'))
                for start in range(0, len(content), len(content) // 96):
                    connection.send(content[start:start + len(content) // 96])
                    pace(start)
                sent.append(connection.read_response('PUT').status)

        connection = self.slow_get(line, '/big.bin')
        uploader = threading.Thread(target=upload)
        uploader.start()
        replacer = threading.Thread(target=lambda: [(time.sleep(seconds / (count + 2)), line.replace()) for _ in range(count)])
        replacer.start()
        got += connection.buffer
        while len(got) < len(content):
            chunk = connection.socket.recv(65536)
            self.assertTrue(chunk, f'cut after {len(got)} bytes')
            got += chunk
            pace(len(got))
        uploader.join()
        replacer.join()
        self.assertEqual(len(line.pids), count + 1)
        self.assertEqual(sent, [201])
        self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(content).digest())
        self.assertEqual((self.root / 'up.bin').read_bytes(), content)
        for pid in line.pids[:-1]:
            self.assertEqual(line.wait(pid), 0)
        self.stop_line(line)
