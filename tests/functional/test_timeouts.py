# SPDX-License-Identifier: MIT
"""T(n) = max(timeout-min, timeout-max - n), heads, stalls: when the daemon closes, and when it does not."""

import random
import re
import threading
import time

from support import settings
from support.case import DaemonCase
from support.model import Watcher, close_times
from support.punctual import LATE, Late, Punctual, once_in_time
from support.raw import RawConnection, request


def idle_at_once(count):
    return [(0.0, 'open', who) for who in range(count)]


def a_crowd_that_comes_and_goes(scale, seed=7):
    """Ten that stay, and eighty that open, ask and leave around them. `scale` shortens everything."""
    chance = random.Random(seed)
    script = [(chance.uniform(0, 3) * scale, 'open', who) for who in range(10)]
    script += [(chance.uniform(3, 9) * scale, 'touch', who) for who in range(0, 10, 3)]
    for who in range(100, 180):
        opened = chance.uniform(0.5, 12) * scale
        script.append((opened, 'open', who))
        if who % 3 == 0:
            script.append((opened + chance.uniform(0.1, 2) * scale, 'touch', who))
        if who % 4 != 1:
            script.append((opened + chance.uniform(0.2, 4) * scale, 'close', who))
    return script


class TheModel(DaemonCase):
    """The yardstick itself, on cases that can be worked out by hand."""

    def test_the_model_lets_five_leave_one_by_one(self):
        opened = [(0.0, 'open', who) for who in range(5)]
        self.assertEqual([when for when, _ in close_times(opened, 20, 5)], [15, 16, 17, 18, 19])

    def test_the_model_lets_forty_go_at_the_minimum_until_fourteen_are_left(self):
        opened = [(0.0, 'open', who) for who in range(40)]
        times = [when for when, _ in close_times(opened, 20, 5)]
        self.assertEqual(times, [5] * 26 + list(range(6, 20)))

    def test_the_model_expires_at_once_those_whom_a_newcomer_makes_late(self):
        # At 17.5 a second and a third come: T falls from 19 to 17, and the first has waited 17.5.
        events = [(0.0, 'open', 'a'), (17.5, 'open', 'b'), (17.5, 'open', 'c')]
        self.assertEqual(close_times(events, 20, 5)[0], (17.5, 'a'))


