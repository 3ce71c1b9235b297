# SPDX-License-Identifier: MIT
"""What the service manager is told, sd_notify(3): by a socket of the test's in its place."""

import re
import select
import signal
import socket
import time

from support import settings
from support.case import DaemonCase
from support.punctual import Late, Punctual, once_in_time
from support.raw import request


class FakeManager:
    """The manager's end: datagrams of NAME=VALUE lines, with the time each came."""

    def __init__(self, path):
        self.path = str(path)                # `@name`: an abstract one
        self.heard = []                # (monotonic seconds, {name: value})
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind('\0' + self.path[1:] if self.path.startswith('@') else self.path)

    def listen(self, seconds=0.0, until=None):
        """All that comes within the time, or until a message with such an assignment."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if not select.select([self.socket], [], [], max(left, 0))[0]:
                return None
            lines = self.socket.recv(65536).decode().split('\n')
            message = dict(line.split('=', 1) for line in lines)
            self.heard.append((time.monotonic(), message))
            if until is not None and message.get(until[0]) == until[1]:
                return message

    def wait(self, name, value='1', seconds=10):
        found = self.listen(settings.patience(seconds), (name, value))
        assert found is not None, f'{name}={value} did not come: {self.heard}'
        return found

    def wait_status(self, pattern, since=0.0):
        """Until the last status line is such a one."""
        deadline = time.monotonic() + settings.patience(10)
        while not (told := self.statuses(since)) or not re.search(pattern, told[-1][1]):
            assert time.monotonic() < deadline, f'{pattern} did not come: {self.heard}'
            self.listen(0.1)

    def statuses(self, since=0.0):
        return [(when, message['STATUS']) for when, message in self.heard if when >= since and 'STATUS' in message]

    def kinds(self):
        """The first name of each message, without status lines and watchdog pings."""
        return [next(iter(message)) for _, message in self.heard if next(iter(message)) not in ('STATUS', 'WATCHDOG')]


class Told(DaemonCase):
    def setUp(self):
        super().setUp()
        self.manager = FakeManager(self.home / 'notify')
        self.addCleanup(self.manager.socket.close)

    def watched(self, *options, seconds=None, faults=None, **how):
        environment = {'NOTIFY_SOCKET': self.manager.path, **(faults or {})}
        if seconds is not None:
            environment['WATCHDOG_USEC'] = str(int(seconds * 1_000_000))
        if faults is not None:
            how['program'] = settings.FAULTS
        return self.start(*options, environment=environment, **how)


class Life(Told):
    def test_ready_comes_when_it_serves_and_stopping_last(self):
        daemon = self.watched()
        self.assertIn('serving ', self.manager.wait('READY')['STATUS'])
        self.assertEqual(self.ask(daemon, 'GET', '/').status, 200)
        daemon.signal(signal.SIGTERM)
        daemon.wait()
        self.manager.listen()
        self.assertEqual(self.manager.kinds(), ['READY', 'STOPPING', 'STOPPING'])
        self.assertIn('leaving: asked to', self.manager.heard[-1][1]['STATUS'])

    def test_a_manager_on_an_abstract_socket_hears_it_too(self):
        self.manager.socket.close()
        self.manager = FakeManager(f'@filesrv-test-{self.home.name}')
        daemon = self.watched()
        self.manager.wait('READY')
        daemon.signal(signal.SIGTERM)
        self.manager.wait('STOPPING')

    def test_an_idle_exit_tells_stopping_once(self):
        self.watched('--idle-shutdown', '0.2').wait()
        self.manager.listen()
        self.assertEqual(self.manager.kinds(), ['READY', 'STOPPING'])
        self.assertEqual(self.manager.heard[-1][1]['STATUS'], 'leaving: no request for 0.2 s')

    def test_a_drain_asks_for_the_time_it_may_take(self):
        daemon = self.watched('--drain-timeout', '77')
        connection = self.connect(daemon)
        connection.send(b'PUT /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab')
        time.sleep(0.1)
        daemon.signal(signal.SIGTERM)
        said = self.manager.wait('STOPPING')
        self.assertEqual(said['EXTEND_TIMEOUT_USEC'], '82000000')
        connection.send(b'cde')
        self.assertEqual(connection.read_response().status, 201)
        daemon.wait()

    def test_a_reload_is_told_and_ends_ready_also_when_it_is_refused(self):
        file = self.home / 'filesrv.toml'
        file.write_text('stall_timeout = 50\n')
        daemon = self.watched('--config', file)
        self.manager.wait('READY')
        for text in ('stall_timeout = 40\n', 'stall_timeuot = 30\n'):
            file.write_text(text)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            daemon.signal(signal.SIGHUP)
            said = self.manager.wait('RELOADING')
            after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            self.assertTrue(before <= int(said['MONOTONIC_USEC']) <= after, said)
            self.assertEqual(self.manager.wait('READY'), {'READY': '1'})
        self.assertEqual(self.manager.kinds(), ['READY', 'RELOADING', 'READY', 'RELOADING', 'READY'])

    def test_a_failed_start_tells_why(self):
        for options, status, code, words in (
                (('--root', '/does/not/exist', '--listen', 'localhost:0'), 1, '2', 'cannot serve /does/not/exist: '),
                (('--no-such-thing',), 2, '22', '--no-such-thing')):
            daemon = self.launch(*options, environment={'NOTIFY_SOCKET': self.manager.path})
            daemon.forgiven = True
            self.assertEqual(daemon.wait(), status)
            said = self.manager.wait('ERRNO', code)
            self.assertIn(words, said['STATUS'])
            self.assertIn(said['STATUS'], daemon.stderr)


class StatusLines(Told):
    def test_they_follow_what_happens_and_rest_when_nothing_does(self):
        self.put('a.txt', b'alpha')
        daemon = self.watched('--idle-shutdown', '50')
        self.manager.wait('READY')
        connection = self.connect(daemon)
        began = time.monotonic()
        while time.monotonic() < began + 2.5:
            self.assertEqual(connection.ask('GET', '/a.txt').status, 200)
            self.manager.listen(0.02)
        self.manager.wait_status('connection, 0.0 requests/s, idle exit in ', began)
        told = self.manager.statuses(began)
        self.assertRegex(told[0][1], r'^1 connection, .*requests/s')
        # One a second: who hears one late hears the next one sooner.
        self.assertGreater(told[-1][0] - told[0][0], 0.8 * (len(told) - 1), told)
        quiet = time.monotonic()
        self.assertTrue(daemon.rests(2.5, 0.01))
        self.manager.listen(0.1)
        self.assertEqual(self.manager.statuses(quiet), [])
        connection.close()               # a change without a request
        self.manager.wait_status('^0 connections, ', quiet)

    def test_every_reactor_counts(self):
        self.put('a.txt', b'alpha')
        daemon = self.watched('--reactors', '3', '--idle-shutdown', '50')
        self.manager.wait('READY')
        for count in range(1, 5):
            self.connect(daemon).ask('GET', '/a.txt')
            self.manager.wait_status(f'^{count} connection')


class Watchdog(Punctual, Told):
    """A stuck call takes longer than the test; the daemon that is in it is killed, as the manager would."""

    timeout = 180.0

    def pings(self, since):
        return [when for when, message in self.manager.heard if when >= since and 'WATCHDOG' in message]

    @once_in_time
    def test_a_busy_daemon_misses_no_ping(self):
        self.put('a.txt', b'alpha')
        daemon = self.watched(seconds=1.0)
        connection = self.connect(daemon)
        began = time.monotonic()
        while time.monotonic() < began + 3:
            connection.send(request('GET', '/a.txt') * 50)
            for _ in range(50):
                connection.read_response()
            self.manager.listen()
        pings = [began, *self.pings(began)]
        self.in_time(max(later - earlier for earlier, later in zip(pings, pings[1:])), 0.75)
        if len(pings) < 6:
            raise Late(pings)

    def test_a_reactor_that_hangs_is_not_told_for(self):
        for reactors in (1, 3):
            daemon = self.watched('--reactors', reactors, seconds=1.0, faults={'FILESRV_TEST_STUCK_REACTOR': 'stuck:60'})
            if settings.INLINE_BATCH == '0':
                self.skipTest('no reactor looks for a file')
            self.connect(daemon).send(request('GET', '/stuck.txt'))
            time.sleep(1.1)              # a ping may be under way, and one roll call older
            self.manager.listen(0.2)
            began = time.monotonic()
            self.manager.listen(1.5)
            self.assertEqual(self.pings(began), [])
            daemon.kill()

    def test_one_stuck_worker_is_logged_and_all_of_them_are_not_told_for(self):
        daemon = self.watched('--workers', '1:2', seconds=1.5, faults={'FILESRV_TEST_SLOW_OPEN': 'slow:60'})
        self.connect(daemon).send(request('GET', '/slow-1'))
        self.eventually(lambda: 'worker-1 is stuck' in daemon.stderr, 5, 'the line of a stuck worker')
        self.manager.listen()
        for _ in range(2):
            self.manager.wait('WATCHDOG')
        self.manager.wait_status('1 worker stuck')
        self.connect(daemon).send(request('GET', '/slow-2'))
        self.eventually(lambda: 'every worker is stuck' in daemon.stderr, 5, 'the line of a full pool')
        self.manager.listen()
        began = time.monotonic()
        self.manager.listen(2)
        self.assertEqual(self.pings(began), [])
        daemon.kill()

    def test_a_worker_that_comes_back_is_well_again(self):
        daemon = self.watched('--workers', '1:1', seconds=1.2, faults={'FILESRV_TEST_SLOW_OPEN': 'slow:3'})
        connection = self.connect(daemon)
        connection.send(request('GET', '/slow-1'))
        self.eventually(lambda: 'every worker is stuck' in daemon.stderr, 5, 'the line of a full pool')
        self.assertEqual(connection.read_response().status, 404)
        self.eventually(lambda: 'worker-1 has come back' in daemon.stderr, 5, 'its return')
        self.manager.listen()
        for _ in range(2):
            self.manager.wait('WATCHDOG')
