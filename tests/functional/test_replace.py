# SPDX-License-Identifier: MIT
"""Replacement (SIGUSR2) without a service manager: how it fails, who waits for whom, and that nothing is left over."""

import os
import pathlib
import shutil
import signal
import time

from support import control, settings
from support.case import STAGING
from support.line import children
from support.punctual import Punctual, once_in_time
from support.raw import RawConnection, request
from support.replacing import Replacing


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
        allowed = self.wrap_until_allowed(program)
        line.ask()
        self.eventually(lambda: 'starting a successor' in line.log, 5, 'the first')
        line.ask()
        self.eventually(lambda: 'replacement refused: one is under way' in line.log, 5, 'the refusal')
        allowed.touch()
        line.wait_for(1)
        self.stop_line(line)

    def sockets(self):
        """Options for both kinds of socket files, and a check that both are there and answer."""
        http, asked = self.home / 'http.sock', self.home / 'control.sock'

        def answer(line):
            with RawConnection(path=http) as connection:
                self.assertEqual(connection.ask('GET', '/a.txt').body, b'alpha')
            self.assertEqual(control.ask(asked, 'ping')['pid'], line.pids[-1])
            self.assertEqual(self.ask_line(line, 'GET', '/a.txt').body, b'alpha')

        return ('--listen', 'localhost:0', '--listen', f'unix:{http}', '--control', asked), answer

    def test_a_successor_that_is_not_accepted_leaves_listeners_and_control_socket_alone(self):
        program = self.own_program()
        options, answer = self.sockets()
        line = self.line(*options, program=str(program))
        before = set(children())
        allowed = self.wrap_until_allowed(program)
        line.ask()
        self.eventually(lambda: 'starting a successor' in line.log, 5, 'the order')
        line.daemon.signal(signal.SIGSTOP)                  # so nobody accepts it
        self.addCleanup(line.daemon.signal, signal.SIGCONT)
        allowed.touch()
        self.eventually(lambda: line.daemon.stdout.count('serving ') == 2, 10, 'its start line')
        successor = next(pid for pid in children() if pid not in before and '--control' in self.words(pid))
        os.kill(successor, signal.SIGUSR2)
        self.eventually(lambda: 'replacement refused: this process is not the main one yet' in line.log, 5, 'the refusal')
        os.kill(successor, signal.SIGTERM)
        self.assertEqual(line.wait(successor), 0)
        line.daemon.signal(signal.SIGCONT)
        self.eventually(lambda: 'serves on: the new process ended, or was told to' in line.log, 5, 'the failure')
        answer(line)
        line.replace()
        line.wait(line.daemon.pid)
        answer(line)
        self.stop_line(line)
        self.assertEqual(list(self.home.glob('*.sock')), [])

    def test_a_successor_that_cannot_start_leaves_the_socket_files_alone(self):
        options, answer = self.sockets()
        line = self.line(*options)
        away = self.root.rename(self.root.with_suffix('.away'))
        line.ask()
        self.eventually(lambda: 'serves on: cannot serve ' in line.log, 10, 'the failure')
        away.rename(self.root)
        answer(line)
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


class Lines(Replacing):
    timeout = 240.0

    def test_a_successor_says_the_same_start_line(self):
        line = self.line()
        line.replace()
        self.eventually(lambda: line.daemon.stdout.count('serving ') == 2, 5, 'its start line')
        first, second = (said for said in line.daemon.stdout.splitlines() if said.startswith('serving '))
        self.assertEqual(first, second)
        self.stop_line(line)

    def test_a_line_grows_no_longer_than_64_and_again_when_it_has_shrunk(self):
        if settings.SLOW > 1:
            self.skipTest('65 processes of a sanitized build take too much memory')
        self.put('big.bin', bytes(8 << 20))
        line = self.line()
        first = self.slow_get(line, '/big.bin')
        for _ in range(40):
            line.replace()
        late = self.slow_get(line, '/big.bin')
        for _ in range(24):
            line.replace()
        self.assertEqual(line.running(), line.pids)
        line.ask()
        self.eventually(lambda: 'replacement refused: 64 processes that were replaced still finish' in line.log, 60, 'the refusal')
        self.assertEqual(self.ask_line(line, 'GET', '/').status, 200)
        first.read_until_close(settings.patience(10))
        for pid in line.pids[:40]:
            self.assertEqual(line.wait(pid), 0)
        # Each of the others learns that the line has become shorter from the one before it: the last one soon.
        self.eventually(lambda: line.replaced_by_asking(), 60, 'a replacement after the end of many')
        late.read_until_close(settings.patience(10))
        self.stop_line(line)


class Ends(Punctual, Replacing):
    timeout = 120.0

    @once_in_time
    def test_the_idle_exit_of_the_successor_waits_for_the_predecessor(self):
        self.put('big.bin', bytes(8 << 20))
        line = self.line('--idle-shutdown', '0.3')
        connection = self.slow_get(line, '/big.bin')
        line.replace()
        time.sleep(1)
        self.assertEqual(line.running(), line.pids)
        connection.read_until_close(settings.patience(10))
        connection.close()
        ended = time.monotonic()
        for pid in line.pids:
            self.assertEqual(line.wait(pid), 0)
        took = time.monotonic() - ended
        self.assertIn('leaving: no request for 0.3 s', line.daemon.stdout)
        self.in_time(took, 2.75)

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

    @once_in_time
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
        took = time.monotonic() - asked
        self.assertGreaterEqual(took, 0.65)
        connection.close()
        self.in_time(took, 1.25)

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
        self.eventually(lambda: self.refuses_newcomers(line), what='the drain')
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
        self.eventually(lambda: self.refuses_newcomers(line), what='the drain')     # it would last as long as the download
        connection.read_until_close(settings.patience(10))
        self.assertEqual(line.wait(line.pids[-1]), 0)
