# SPDX-License-Identifier: MIT
"""Requests whose worker hangs, for as many seconds as a test wants.

Runs the build with fault seams: for names that begin with the prefix, the reactor's look into memory says
that it would block, and a worker's open hangs. So what a slow disk does can be had at will.
"""

import re
import time

from . import settings
from .case import DaemonCase
from .raw import request
from .seams import require_seams

HANG = 1.0


class BlockedCase(DaemonCase):
    def setUp(self):
        super().setUp()
        require_seams()
        self.put('fast.txt', 'fast')
        for number in range(60):
            self.put(f'slow-{number}.txt', f'slow {number}')

    def start_slow(self, *options, seconds=HANG):
        return self.start('--log-level', 'debug', *options, program=settings.FAULTS,
                          environment={'FILESRV_TEST_SLOW_OPEN': f'slow:{seconds}'})

    def block(self, daemon, count):
        """`count` connections, each with a request that hangs in a worker."""
        blocked = [self.connect(daemon, timeout=60) for _ in range(count)]
        for number, connection in enumerate(blocked):
            connection.send(request('GET', f'/slow-{number}.txt'))
        return blocked

    def finish_blocked(self, blocked):
        for number, connection in enumerate(blocked):
            self.assertEqual(connection.read_response().text, f'slow {number}')

    def warm(self, daemon):
        connection = self.connect(daemon)
        time.sleep(0.05)             # what was written within the clock's tick is not kept
        for _ in range(3):
            connection.ask('GET', '/fast.txt')
        return connection

    def fastest(self, connection, tries=3):
        times = []
        for _ in range(tries):
            began = time.monotonic()
            self.assertEqual(connection.ask('GET', '/fast.txt').body, b'fast')
            times.append(time.monotonic() - began)
        return min(times)

    def holders_in_log(self, daemon):
        """{target: worker} of the debug lines that say who holds which request."""
        return {target: worker for worker, target in
                re.findall(r'(worker-\d+) holds .*?(/slow-\d+\.txt)', daemon.stderr)}
