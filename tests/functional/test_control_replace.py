# SPDX-License-Identifier: MIT
"""The control socket in a replacement: asked for through it, and answering all the time."""

import os
import threading
import time

from support import control, settings
from support.control import ControlConnection
from support.line import children
from support.replacing import Replacing


class Replaced(Replacing):
    timeout = 240.0

    def setUp(self):
        super().setUp()
        self.path = self.home / 'control.sock'
        self.put('a.txt', 'alpha')

    def begin(self, *options, **how):
        return self.line('--control', self.path, *options, **how)

    def upgrade(self, line):
        """Through the socket; the successor."""
        answer = control.ask(self.path, 'upgrade')
        self.assertTrue(answer['ok'], answer)
        line.pids.append(answer['pid'])
        return answer['pid']

    def test_the_socket_answers_over_replacements(self):
        line = self.begin()
        asked, failures, over = [], [], threading.Event()

        def ask_on():
            while not over.is_set() or len(asked) < 50:
                try:
                    told = control.ask(self.path, ('ping', 'status')[len(asked) % 2])
                    asked.append(told['pid'] if 'pid' in told else told['status']['pid'])
                except Exception as error:      # whatever it is, nobody may meet it
                    failures.append(repr(error))
                    return

        askers = [threading.Thread(target=ask_on) for _ in range(2)]
        for asker in askers:
            asker.start()
        for _ in range(settings.counted(5, 50)):
            successor = self.upgrade(line)
            self.eventually(lambda: successor in asked[-10:], 10, 'the answers of the successor')
        over.set()
        for asker in askers:
            asker.join()
        self.assertEqual(failures, [])
        self.assertEqual(set(asked), set(line.pids))
        settings.say(f'{len(asked)} answers of {len(line.pids)} processes')
        for pid in line.pids[:-1]:
            self.assertEqual(line.wait(pid), 0)
        self.assertEqual(control.ask(self.path, 'ping')['pid'], line.pids[-1])
        self.stop_line(line)
        self.assertFalse(self.path.exists())

    def test_who_is_connected_to_the_predecessor_is_answered_there_until_it_leaves(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.begin()
        transfer = self.slow_get(line, '/big.bin')
        with ControlConnection(self.path) as connection:
            successor = connection.ask('upgrade')['pid']
            line.pids.append(successor)
            told = connection.ask('status')['status']
            self.assertEqual((told['pid'], told['state'], told['successor']), (line.pids[0], 'draining', True))
            told = control.status(self.path)
            self.assertEqual((told['pid'], told['state'], told['predecessors']), (successor, 'running', True))
            self.assertEqual(connection.ask('upgrade')['error'], 'this process has been replaced already')
            self.assertEqual(connection.ask('ping')['pid'], line.pids[0])
            transfer.read_until_close(20)
            self.assertIsNone(connection.line())
        self.assertEqual(line.wait(line.pids[0]), 0)
        self.eventually(lambda: not control.status(self.path)['predecessors'], 5, 'the news that it has left')
        self.stop_line(line)

    def test_a_drain_asked_of_the_predecessor_limits_its_own(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.begin('--drain-timeout', '0.5')
        transfer = self.slow_get(line, '/big.bin')
        with ControlConnection(self.path) as connection:
            line.pids.append(connection.ask('upgrade')['pid'])
            self.assertEqual(connection.ask('drain')['in_flight'], 1)
            self.assertIn('took longer than 0.5 s', connection.answer()['left'])
        self.assertEqual(line.wait(line.pids[0]), 0)
        self.assertEqual(control.ask(self.path, 'ping')['pid'], line.pids[1])
        transfer.close()
        self.stop_line(line)

    def test_a_replacement_that_fails_says_why(self):
        program = self.own_program()
        line = self.begin(program=str(program))
        program.rename(program.with_suffix('.old'))
        answer = control.ask(self.path, 'upgrade')
        self.assertEqual((answer['ok'], answer['code']), (False, 'failed'))
        self.assertIn(f'execve {program}: No such file or directory', answer['error'])
        program.with_suffix('.old').rename(program)
        allowed = self.wrap_until_allowed(program)
        with ControlConnection(self.path) as one, ControlConnection(self.path) as other:
            one.send('upgrade')
            self.eventually(lambda: line.log.count('starting a successor') == 2, 5, 'the second try')
            answer = other.ask('upgrade')
            self.assertEqual((answer['code'], answer['error']), ('refused', 'one is under way'))
            self.assertEqual(other.ask('ping')['pid'], line.pids[0])   # while the other waits
            allowed.touch()
            line.pids.append(one.answer()['pid'])
        self.stop_line(line)

    def test_who_waits_for_a_replacement_is_told_of_a_request_to_stop(self):
        program = self.own_program()
        line = self.begin(program=str(program))
        self.wrap(program, 'exec sleep 1000')
        with ControlConnection(self.path) as one, ControlConnection(self.path) as other:
            one.send('upgrade')
            self.eventually(lambda: 'starting a successor' in line.log, 5, 'the try')
            self.assertEqual(other.ask('stop')['state'], 'stopping')
            answer = one.answer()
            self.assertEqual((answer['code'], answer['error']), ('refused', 'this process was asked to stop'))
            self.assertIn('left', other.answer())
        self.assertEqual(line.wait(line.pids[0]), 0)
        self.eventually(lambda: set(children()) <= self.strangers, 5, 'the end of all')

    def test_a_socket_that_was_inherited_by_name_goes_on_to_the_successor(self):
        line = self.begin()
        for _ in range(3):
            os.stat(self.path)
            before = os.stat(self.path).st_ino
            self.upgrade(line)
            self.assertEqual(os.stat(self.path).st_ino, before)
        time.sleep(0.1)
        self.assertEqual(control.ask(self.path, 'reload')['ok'], True)
        self.assertEqual(os.stat(self.path).st_ino, before)
        self.stop_line(line)
        self.assertFalse(self.path.exists())
