# SPDX-License-Identifier: MIT
"""Preconditions decided again at the commit (RFC 9110 section 13.2.2): of many writers of one state exactly one wins."""

import os
import threading

from support import settings
from support.case import DaemonCase
from support.load import is_sealed, sealed_of_size
from support.raw import request

WRITERS = 64


class OneWinner(DaemonCase):
    timeout = 1200

    def rounds(self, daemons, target, condition, prepare):
        """Every writer passes the first check; then the last bytes of all come at once."""
        connections = [self.connect(daemons[number % len(daemons)], timeout=60) for number in range(WRITERS)]
        for turn in range(settings.counted(20, 500)):
            fields = [condition] if isinstance(condition, str) else [condition(daemons[turn % len(daemons)])]
            bodies = [sealed_of_size(500 + 37 * number, (turn, number)) for number in range(WRITERS)]
            for connection, body in zip(connections, bodies):
                connection.send(request('PUT', target, f'Content-Length: {len(body)}', *fields), body[:-1])
            for connection, body in zip(connections, bodies):
                connection.send(body[-1:])
            answers = [connection.read_response('PUT') for connection in connections]
            for number, answer in enumerate(answers):
                if answer.closing:       # refused before its body was whole
                    connections[number] = self.connect(daemons[number % len(daemons)], timeout=60)
            statuses = [answer.status for answer in answers]
            winners = [number for number, status in enumerate(statuses) if status // 100 == 2]
            self.assertEqual((len(winners), statuses.count(412)), (1, WRITERS - 1), f'round {turn}: {statuses}')
            stored = (self.root / target[1:]).read_bytes()
            self.assertTrue(is_sealed(stored))
            self.assertEqual(stored, bodies[winners[0]], f'round {turn}')
            prepare()

    def tag_of(self, target):
        return lambda daemon: f'If-Match: {self.ask(daemon, "GET", target).get("etag")}'

    def check_replace(self, daemons):
        self.assertEqual(self.ask(daemons[0], 'PUT', '/one', body=b'first').status, 201)
        self.rounds(daemons, '/one', self.tag_of('/one'), lambda: None)

    def check_create(self, daemons):
        def remove():
            # With its folders, so that of those too every round has one maker at most.
            os.unlink(self.root / 'in/folder/one')
            os.rmdir(self.root / 'in/folder')
            os.rmdir(self.root / 'in')

        self.rounds(daemons, '/in/folder/one', 'If-None-Match: *', remove)

    def test_of_64_that_replace_one_version_one_wins(self):
        self.check_replace([self.start()])

    def test_of_64_that_create_one_name_one_wins(self):
        self.check_create([self.start()])

    def test_of_64_that_replace_one_version_by_two_daemons_one_wins(self):
        self.check_replace([self.start(), self.start()])

    def test_of_64_that_create_one_name_by_two_daemons_one_wins(self):
        self.check_create([self.start(), self.start()])

    def test_of_many_that_delete_one_version_one_wins(self):
        daemons = [self.start('--allow-delete'), self.start('--allow-delete')]
        connections = [self.connect(daemons[number % 2]) for number in range(16)]
        for turn in range(settings.counted(20, 500)):
            self.assertEqual(self.ask(daemons[0], 'PUT', '/one', body=b'%d' % turn).status, 201)
            tag = self.ask(daemons[1], 'GET', '/one').get('etag')
            for connection in connections:
                connection.send(request('DELETE', '/one', f'If-Match: {tag}'))
            statuses = sorted(connection.read_response('DELETE').status for connection in connections)
            self.assertEqual(statuses[0], 204)
            self.assertLessEqual(set(statuses[1:]), {404, 412}, f'round {turn}')


class ComingAndGoing(DaemonCase):
    timeout = 600

    def test_uploads_into_folders_that_somebody_removes_in_a_spin_all_succeed(self):
        daemon = self.start()
        stop = threading.Event()

        def remove():
            while not stop.is_set():
                for folder in ('x/y', 'x'):
                    try:
                        os.rmdir(self.root / folder)
                    except OSError:
                        pass

        remover = threading.Thread(target=remove, daemon=True)
        remover.start()
        try:
            connections = [self.connect(daemon) for _ in range(4)]
            for turn in range(settings.counted(100, 5000)):
                for number, connection in enumerate(connections):
                    connection.send(request('PUT', f'/x/y/f{number}', body=b'%d' % turn))
                for number, connection in enumerate(connections):
                    self.assertEqual(connection.read_response('PUT').status, 201)
                for number in range(len(connections)):
                    os.unlink(self.root / f'x/y/f{number}')
        finally:
            stop.set()
            remover.join()
