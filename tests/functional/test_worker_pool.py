# SPDX-License-Identifier: MIT
"""One worker per active connection: as many as are needed, and as long as they are."""

import time

from support import settings
from support.blocked import HANG, BlockedCase
from support.punctual import LATE, Punctual, once_in_time
from support.raw import request


class Holding(Punctual, BlockedCase):
    timeout = 240.0

    def holds(self, count):
        hang = 2 * HANG * self.lateness / settings.budget(LATE)
        daemon = self.start_slow(seconds=hang)
        began = time.monotonic()
        blocked = self.block(daemon, count)
        with self.unless_late(began, hang):      # then the first are over before all are held
            while len(daemon.sleeping_workers()) < count:
                self.assertLess(time.monotonic() - began, hang, f'{count} threads that hold them')
                time.sleep(0.01)
            self.assertEqual(len(daemon.sleeping_workers()), count, 'one worker each, and no other is held')
        self.finish_blocked(blocked)
        named = self.holders_in_log(daemon)
        self.assertEqual(len(named), count, 'the log names a worker for each')
        self.assertEqual(len(set(named.values())), count, 'and they are distinct')

    @once_in_time
    def test_1_blocked_request_is_held_by_one_thread(self):
        self.holds(1)

    @once_in_time
    def test_8_blocked_requests_are_held_by_8_distinct_threads(self):
        self.holds(8)

    @once_in_time
    def test_40_blocked_requests_are_held_by_40_distinct_threads(self):
        self.holds(40)

    def test_blocked_requests_of_one_connection_are_held_one_after_the_other(self):
        daemon = self.start_slow(seconds=0.3)
        connection = self.connect(daemon)
        connection.send(b''.join(request('GET', f'/slow-{number}.txt') for number in range(4)))
        most = 0
        until = time.monotonic() + 1.0
        while time.monotonic() < until or (not most and time.monotonic() < until + settings.patience(10)):
            most = max(most, len(daemon.sleeping_workers()))
            time.sleep(0.01)
        self.finish_blocked([connection] * 4)
        self.assertEqual(most, 1)


class TheSizeOfThePool(BlockedCase):
    def test_the_pool_grows_when_it_must_and_shrinks_when_it_may(self):
        daemon = self.start_slow()
        small = len(daemon.threads())
        self.assertLessEqual(small, 8)
        blocked = self.block(daemon, 40)
        self.eventually(lambda: len(daemon.workers()) >= 40, HANG, 'forty workers')
        self.finish_blocked(blocked)
        self.eventually(lambda: len(daemon.threads()) <= small + 2, 30, 'a pool as small as before')
        self.assertEqual(self.ask(daemon, 'GET', '/fast.txt').status, 200)

    def test_blocked_requests_whose_clients_left_free_their_workers(self):
        daemon = self.start_slow('--workers', '1:4')
        for connection in self.block(daemon, 8):
            connection.reset()
        self.eventually(lambda: not daemon.sleeping_workers(), 4 * HANG, 'free workers')
        self.assertEqual(self.ask(daemon, 'PUT', '/new.txt', body=b'x').status, 201)

    def test_a_drain_waits_for_blocked_requests(self):
        daemon = self.start_slow()
        blocked = self.block(daemon, 5)
        self.eventually(daemon.sleeping_workers, what='the first of them')
        daemon.process.terminate()
        self.finish_blocked(blocked)
        self.assertEqual(daemon.wait(3), 0)
