# SPDX-License-Identifier: MIT
"""Idle shutdown: exit 0 so many seconds after the last request ended, and never while one runs."""

import collections
import threading
import time

from support import settings
from support.case import DaemonCase
from support.punctual import Punctual, once_in_time
from support.raw import RawConnection, request


class IdleShutdown(Punctual, DaemonCase):
    timeout = 240.0

    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')

    def leaves(self, daemon, after, asked, answered=None):
        """It ends with status 0, so many seconds after the request ended, which was between these two moments:
        never earlier, hardly later."""
        self.assertEqual(daemon.wait(after + 5), 0)
        now = time.monotonic()
        self.assertGreaterEqual(now - asked, after - 0.02)
        self.in_time(now - (answered or asked), after)
        self.assertGreaterEqual(len(daemon.stdout.splitlines()), 2, 'one line on leaving says why')

    @once_in_time
    def test_single_bytes_now_and_then_do_not_keep_it_alive(self):
        began = time.monotonic()
        daemon = self.start('--idle-shutdown', '1', '--timeout-max', '2', '--timeout-min', '2')
        talkers = []
        while daemon.running() and time.monotonic() - began < 30:
            try:
                talkers.append(RawConnection(daemon.port))
                talkers[-1].send(b'G')
            except OSError:
                break
            time.sleep(0.4)
        self.assertEqual(daemon.wait(2), 0)
        ended = time.monotonic()
        # A second without a request, and at most T more for heads that are incomplete.
        for talker in talkers:
            talker.close()
        self.in_time(ended - began, 5.25)

    @once_in_time
    def test_it_leaves_3_seconds_after_the_last_request_ended(self):
        daemon = self.start('--idle-shutdown', '3')
        time.sleep(1)
        asked = time.monotonic()
        self.ask(daemon, 'GET', '/a.txt')
        self.leaves(daemon, 3, asked, time.monotonic())

    @once_in_time
    def test_a_kept_connection_at_the_moment_of_the_exit_is_answered_or_meets_fin(self):
        # Never RST: after a FIN without an answer a client knows that it may ask again, RFC 9112 section 9.3.1.
        met = collections.Counter()
        idle, parties = (1, 24) if settings.SLOW <= 1 else (5, 6)
        barrier = threading.Barrier(parties)

        def start_with_upload(number):
            """An upload that does not end keeps it until all are up, however long that takes."""
            daemon = self.start('--idle-shutdown', idle)
            with self.unless_late(daemon.started, idle):
                connection = self.connect(daemon)
                connection.send(request('PUT', f'/{number}.txt', 'Content-Length: 1', 'Expect: 100-continue'))
                self.assertEqual(connection.read_head().status, 100)
            return connection

        def ask_late(connection, late):
            barrier.wait(settings.patience(20))
            connection.send(b'x')
            connection.read_response('PUT')
            connection.ask('GET', '/a.txt')
            time.sleep(idle + late)
            try:
                connection.send(request('GET', '/a.txt', 'Connection: close'))
                answer, end = connection.read_until_close()
            except OSError as error:
                answer, end = b'', repr(error)
            met['answer' if answer.startswith(b'HTTP/1.1 200 ') else end] += 1

        connections = [start_with_upload(number) for number in range(parties)]
        clients = [threading.Thread(target=ask_late, args=(connection, (number - parties * 2 // 3) * 0.0003))
                   for number, connection in enumerate(connections)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        settings.say(f'requests at the moment of the exit met: {dict(met)}')
        self.assertEqual(met['answer'] + met['fin'], barrier.parties)

    @once_in_time
    def test_the_start_counts(self):
        daemon = self.start('--idle-shutdown', '1.5')
        self.leaves(daemon, 1.5, daemon.started, daemon.wait_line('serving')[0])

    def test_zero_never_leaves(self):
        daemon = self.start('--idle-shutdown', '0')
        time.sleep(1)
        self.assertTrue(daemon.running())

    @once_in_time
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
        self.in_time(time.monotonic() - ended, 3)

    @once_in_time
    def test_a_slow_upload_is_not_cut_and_the_time_starts_when_it_ends(self):
        daemon = self.start('--idle-shutdown', '1')
        with self.unless_late(daemon.started, 1):
            connection = self.connect(daemon)
            connection.send(request('PUT', '/slow.bin', 'Content-Length: 6', 'Expect: 100-continue'))
            self.assertEqual(connection.read_head().status, 100)
        for byte in b'upload':
            time.sleep(0.4)
            asked = time.monotonic()
            connection.send(bytes([byte]))
        self.assertEqual(connection.read_response('PUT').status, 201)
        self.leaves(daemon, 1, asked, time.monotonic())

    @once_in_time
    def test_silent_connections_do_not_delay_it(self):
        daemon = self.start('--idle-shutdown', '2')
        crowd = [self.connect(daemon) for _ in range(5)]
        asked = time.monotonic()
        crowd[0].ask('GET', '/a.txt')
        self.leaves(daemon, 2, asked, time.monotonic())
        for connection in crowd:
            self.assertEqual(connection.read_until_close(), (b'', 'fin'))

    @once_in_time
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
            self.leaves(daemon, 2, daemon.started, since)
        finally:
            stop.set()
            scanner.join()

    @once_in_time
    def test_requests_keep_it_alive(self):
        daemon = self.start('--idle-shutdown', '1')
        connection = self.connect(daemon)
        asked = daemon.started
        for _ in range(6):
            time.sleep(0.5)
            with self.unless_late(asked, 1):
                asked = time.monotonic()
                self.assertEqual(connection.ask('GET', '/a.txt').status, 200)
        self.leaves(daemon, 1, asked, time.monotonic())

    @once_in_time
    def test_even_a_refused_request_is_a_request(self):
        daemon = self.start('--idle-shutdown', '1')
        time.sleep(0.6)
        asked = time.monotonic()
        with self.unless_late(daemon.started, 1):
            self.assertEqual(self.ask(daemon, 'GET', '/missing').status, 404)
        self.leaves(daemon, 1, asked, time.monotonic())

    @once_in_time
    def test_answers_promise_no_more_than_the_idle_shutdown(self):
        daemon = self.start('--idle-shutdown', '3.5')
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt').get('keep-alive'), 'timeout=3')
        short = self.start('--idle-shutdown', '0.9')
        with self.unless_late(short.started, 0.9):
            self.assertTrue(self.ask(short, 'GET', '/a.txt').closing)

    @once_in_time
    def test_pipelined_requests_are_not_cut_off_by_a_short_idle_shutdown(self):
        self.put('big.bin', bytes(1 << 20))
        daemon = self.start('--idle-shutdown', '0.9')
        connection = self.connect(daemon)
        connection.send(request('GET', '/a.txt') + request('GET', '/big.bin') + request('PUT', '/new.txt', body=b'new') +
                        request('GET', '/') + request('OPTIONS', '/') + request('GET', '/a.txt'))
        with self.unless_late(daemon.started, 0.9):
            answers = [connection.read_response() for _ in range(6)]
        self.assertEqual([answer.status for answer in answers], [200, 200, 201, 200, 204, 200])
        self.assertTrue(answers[-1].closing)
        self.assertEqual(connection.read_until_close(), (b'', 'fin'))

    def test_requests_that_race_the_exit_are_answered_or_refused_but_never_dropped(self):
        # Whoever sends about the moment of the exit meets an answer, or a connection that was never
        # accepted, or a FIN without a byte: never a broken answer.
        for turn in range(settings.counted(6, 100)):
            daemon = self.start('--idle-shutdown', '0.5')
            try:
                kept = self.connect(daemon)
            except OSError:                      # it has left, on a machine with other things to do
                self.assertEqual(daemon.wait(4), 0)
                continue
            due = daemon.wait_line('serving')[0] + 0.5
            time.sleep(max(0.0, due - time.monotonic() + (turn % 6 - 3) * 0.0007))
            try:
                kept.send(request('GET', '/a.txt'))
                received, _ = kept.read_until_close()
            except OSError:
                received = b''
            if received:
                self.assertTrue(received.startswith(b'HTTP/1.1 200 '), received)
                self.assertTrue(received.endswith(b'alpha'), received)
            self.assertEqual(daemon.wait(4), 0)
