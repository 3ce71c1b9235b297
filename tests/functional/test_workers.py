# SPDX-License-Identifier: MIT
"""Nobody waits for another's disk. These measure how long, so that nothing else may run beside them."""

import time

from support import settings
from support.blocked import HANG, BlockedCase
from support.case import DaemonCase
from support.punctual import Punctual, once_in_time
from support.raw import request


class BesideBlocked(Punctual, BlockedCase):
    timeout = 120.0

    @once_in_time
    def test_a_cached_file_is_served_within_50_ms_beside_50_blocked_requests(self):
        daemon = self.start_slow()
        connection = self.warm(daemon)
        blocked = self.block(daemon, 50)
        time.sleep(0.1)
        best = self.fastest(connection)
        self.finish_blocked(blocked)
        self.soon(best, 0.05)

    @once_in_time
    def test_a_new_connection_is_served_soon_beside_50_blocked_requests(self):
        daemon = self.start_slow()
        self.warm(daemon)
        blocked = self.block(daemon, 50)
        time.sleep(0.1)
        best = self.fastest(self.connect(daemon))
        self.finish_blocked(blocked)
        self.soon(best, 0.05)

    @once_in_time
    def test_the_51st_request_that_needs_a_worker_is_not_kept_waiting_by_50(self):
        daemon = self.start_slow()
        blocked = self.block(daemon, 50)
        time.sleep(0.1)
        began = time.monotonic()
        self.assertEqual(self.ask(daemon, 'PUT', '/new.txt', body=b'x').status, 201)
        took = time.monotonic() - began
        self.finish_blocked(blocked)
        self.soon(took, 0.25)

    @once_in_time
    def test_all_blocked_requests_end_together_not_in_turns(self):
        daemon = self.start_slow()
        began = time.monotonic()
        self.finish_blocked(self.block(daemon, 50))
        self.in_time(time.monotonic() - began, HANG + 0.45)

    @once_in_time
    def test_at_the_maximum_requests_wait_and_the_reactor_does_not(self):
        daemon = self.start_slow('--workers', '1:4')
        connection = self.warm(daemon)
        began = time.monotonic()
        blocked = self.block(daemon, 8)
        time.sleep(0.1)
        self.assertLessEqual(len(daemon.workers()), 4)
        best = 0.0
        if settings.INLINE_BATCH != '0':          # with 0 the reactor answers nothing itself
            best = self.fastest(connection)
        self.finish_blocked(blocked)
        took = time.monotonic() - began
        self.assertGreaterEqual(took, 2 * HANG - 0.05)
        self.soon(best, 0.05)
        self.in_time(took, 2 * HANG + 0.45)


class SlowPeers(Punctual, DaemonCase):
    """Waiting for a peer holds no worker; this needs no fault."""

    timeout = 120.0

    @once_in_time
    def test_50_slow_readers_hold_no_worker(self):
        self.put('big.bin', bytes(32 << 20))
        self.put('fast.txt', 'fast')
        daemon = self.start('--workers', '1:2')
        slow = [self.connect(daemon, receive_buffer=4096) for _ in range(50)]
        for connection in slow:
            connection.send(request('GET', '/big.bin'))
        for connection in slow:
            self.assertEqual(connection.read_head().status, 200)
        self.eventually(lambda: not daemon.sleeping_workers(), 2, 'no worker held')
        # An upload needs a worker: two can serve it only if 50 readers hold neither.
        self.assertEqual(self.ask(daemon, 'PUT', '/new.txt', body=b'new').status, 201)
        quick = self.connect(daemon)
        best = 1.0
        for _ in range(5):
            began = time.monotonic()
            self.assertEqual(quick.ask('GET', '/fast.txt').body, b'fast')
            best = min(best, time.monotonic() - began)
        self.soon(best, 0.05)

    def test_50_slow_senders_hold_no_worker(self):
        daemon = self.start('--workers', '1:2')
        slow = [self.connect(daemon) for _ in range(50)]
        for number, connection in enumerate(slow):
            connection.send(request('PUT', f'/up-{number}.bin', 'Content-Length: 1000'), bytes(500))
        self.eventually(lambda: not daemon.sleeping_workers(), 2, 'no worker held')
        self.assertEqual(self.ask(daemon, 'PUT', '/new.txt', body=b'new').status, 201)
        for connection in slow:
            connection.send(bytes(500))
        for connection in slow:
            self.assertEqual(connection.read_response('PUT').status, 201)
        self.assertEqual(len(self.names()), 51)