class IdleConnections(Punctual, DaemonCase):
    timeout = 600.0

    def watch(self, script, timeout_max, timeout_min, until, *options):
        daemon = self.start('--timeout-max', timeout_max, '--timeout-min', timeout_min,
                            '--log-level', 'debug', *options)
        watcher = Watcher(daemon.port).run(script, until)
        return daemon, watcher, watcher.judge(timeout_max, timeout_min, self.lateness)

    def judge(self, daemon, watcher, wrong):
        """Never early is absolute; a late close is forgiven where the daemon's own clock was in time. Nothing is judged
        where the script came late, so that it was another one."""
        if watcher.behind > self.lateness:
            raise Late(f'the script was {watcher.behind:.3f} s behind')
        early = [sentence for sentence in wrong if 'late' not in sentence]
        # A machine that stood still lets many go at once, and what is left has other deadlines than the model's.
        if early and 'late' in wrong[0] and len(early) < len(wrong):
            raise Late(f'{wrong[0]}, so that nothing after it can be told')
        self.assertEqual(early, [], watcher.series())
        lateness = [float(late) for late in re.findall(r'idle timeout.*late ([\d.]+) s', daemon.stderr)]
        if lateness and len(lateness) >= len(watcher.closed):
            self.in_time(max(lateness), 0)       # by the daemon's own clock
        elif wrong:
            raise Late(f'{wrong} {watcher.series()}')

    @once_in_time
    def test_the_whole_series_of_close_times_for_1_5_14_15_and_40_and_a_crowd(self):
        # They only wait, so six daemons wait side by side; a single one would take two minutes.
        scripts = {f'n={count}': idle_at_once(count) for count in (1, 5, 14, 15, 40)}
        scripts['crowd'] = a_crowd_that_comes_and_goes(scale=1.0)
        outcomes = {}

        def one(name):
            outcomes[name] = self.watch(scripts[name], 20, 5, 45)

        threads = [threading.Thread(target=one, args=(name,), daemon=True) for name in scripts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(settings.patience(120))
        for name in scripts:
            self.assertIn(name, outcomes, 'the scenario did not end')
            self.judge(*outcomes[name])

    @once_in_time
    def test_a_scaled_crowd_with_fractions_of_a_second(self):
        script = a_crowd_that_comes_and_goes(scale=0.3, seed=11)
        self.judge(*self.watch(script, 6.5, 1.5, 20))

    @once_in_time
    def test_the_timeout_falls_for_those_who_wait_when_others_come(self):
        # One waits with T(1) = 5; at 2.5 s four others come: T(5) = 1 is past, it goes at once.
        script = [(0.0, 'open', 'first')] + [(2.5, 'open', f'late {who}') for who in range(4)]
        daemon, watcher, wrong = self.watch(script, 6, 1, 15)
        self.judge(daemon, watcher, wrong)
        self.assertEqual(watcher.closed[0][1], 'first')

    @once_in_time
    def test_the_timeout_rises_for_those_who_wait_when_others_leave(self):
        script = [(0.0, 'open', who) for who in range(4)]
        script += [(0.6, 'close', who) for who in (1, 2, 3)]
        daemon, watcher, wrong = self.watch(script, 5, 0.5, 12)
        self.judge(daemon, watcher, wrong)
        self.assertGreater(watcher.series()[0], 3.9)      # T(1) = 4, not T(4) = 1

    @once_in_time
    def test_a_request_starts_the_time_anew(self):
        script = [(0.0, 'open', 'a')] + [(when, 'touch', 'a') for when in (0.7, 1.4, 2.1, 2.8)]
        daemon, watcher, wrong = self.watch(script, 2, 1, 8)
        self.judge(daemon, watcher, wrong)
        self.assertGreater(watcher.series()[0], 3.7)

    def test_the_hint_on_an_answer_is_the_whole_part_of_the_timeout(self):
        self.put('a.txt')
        daemon = self.start()
        with RawConnection(daemon.port) as one:
            self.assertEqual(one.ask('GET', '/a.txt').get('keep-alive'), 'timeout=19')
            with RawConnection(daemon.port) as two:
                two.ask('GET', '/a.txt')
                self.assertEqual(one.ask('GET', '/a.txt').get('keep-alive'), 'timeout=18')
            self.eventually(lambda: one.ask('GET', '/a.txt').get('keep-alive') == 'timeout=19', 2)

    def test_the_hint_of_a_timeout_with_a_fraction_is_cut(self):
        self.put('a.txt')
        daemon = self.start('--timeout-max', '8.9', '--timeout-min', '2.5')
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt').get('keep-alive'), 'timeout=7')

    def test_idle_connections_cost_no_cpu(self):
        daemon = self.start('--timeout-max', 60, '--timeout-min', 60)
        crowd = [self.connect(daemon) for _ in range(500)]
        for connection in crowd[::10]:
            connection.ask('GET', '/nothing')
        time.sleep(0.2)
        self.assertTrue(daemon.rests(2, 0.03 * settings.SLOW))


class SlowHeads(Punctual, DaemonCase):
    def closes_after(self, connection, began):
        answer, how = connection.read_until_close(settings.patience(8))
        return time.monotonic() - began, answer, how

    @once_in_time
    def test_a_head_must_be_complete_within_the_timeout_of_its_first_byte(self):
        daemon = self.start('--timeout-max', 3, '--timeout-min', 1.5)
        opened = time.monotonic()
        connection = self.connect(daemon)
        time.sleep(1)                        # silence before the first byte is another clock
        began = time.monotonic()
        connection.send('GET / HT')
        elapsed, answer, how = self.closes_after(connection, began)
        if not answer and began > opened + 1.75:
            raise Late('the first byte met the end of the silence')
        self.assertRegex(answer, rb'\AHTTP/1\.1 408 ')
        self.assertRegex(answer.lower(), rb'\r\nconnection: close\r\n')
        self.assertGreater(len(answer.partition(b'\r\n\r\n')[2]), 10, 'a 408 says why')
        self.assertEqual(how, 'fin')
        self.assertGreaterEqual(elapsed, 1.99)
        self.in_time(elapsed, 2)

    def test_a_head_method_whose_head_is_late_gets_no_body(self):
        daemon = self.start('--timeout-max', 2, '--timeout-min', 1)
        connection = self.connect(daemon)
        connection.send('HEAD /a')
        _, answer, _ = self.closes_after(connection, time.monotonic())
        self.assertRegex(answer, rb'\AHTTP/1\.1 408 ')
        self.assertEqual(answer.partition(b'\r\n\r\n')[2], b'')

    @once_in_time
    def test_single_bytes_do_not_extend_the_time_of_a_head(self):
        daemon = self.start('--timeout-max', 3, '--timeout-min', 1)
        connection = self.connect(daemon)
        began = time.monotonic()
        for byte in request('GET', '/', 'X-Filler: ' + 'x' * 200):
            if time.monotonic() - began > 8 or not connection.quiet_for(0.05):
                break
            connection.send(bytes([byte]))
        elapsed, answer, _ = self.closes_after(connection, began)
        self.assertRegex(answer, rb'\AHTTP/1\.1 408 ')
        self.assertGreaterEqual(elapsed, 1.99)
        self.in_time(elapsed, 2.1)

    @once_in_time
    def test_a_later_head_on_the_same_connection_has_the_same_limit(self):
        self.put('a.txt')
        daemon = self.start('--timeout-max', 2, '--timeout-min', 1)
        connection = self.connect(daemon)
        asked = time.monotonic()
        connection.ask('GET', '/a.txt')
        time.sleep(0.6)
        began = time.monotonic()
        connection.send('G')
        elapsed, answer, _ = self.closes_after(connection, began)
        if not answer and began > asked + 0.75:
            raise Late('the first byte met the end of the silence')
        self.assertRegex(answer, rb'\AHTTP/1\.1 408 ')
        self.assertGreaterEqual(elapsed, 0.99)
        self.in_time(elapsed, 1)

    @once_in_time
    def test_a_head_that_comes_slowly_but_in_time_is_answered(self):
        self.put('a.txt')
        daemon = self.start('--timeout-max', 4, '--timeout-min', 3)
        connection = self.connect(daemon)
        with self.unless_late(time.monotonic(), 2.5):
            for piece in ('GET /a.t', 'xt HTTP/1.1\r\n', 'Host: local', 'host\r\n', '\r\n'):
                connection.send(piece)
                time.sleep(0.3)
            self.assertEqual(connection.read_response().status, 200)


class Stalls(Punctual, DaemonCase):
    @once_in_time
    def test_a_reader_that_takes_nothing_is_closed_after_the_stall_timeout(self):
        self.put('big.bin', bytes(64 << 20))
        daemon = self.start('--stall-timeout', 1)
        idle = daemon.sockets()
        connection = self.connect(daemon, receive_buffer=4096)
        began = time.monotonic()
        connection.send(request('GET', '/big.bin'))
        connection.read_head()
        self.assertGreater(daemon.sockets(), idle)
        self.eventually(lambda: daemon.sockets() == idle, 4, 'the close')
        took = time.monotonic() - began
        self.assertGreaterEqual(took, 0.99)
        self.in_time(took, 1.5)

    @once_in_time
    def test_a_sender_that_gives_nothing_is_closed_after_the_stall_timeout(self):
        daemon = self.start('--stall-timeout', 1)
        connection = self.connect(daemon)
        began = time.monotonic()
        connection.send('PUT /a.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n', bytes(500))
        connection.read_until_close(settings.patience(8))
        took = time.monotonic() - began
        self.assertGreaterEqual(took, 0.99)
        self.assertNotIn('a.bin', self.names())
        self.in_time(took, 1.5)

    def test_an_upload_that_progresses_outlives_the_stall_timeout_and_the_idle_timeout(self):
        daemon = self.start('--stall-timeout', 2, '--timeout-max', 2, '--timeout-min', 1)
        connection = self.connect(daemon)
        connection.send('PUT /a.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n')
        for byte in b'progress':
            time.sleep(0.45)
            connection.send(bytes([byte]))
        self.assertEqual(connection.read_response('PUT').status, 201)
        self.assertEqual((self.root / 'a.bin').read_bytes(), b'progress')

    def test_a_download_that_progresses_outlives_the_stall_timeout_and_the_idle_timeout(self):
        size = 6 << 20
        self.put('big.bin', bytes(size))
        daemon = self.start('--stall-timeout', 2, '--timeout-max', 2, '--timeout-min', 1)
        connection = self.connect(daemon, receive_buffer=65536)
        connection.send(request('GET', '/big.bin'))
        head = connection.read_head()
        got = len(connection.buffer)
        began = time.monotonic()
        while got < size:
            chunk = connection.socket.recv(min(size // 20, size - got))
            self.assertTrue(chunk, f'cut after {got} bytes')
            got += len(chunk)
            time.sleep(max(0.0, began + 3.5 * got / size - time.monotonic()))
        self.assertEqual(int(head.get('content-length')), got)
        self.assertGreater(time.monotonic() - began, 3)
