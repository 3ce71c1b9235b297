# SPDX-License-Identifier: MIT
"""Idle shutdown: exit 0 so many seconds after the last request ended, and never while one runs."""

import collections
import threading
import time

from support import settings
from support.case import DaemonCase
from support.raw import RawConnection, request

LATE = 0.25


class IdleShutdown(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')

    def leaves(self, daemon, after, since):
        """It ends with status 0, `after` seconds after `since`: never earlier, hardly later."""
        self.assertEqual(daemon.wait(after + 5), 0)
        took = time.monotonic() - since
        self.assertGreaterEqual(took, after - 0.02)
        self.assertLessEqual(took, after + settings.budget(LATE))
        self.assertGreaterEqual(len(daemon.stdout.splitlines()), 2, 'one line on leaving says why')

    def test_single_bytes_now_and_then_do_not_keep_it_alive(self):
        began = time.monotonic()
        daemon = self.start('--idle-shutdown', '1', '--timeout-max', '2', '--timeout-min', '2')
        talkers = []
        while daemon.running() and time.monotonic() - began < 8:
            try:
                talkers.append(RawConnection(daemon.port))
                talkers[-1].send(b'G')
            except OSError:
                break
            time.sleep(0.4)
        self.assertEqual(daemon.wait(2), 0)
        # A second without a request, and at most T more for heads that are incomplete.
        self.assertLess(time.monotonic() - began, settings.budget(5.5))
        for talker in talkers:
            talker.close()

    def test_it_leaves_3_seconds_after_the_last_request_ended(self):
        daemon = self.start('--idle-shutdown', '3')
        time.sleep(1)
        self.ask(daemon, 'GET', '/a.txt')
        self.leaves(daemon, 3, time.monotonic())

    def test_a_kept_connection_at_the_moment_of_the_exit_is_answered_or_meets_fin(self):
        # Never RST: after a FIN without an answer a client knows that it may ask again, RFC 9112 section 9.3.1.
        met = collections.Counter()
        # All must be up before the first leaves.
        idle, parties = (1, 24) if settings.SLOW <= 1 else (5, 6)
        barrier = threading.Barrier(parties)

        def ask_late(daemon, late):
            connection = self.connect(daemon)
            connection.ask('GET', '/a.txt')
            barrier.wait(10)
            connection.ask('GET', '/a.txt')
            time.sleep(idle + late)
            try:
                connection.send(request('GET', '/a.txt', 'Connection: close'))
                answer, end = connection.read_until_close()
            except OSError as error:
                answer, end = b'', repr(error)
            met['answer' if answer.startswith(b'HTTP/1.1 200 ') else end] += 1

        daemons = [self.start('--idle-shutdown', idle) for _ in range(parties)]
        clients = [threading.Thread(target=ask_late, args=(daemon, (number - parties * 2 // 3) * 0.0003)) for number, daemon in enumerate(daemons)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        settings.say(f'requests at the moment of the exit met: {dict(met)}')
        self.assertEqual(met['answer'] + met['fin'], barrier.parties)

    def test_the_start_counts(self):
        daemon = self.start('--idle-shutdown', '1.5')
        self.leaves(daemon, 1.5, daemon.wait_line('serving')[0])

    def test_zero_never_leaves(self):
        daemon = self.start('--idle-shutdown', '0')
        time.sleep(1)
        self.assertTrue(daemon.running())

    def test_a_slow_download_is_not_cut_and_the_time_starts_when_it_ends(self):
        size = 12 << 20
        self.put('big.bin', bytes(size))
        daemon = self.start('--idle-shutdown', '3')
        connection = self.connect(daemon, receive_buffer=65536)
        connection.send(request('GET', '/big.bin', 'Connection: close'))
        connection.read_head()
        began, got = time.monotonic(), len(connection.buffer)
        while got < size:
            chunk = connection.socket.recv(min(size // 60, size - got))
            self.assertTrue(chunk, f'cut after {got} bytes')
            got += len(chunk)
            time.sleep(max(0.0, began + 6 * got / size - time.monotonic()))
        self.assertGreaterEqual(time.monotonic() - began, 5.9)
        # The kernel's buffers hide when the daemon wrote the last byte: it leaves within 3 s of our end.
        ended = time.monotonic()
        self.assertEqual(daemon.wait(5), 0)
        self.assertLessEqual(time.monotonic() - ended, 3 + settings.budget(LATE))

    def test_a_slow_upload_is_not_cut_and_the_time_starts_when_it_ends(self):
        daemon = self.start('--idle-shutdown', '1')
        connection = self.connect(daemon)
        connection.send(request('PUT', '/slow.bin', 'Content-Length: 6'))
        for byte in b'upload':
            time.sleep(0.4)
            connection.send(bytes([byte]))
        self.assertEqual(connection.read_response('PUT').status, 201)
        self.leaves(daemon, 1, time.monotonic())

    def test_silent_connections_do_not_delay_it(self):
        daemon = self.start('--idle-shutdown', '2')
        crowd = [self.connect(daemon) for _ in range(5)]
        crowd[0].ask('GET', '/a.txt')
        since = time.monotonic()
        self.leaves(daemon, 2, since)
        for connection in crowd:
            self.assertEqual(connection.read_until_close(1), (b'', 'fin'))

    def test_bare_connects_do_not_delay_it(self):
        daemon = self.start('--idle-shutdown', '2')
        since = daemon.wait_line('serving')[0]
        stop = threading.Event()

        def scan():
            while not stop.wait(0.1):
                try:
                    RawConnection(daemon.port).close()
                except OSError:
                    return

        scanner = threading.Thread(target=scan, daemon=True)
        scanner.start()
        try:
            self.leaves(daemon, 2, since)
        finally:
            stop.set()
            scanner.join()

    def test_requests_keep_it_alive(self):
        daemon = self.start('--idle-shutdown', '1')
        connection = self.connect(daemon)
        for _ in range(6):
            time.sleep(0.5)
            self.assertEqual(connection.ask('GET', '/a.txt').status, 200)
        self.leaves(daemon, 1, time.monotonic())

    def test_even_a_refused_request_is_a_request(self):
        daemon = self.start('--idle-shutdown', '1')
        time.sleep(0.6)
        self.assertEqual(self.ask(daemon, 'GET', '/missing').status, 404)
        self.leaves(daemon, 1, time.monotonic())

    def test_answers_promise_no_more_than_the_idle_shutdown(self):
        daemon = self.start('--idle-shutdown', '3.5')
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt').get('keep-alive'), 'timeout=3')
        short = self.start('--idle-shutdown', '0.9')
        self.assertTrue(self.ask(short, 'GET', '/a.txt').closing)

    def test_pipelined_requests_are_not_cut_off_by_a_short_idle_shutdown(self):
        self.put('big.bin', bytes(1 << 20))
        daemon = self.start('--idle-shutdown', '0.9')
        connection = self.connect(daemon)
        connection.send(request('GET', '/a.txt') + request('GET', '/big.bin') + request('PUT', '/new.txt', body=b'new') +
                        request('GET', '/') + request('OPTIONS', '/') + request('GET', '/a.txt'))
        answers = [connection.read_response() for _ in range(6)]
        self.assertEqual([answer.status for answer in answers], [200, 200, 201, 200, 204, 200])
        self.assertTrue(answers[-1].closing)
        self.assertEqual(connection.read_until_close(), (b'', 'fin'))

    def test_requests_that_race_the_exit_are_answered_or_refused_but_never_dropped(self):
        # Whoever sends about the moment of the exit meets an answer, or a connection that was never
        # accepted, or a FIN without a byte: never a broken answer.
        for turn in range(settings.counted(6, 100)):
            daemon = self.start('--idle-shutdown', '0.5')
            kept = self.connect(daemon)
            due = daemon.wait_line('serving')[0] + 0.5
            time.sleep(max(0.0, due - time.monotonic() + (turn % 6 - 3) * 0.0007))
            try:
                kept.send(request('GET', '/a.txt'))
                received, _ = kept.read_until_close(1)
            except OSError:
                received = b''
            if received:
                self.assertTrue(received.startswith(b'HTTP/1.1 200 '), received)
                self.assertTrue(received.endswith(b'alpha'), received)
            self.assertEqual(daemon.wait(4), 0)
