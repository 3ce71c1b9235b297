# SPDX-License-Identifier: MIT
"""Idle exits of the shipped units under a real systemd: whoever comes at that very moment is served."""

import threading
import time

from support import settings
from support.raw import FramingError, RawConnection, request
from support.under_systemd import UnderSystemd

BURST = 20


class IdleExits(UnderSystemd):
    timeout = settings.counted(180, 1800)

    def setUp(self):
        super().setUp()
        self.boot('--idle-shutdown', 0.1)
        self.assertEqual(self.ask_port('PUT', '/a.txt', body=b'alpha').status, 201)
        self.wrong = []
        self.asked = 1

    def exchange(self, requests, barrier=None):
        """On a connection of its own: so many requests in one piece, and their answers."""
        try:
            if barrier:
                barrier.wait(settings.patience(10))
            with RawConnection(self.manager.port) as connection:
                connection.send(request('GET', '/a.txt') * requests)
                bodies = [connection.read_response().body for _ in range(requests)]
            if bodies != [b'alpha'] * requests:
                self.wrong.append(bodies)
        except (OSError, FramingError, threading.BrokenBarrierError) as error:
            self.wrong.append(error)

    def burst(self, requests):
        """Many clients at one instant."""
        barrier = threading.Barrier(BURST)
        clients = [threading.Thread(target=self.exchange, args=(requests, barrier)) for _ in range(BURST)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.asked += BURST * requests

    def single(self, requests):
        self.exchange(requests)
        self.asked += requests

    def spaced(self, *scenes, count):
        """A scene every 90–120 ms, so that each meets the daemon about to leave; what came of all, by its own count."""
        for number in range(count):
            time.sleep(0.09 + 0.03 * (number * 7 % 31) / 31)
            scenes[number % len(scenes)]()
        self.eventually(lambda: self.state() == 'inactive', 5, 'the idle exit')
        kept = self.kept()
        settings.say(f'{self.asked} requests on {count} occasions, {kept["starts"]} processes, {len(self.wrong)} failed')
        self.assertEqual(self.wrong, [])
        self.assertEqual(kept['requests'], self.asked)
        self.assertGreaterEqual(kept['starts'], count // 4)
        self.assert_socket_is_healthy()

    def test_no_request_is_lost_over_idle_exits(self):
        self.spaced(lambda: self.single(1), count=settings.counted(300, 3000))

    def test_bursts_and_pipelined_pairs_are_not_lost_either(self):
        self.spaced(lambda: self.burst(1), lambda: self.single(2), lambda: self.burst(2), count=settings.counted(90, 1500))
