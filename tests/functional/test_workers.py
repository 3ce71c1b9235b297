# SPDX-License-Identifier: MIT
"""One worker per active connection, and nobody waits for another's disk.

Runs the build with fault seams: for names that begin with the prefix, the reactor's look into memory says
that it would block, and a worker's open hangs. So what a slow disk does can be had at will.
"""

import os
import re
import time
import unittest

from support import settings
from support.case import DaemonCase
from support.raw import request

HANG = 1.0


class Workers(DaemonCase):
    def setUp(self):
        super().setUp()
        if not os.access(settings.FAULTS, os.X_OK):
            raise unittest.SkipTest(f'the build with fault seams is not there: {settings.FAULTS}')
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


class Holding(Workers):
    def holds(self, count):
        daemon = self.start_slow(seconds=2 * HANG)
        blocked = self.block(daemon, count)
        self.eventually(lambda: len(daemon.sleeping_workers()) >= count, HANG, f'{count} threads that hold them')
        self.assertEqual(len(daemon.sleeping_workers()), count, 'one worker each, and no other is held')
        self.finish_blocked(blocked)
        named = self.holders_in_log(daemon)
        self.assertEqual(len(named), count, 'the log names a worker for each')
        self.assertEqual(len(set(named.values())), count, 'and they are distinct')

    def test_1_blocked_request_is_held_by_one_thread(self):
        self.holds(1)

    def test_8_blocked_requests_are_held_by_8_distinct_threads(self):
        self.holds(8)

    def test_40_blocked_requests_are_held_by_40_distinct_threads(self):
        self.holds(40)

    def test_blocked_requests_of_one_connection_are_held_one_after_the_other(self):
        daemon = self.start_slow(seconds=0.3)
        connection = self.connect(daemon)
        connection.send(b''.join(request('GET', f'/slow-{number}.txt') for number in range(4)))
        most = 0
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            most = max(most, len(daemon.sleeping_workers()))
            time.sleep(0.01)
        self.finish_blocked([connection] * 4)
        self.assertEqual(most, 1)


class BesideBlocked(Workers):
    def test_a_cached_file_is_served_within_50_ms_beside_50_blocked_requests(self):
        daemon = self.start_slow()
        connection = self.warm(daemon)
        blocked = self.block(daemon, 50)
        time.sleep(0.1)
        self.assertLess(self.fastest(connection), settings.budget(0.05))
        self.finish_blocked(blocked)

    def test_a_new_connection_is_served_soon_beside_50_blocked_requests(self):
        daemon = self.start_slow()
        self.warm(daemon)
        blocked = self.block(daemon, 50)
        time.sleep(0.1)
        self.assertLess(self.fastest(self.connect(daemon)), settings.budget(0.05))
        self.finish_blocked(blocked)

    def test_the_51st_request_that_needs_a_worker_is_not_kept_waiting_by_50(self):
        daemon = self.start_slow()
        blocked = self.block(daemon, 50)
        time.sleep(0.1)
        began = time.monotonic()
        self.assertEqual(self.ask(daemon, 'PUT', '/new.txt', body=b'x').status, 201)
        self.assertLess(time.monotonic() - began, settings.budget(0.25))
        self.finish_blocked(blocked)

    def test_all_blocked_requests_end_together_not_in_turns(self):
        daemon = self.start_slow()
        began = time.monotonic()
        self.finish_blocked(self.block(daemon, 50))
        self.assertLess(time.monotonic() - began, HANG + settings.budget(0.7))


class TheSizeOfThePool(Workers):
    def test_the_pool_grows_when_it_must_and_shrinks_when_it_may(self):
        daemon = self.start_slow()
        small = len(daemon.threads())
        self.assertLessEqual(small, 8)
        blocked = self.block(daemon, 40)
        self.eventually(lambda: len(daemon.workers()) >= 40, HANG, 'forty workers')
        self.finish_blocked(blocked)
        self.eventually(lambda: len(daemon.threads()) <= small + 2, 30, 'a pool as small as before')
        self.assertEqual(self.ask(daemon, 'GET', '/fast.txt').status, 200)

    def test_at_the_maximum_requests_wait_and_the_reactor_does_not(self):
        daemon = self.start_slow('--workers', '1:4')
        connection = self.warm(daemon)
        began = time.monotonic()
        blocked = self.block(daemon, 8)
        time.sleep(0.1)
        self.assertLessEqual(len(daemon.workers()), 4)
        if settings.INLINE_BATCH != '0':          # with 0 the reactor answers nothing itself
            self.assertLess(self.fastest(connection), settings.budget(0.05))
        self.finish_blocked(blocked)
        self.assertGreaterEqual(time.monotonic() - began, 2 * HANG - 0.05)
        self.assertLess(time.monotonic() - began, 2 * HANG + settings.budget(0.7))

    def test_blocked_requests_whose_clients_left_free_their_workers(self):
        daemon = self.start_slow('--workers', '1:4')
        for connection in self.block(daemon, 8):
            connection.reset()
        self.eventually(lambda: not daemon.sleeping_workers(), 4 * HANG, 'free workers')
        self.assertEqual(self.ask(daemon, 'PUT', '/new.txt', body=b'x').status, 201)

    def test_a_drain_waits_for_blocked_requests(self):
        daemon = self.start_slow()
        blocked = self.block(daemon, 5)
        time.sleep(0.2)
        daemon.process.terminate()
        self.finish_blocked(blocked)
        self.assertEqual(daemon.wait(3), 0)


class SlowPeers(DaemonCase):
    """Waiting for a peer holds no worker; this needs no fault."""

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
        self.assertLess(best, settings.budget(0.05))

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
