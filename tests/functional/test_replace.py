# SPDX-License-Identifier: MIT
"""Replacement (SIGUSR2) without a service manager: nobody is lost, nothing is left over."""

import hashlib
import os
import pathlib
import shutil
import signal
import threading
import time

from support import settings
from support.case import DaemonCase, STAGING
from support.line import Line, adopt_orphans, children
from support.raw import RawConnection, request
from support.steady import Crowd


class Replacing(DaemonCase):
    def setUp(self):
        super().setUp()
        adopt_orphans()
        self.strangers = set(children())
        self.addCleanup(self.end_all)

    def end_all(self):
        """Runs before the daemons are finished: whoever is left of a line is stopped, and there were no others."""
        left = set(children()) - self.strangers
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for daemon in self.daemons:
            daemon.forgiven |= daemon.pid in left
        # Those that we adopted, not those that subprocess waits for.
        for pid in left - {daemon.pid for daemon in self.daemons}:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass

    def line(self, *options, **how):
        return Line(self.start(*options, **how))

    def own_program(self):
        """A copy of the daemon that a test may replace."""
        path = self.home / 'filesrvd'
        shutil.copy(settings.DAEMON, path)
        return path

    def wrap(self, program, commands):
        """Another program in its place, by rename as an upgrade does it."""
        real, script = program.with_suffix('.real'), program.with_suffix('.new')
        if not real.exists():
            shutil.copy(program, real)
        script.write_text(f'#!/bin/sh\n{commands}\nexec {real} "$@"\n')
        script.chmod(0o755)
        script.rename(program)

    def ask_line(self, line, method, target, *fields, **how):
        with RawConnection(line.daemon.port) as connection:
            return connection.ask(method, target, *fields, **how)

    def stop_line(self, line, seconds=5):
        """SIGTERM to who serves: all leave with status 0, and no process is left."""
        os.kill(line.pids[-1], signal.SIGTERM)
        for pid in line.pids[::-1]:
            self.assertEqual(line.wait(pid, seconds), 0)
        self.eventually(lambda: set(children()) <= self.strangers, 5, 'the end of all')

    def slow_get(self, line, target):
        """A download whose head came, and whose body waits."""
        connection = self.connect(line.daemon, receive_buffer=8192)
        connection.send(request('GET', target))
        head = connection.read_head()
        self.assertEqual(head.status, 200)
        return connection


