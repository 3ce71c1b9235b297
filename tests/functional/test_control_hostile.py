# SPDX-License-Identifier: MIT
"""Whatever is done to the control socket, the data path does not notice, and nothing is left over."""

import os
import pathlib
import random
import socket
import time

from support import control, settings
from support.case import DaemonCase
from support.control import ControlConnection
from support.steady import Crowd

SESSIONS = 32


class Hostile(DaemonCase):
    timeout = 240.0

    def setUp(self):
        super().setUp()
        self.path = self.home / 'control.sock'
        content = os.urandom(20_000)
        self.put('served.bin', content)
        self.daemon = self.start('--control', self.path)
        crowd = Crowd(self.daemon.port, content, readers=1, writers=1, thinkers=1)
        for client in crowd.clients[:2]:
            client.pauses = iter(lambda: 0.002, None)     # steady, and not the whole machine
        self.crowd = crowd.__enter__()
        self.addCleanup(lambda: self.crowd and self.crowd.__exit__(None, None, None))
        control.ask(self.path, 'ping')
        self.eventually(lambda: self.crowd.total('answered') > 20, 5, 'the first answers')
        self.descriptors = self.daemon.descriptors()
        self.memory = self.resident()

    def resident(self):
        return int(pathlib.Path(f'/proc/{self.daemon.pid}/statm').read_text().split()[1]) * os.sysconf('SC_PAGESIZE')

    def check(self):
        """All goes on as before, with nobody's help."""
        answered = self.crowd.total('answered')
        self.eventually(lambda: self.crowd.total('answered') > answered + 20, 5, 'further answers')
        self.eventually(self.answers, 10, 'an answer on the control socket')
        self.assertEqual(self.crowd.__exit__(None, None, None), None)
        crowd, self.crowd = self.crowd, None
        self.assertEqual(crowd.notes(), [])
        # The crowd's own connections, and the one that we ask through, come and go.
        self.eventually(lambda: self.daemon.descriptors() <= self.descriptors, 10, 'the end of every connection')
        if settings.SLOW == 1:                           # a sanitizer keeps what was freed
            self.assertLess(self.resident() - self.memory, 4 << 20)

    def answers(self):
        answer = control.ask(self.path, 'ping')
        return answer is not None and answer['ok']

    def open(self):
        connection = ControlConnection(self.path)
        self.addCleanup(connection.close)
        return connection

    def push(self, connection, data):
        """As much as the peer takes before it closes; how much that was at least."""
        sent = 0
        try:
            while sent < len(data):
                sent += connection.socket.send(data[sent:])
        except (BrokenPipeError, ConnectionResetError):
            pass
        return sent

    def test_ten_thousand_lines_of_garbage(self):
        dice = random.Random(7)
        lines = [bytes(dice.choice(b'\0\t abcdrstuvwy{"\xff\xc3\r') for _ in range(dice.randrange(60))) + b'\n' for _ in range(10_000)]
        for start in range(0, len(lines), 500):
            with ControlConnection(self.path) as connection:
                batch = lines[start:start + 500]
                for at in range(0, len(batch), 50):
                    connection.send(b''.join(batch[at:at + 50]))
                    for _ in batch[at:at + 50]:
                        self.assertEqual(connection.answer()['ok'], False)
        self.check()

    def test_half_lines_and_sudden_ends(self):
        for number in range(2000):
            with ControlConnection(self.path) as connection:
                try:
                    connection.send([b'', b'stat', b'ping\nstat', b'status\n', b'connections\nkick', b'\n' * 100][number % 6])
                    if number % 7 == 0:
                        connection.socket.shutdown(socket.SHUT_WR)
                        connection.line()
                except (BrokenPipeError, ConnectionResetError):
                    pass                                 # all places were taken for a moment
        self.check()

    def test_bytes_without_an_end(self):
        total, wanted = 0, settings.counted(64 << 20, 1 << 30)
        block = b'x' * (4 << 20)
        while total < wanted:
            with ControlConnection(self.path) as connection:
                total += self.push(connection, block)
                answer = connection.answer()
                self.assertIn(answer['code'], ('too_long', 'busy'))
                self.assertIsNone(connection.line())
        self.check()

    def test_bytes_without_an_end_beside_each_other(self):
        connections = [self.open() for _ in range(SESSIONS)]
        for connection in connections:
            connection.socket.setblocking(False)
            try:
                while True:
                    connection.socket.send(b'y' * 65536)
            except OSError:
                pass
            connection.close()
        self.check()

    def test_a_thousand_connections(self):
        connections = [self.open() for _ in range(1000)]
        told = [connection.answer() for connection in connections[SESSIONS:]]
        self.assertEqual({answer['code'] for answer in told}, {'busy'})
        # The last one turned away may be on its way out still.
        self.eventually(lambda: self.daemon.descriptors() <= self.descriptors + SESSIONS + 3, 10, 'no more than the sessions')
        self.assertEqual(connections[0].ask('ping')['pid'], self.daemon.pid)
        for connection in connections:
            connection.close()
        self.check()

    def test_clients_that_never_read(self):
        connections = [self.open() for _ in range(SESSIONS)]
        began = time.monotonic()
        for connection in connections:
            connection.socket.setblocking(False)
            try:
                while True:
                    connection.socket.send(b'status\n' * 1000)
            except BlockingIOError:
                pass
        self.assertFalse(self.answers())                 # all places are taken: busy, at once
        self.eventually(lambda: self.daemon.descriptors() < self.descriptors + SESSIONS // 2, 30, 'the end of those who never read')
        self.assertGreaterEqual(time.monotonic() - began, 4.9)
        self.check()

    def test_those_who_ask_all_the_time(self):
        connections = [self.open() for _ in range(4)]
        until = time.monotonic() + 2
        rounds = 0
        while time.monotonic() < until:
            for connection in connections:
                connection.send('status\nping\nconnections\nnonsense\nkick 999999')
            for connection in connections:
                self.assertEqual([connection.answer()['ok'] for _ in range(5)], [True, True, True, False, False])
            rounds += 1
        settings.say(f'{rounds * 20} questions beside {self.crowd.total("answered")} answers')
        for connection in connections:
            connection.close()
        self.check()