class UnderLoad(Replacing):
    timeout = 240.0

    def test_no_request_is_lost_over_replacements_under_load(self):
        self.replaced_under_load(settings.counted(10, 50))

    def test_no_request_is_lost_with_several_reactors_either(self):
        # The kernel wakes one poller for a newcomer, and that may be one that is just leaving.
        self.replaced_under_load(settings.counted(5, 50), '--reactors', '2')

    def replaced_under_load(self, count, *options):
        content = os.urandom(300_000)
        self.put('served.bin', content)
        line = self.line(*options)
        with Crowd(line.daemon.port, content) as crowd:
            for _ in range(count):
                before = crowd.total('answered')
                line.replace()
                self.eventually(lambda: crowd.total('answered') > before + 20, 10, 'answers of the successor')
            time.sleep(1.5)      # whoever thinks meets the end of a connection
        settings.say(f'{crowd.total("answered")} answers, {crowd.total("repeated")} repeated, {len(line.pids)} processes')
        self.assertEqual(crowd.notes(), [])
        for pid in line.pids[:-1]:
            self.assertEqual(line.wait(pid), 0)
        self.stop_line(line)

    def test_transfers_that_span_replacements_are_identical(self):
        seconds, count = settings.counted(3, 30), settings.counted(4, 10)
        content = os.urandom(12 << 20)
        self.put('big.bin', content)
        line = self.line()
        began, got, sent = time.monotonic(), bytearray(), []

        def pace(done):
            time.sleep(max(0.0, began + seconds * done / len(content) - time.monotonic()))

        def upload():
            with RawConnection(line.daemon.port) as connection:
                connection.send(request('PUT', '/up.bin', f'Content-Length: {len(content)}'))
                for start in range(0, len(content), len(content) // 96):
                    connection.send(content[start:start + len(content) // 96])
                    pace(start)
                sent.append(connection.read_response('PUT').status)

        connection = self.slow_get(line, '/big.bin')
        uploader = threading.Thread(target=upload)
        uploader.start()
        replacer = threading.Thread(target=lambda: [(time.sleep(seconds / (count + 2)), line.replace()) for _ in range(count)])
        replacer.start()
        got += connection.buffer
        while len(got) < len(content):
            chunk = connection.socket.recv(65536)
            self.assertTrue(chunk, f'cut after {len(got)} bytes')
            got += chunk
            pace(len(got))
        uploader.join()
        replacer.join()
        self.assertEqual(len(line.pids), count + 1)
        self.assertEqual(sent, [201])
        self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(content).digest())
        self.assertEqual((self.root / 'up.bin').read_bytes(), content)
        for pid in line.pids[:-1]:
            self.assertEqual(line.wait(pid), 0)
        self.stop_line(line)


class Failures(Replacing):
    def refused(self, line, pattern, seconds=10):
        line.ask()
        pid = line.pids[-1]
        self.eventually(lambda: f'replacement failed, process {pid} serves on: ' in line.log, seconds, 'the refusal')
        self.assertRegex(line.log, pattern)
        self.assertEqual(self.ask_line(line, 'GET', '/a.txt').body, b'alpha')

    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')

    def test_a_wrong_configuration_leaves_the_old_one_serving(self):
        file = self.home / 'filesrv.toml'
        file.write_text('')
        line = self.line('--config', file)
        file.write_text('hiden = true\n')
        self.refused(line, r'serves on: .*filesrv\.toml:1: hiden: unknown key')
        file.write_text('hidden = true\n')
        line.replace()
        self.put('.dot', 'hidden')
        self.assertEqual(self.ask_line(line, 'GET', '/.dot').body, b'hidden')
        self.stop_line(line)

    def test_a_file_that_is_no_program_leaves_the_old_one_serving(self):
        program = self.own_program()
        line = self.line(program=str(program))
        program.rename(program.with_suffix('.old'))
        self.refused(line, f'serves on: execve {program}: No such file or directory')
        program.write_text('no program')
        line.ask()
        self.eventually(lambda: 'Permission denied' in line.log, 5, 'the second refusal')
        program.unlink()
        shutil.copy(settings.DAEMON, program)
        line.replace()
        self.assertEqual(self.ask_line(line, 'GET', '/a.txt').body, b'alpha')
        self.stop_line(line)

    def test_a_program_that_ends_leaves_the_old_one_serving(self):
        program = self.own_program()
        line = self.line(program=str(program))
        self.wrap(program, 'exit 0')
        self.refused(line, 'serves on: the new process ended before it was ready')
        self.stop_line(line)

    def test_a_program_that_says_nothing_is_killed(self):
        if not settings.SOAK:
            self.skipTest('takes ten seconds')
        program = self.own_program()
        line = self.line(program=str(program))
        self.wrap(program, 'exec sleep 1000')
        self.refused(line, 'serves on: the new process was not ready within 10 s', 15)
        self.stop_line(line)

    def test_one_replacement_at_a_time(self):
        program = self.own_program()
        line = self.line(program=str(program))
        self.wrap(program, 'sleep 0.5')
        line.ask()
        self.eventually(lambda: 'starting a successor' in line.log, 5, 'the first')
        line.ask()
        self.eventually(lambda: 'replacement refused: one is under way' in line.log, 5, 'the refusal')
        line.wait_for(1)
        self.stop_line(line)

    def test_who_is_asked_to_stop_takes_an_unready_successor_along(self):
        program = self.own_program()
        line = self.line(program=str(program))
        self.wrap(program, 'exec sleep 1000')
        line.ask()
        self.eventually(lambda: any('sleep' in self.words(pid) for pid in children()), 5, 'the successor')
        self.stop_line(line)

    def test_a_request_to_stop_at_any_moment_of_a_replacement_leaves_nobody_behind(self):
        for turn in range(settings.counted(15, 300)):
            line = self.line()
            line.ask()
            time.sleep(turn % 15 * 0.0007)
            line.daemon.signal(signal.SIGTERM)
            self.assertEqual(line.wait(line.daemon.pid), 0)
            if 'replaced by' in line.log:          # it came too late: then it is for the one that serves now
                line.wait_for(1)
                self.assertEqual(self.ask_line(line, 'GET', '/a.txt').body, b'alpha')
                self.stop_line(line)
            self.eventually(lambda: set(children()) <= self.strangers, 5, 'the end of all')
            while self.reap():
                pass

    def reap(self):
        """Whether one more of those that we adopted had ended."""
        try:
            return os.waitpid(-1, os.WNOHANG)[0]
        except ChildProcessError:
            return 0

    def words(self, pid):
        try:
            return pathlib.Path(f'/proc/{pid}/cmdline').read_text().split('\0')
        except (FileNotFoundError, ProcessLookupError):
            return []

    def test_a_killed_daemon_leaves_no_process_behind(self):
        line = self.line()
        self.assertEqual(len(children(line.daemon.pid)), 1)
        line.daemon.kill()
        self.eventually(lambda: set(children()) <= self.strangers, 5, 'the end of all')

    def test_signals_to_all_processes_of_the_name_do_no_harm(self):
        line = self.line()
        for pid in (*children(line.daemon.pid), line.daemon.pid):
            os.kill(pid, signal.SIGUSR2)
            os.kill(pid, signal.SIGHUP)
        line.wait_for(1)
        self.assertEqual(self.ask_line(line, 'GET', '/a.txt').body, b'alpha')
        self.stop_line(line)


class Told(Replacing):
    def test_a_successor_says_the_same_start_line(self):
        line = self.line()
        line.replace()
        self.eventually(lambda: line.daemon.stdout.count('serving ') == 2, 5, 'its start line')
        first, second = (said for said in line.daemon.stdout.splitlines() if said.startswith('serving '))
        self.assertEqual(first, second)
        self.stop_line(line)


class Ends(Replacing):
    def test_the_idle_exit_of_the_successor_waits_for_the_predecessor(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.line('--idle-shutdown', '0.3')
        connection = self.slow_get(line, '/big.bin')
        line.replace()
        time.sleep(1)
        self.assertEqual(line.running(), line.pids)
        connection.read_until_close(10)
        connection.close()
        ended = time.monotonic()
        for pid in line.pids:
            self.assertEqual(line.wait(pid), 0)
        self.assertLess(time.monotonic() - ended, settings.budget(3))
        self.assertIn('leaving: no request for 0.3 s', line.daemon.stdout)

    def test_staging_is_swept_when_the_whole_line_before_has_left(self):
        line = self.line()
        connection = self.connect(line.daemon)
        connection.send(request('PUT', '/up.txt', 'Content-Length: 6'), b'up')
        self.eventually(lambda: any(STAGING in name for name in self.names()), 5, 'the staged file')
        left_by_the_dead = self.root / STAGING / f'upload-{0:016x}-0'
        left_by_the_dead.write_bytes(b'dead')
        line.replace()
        line.replace()
        time.sleep(0.2)
        self.assertTrue(left_by_the_dead.exists())
        connection.send(b'load')
        self.assertEqual(connection.read_response('PUT').status, 201)
        self.assertEqual((self.root / 'up.txt').read_bytes(), b'upload')
        self.eventually(lambda: not left_by_the_dead.exists(), 5, 'the sweep')
        self.stop_line(line)

    def test_the_drain_timeout_of_the_predecessor_counts_from_the_request_to_stop(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.line('--drain-timeout', '0.7')
        connection = self.slow_get(line, '/big.bin')
        line.replace()
        line.replace()
        time.sleep(1.2)
        self.assertEqual(line.running(), line.pids)
        asked = time.monotonic()
        self.stop_line(line)
        self.assertGreaterEqual(time.monotonic() - asked, 0.65)
        self.assertLess(time.monotonic() - asked, settings.budget(1.5))
        connection.close()

    def test_sigterm_to_the_predecessor_limits_its_drain_alone(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.line('--drain-timeout', '0.5')
        connection = self.slow_get(line, '/big.bin')
        line.replace()
        line.daemon.signal(signal.SIGTERM)
        self.assertEqual(line.wait(line.daemon.pid, 3), 0)
        self.assertEqual(self.ask_line(line, 'GET', '/').status, 200)
        self.stop_line(line)
        connection.close()

    def test_a_second_sigterm_stops_the_whole_line_at_once(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.line()
        connection = self.slow_get(line, '/big.bin')
        line.replace()
        os.kill(line.pids[-1], signal.SIGTERM)
        time.sleep(0.3)
        self.assertEqual(line.running(), line.pids)
        self.stop_line(line, 2)
        connection.close()

    def test_a_killed_successor_does_not_leave_the_predecessor_for_ever(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.line('--drain-timeout', '0.5')
        connection = self.slow_get(line, '/big.bin')
        line.replace()
        os.kill(line.pids[-1], signal.SIGKILL)
        self.assertEqual(line.wait(line.daemon.pid, 3), 0)
        line.wait(line.pids[-1])
        self.eventually(lambda: set(children()) <= self.strangers, 5, 'the end of all')
        connection.close()

    def test_the_socket_file_goes_with_the_last_of_the_line(self):
        path = self.home / 'http.sock'
        line = self.line('--listen', f'unix:{path}')
        for _ in range(3):
            line.replace()
            line.wait(line.pids[-2])
            with RawConnection(path=path) as connection:
                self.assertEqual(connection.ask('GET', '/').status, 200)
        self.stop_line(line)
        self.assertFalse(path.exists())

    def test_a_drain_after_a_replacement_refuses_newcomers_at_once(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.line()
        line.replace()
        line.wait(line.daemon.pid)
        connection = self.slow_get(line, '/big.bin')
        os.kill(line.pids[-1], signal.SIGTERM)
        time.sleep(0.3)
        with self.assertRaises(ConnectionRefusedError):
            RawConnection(line.daemon.port)
        connection.read_until_close(10)
        self.assertEqual(line.wait(line.pids[-1]), 0)
