# SPDX-License-Identifier: MIT
"""The control socket: what each command does, who may ask, where the socket is, and what becomes of it."""

import json
import os
import signal
import socket
import stat
import subprocess
import time

from support import control, settings
from support.case import NOBODY, DaemonCase
from support.control import ControlConnection
from support.punctual import Punctual, once_in_time
from support.raw import RawConnection, request


class ControlCase(DaemonCase):
    def setUp(self):
        super().setUp()
        self.path = self.home / 'control.sock'
        self.put('big.bin', bytes(8 << 20))

    def begin(self, *options, **how):
        return self.start('--control', self.path, *options, **how)

    def command(self, line):
        return control.ask(self.path, line)

    def refused(self, line, code):
        answer = self.command(line)
        self.assertEqual((answer['ok'], answer['protocol'], answer['code']), (False, 1, code), answer)
        return answer['error']

    def get(self, daemon, target='/'):
        return self.ask(daemon, 'GET', target)

    def download(self, daemon):
        """One that waits in the middle of its body."""
        connection = self.connect(daemon, receive_buffer=8192)
        connection.send(request('GET', '/big.bin'))
        self.assertEqual(connection.read_head().status, 200)
        return connection


class Commands(ControlCase):
    def test_ping_tells_who_is_there(self):
        daemon = self.begin()
        answer = self.command('ping')
        self.assertEqual((answer['ok'], answer['protocol'], answer['pid']), (True, 1, daemon.pid))
        version = subprocess.run([settings.DAEMON, '--version'], capture_output=True, text=True, check=True).stdout
        self.assertEqual(f'filesrvd {answer["version"]}\n', version)

    def test_status_agrees_with_what_was_done(self):
        daemon = self.begin('--state', self.home / 'state', '--idle-shutdown', '77')
        for _ in range(3):
            self.get(daemon)
        self.assertEqual(self.ask(daemon, 'PUT', '/up.txt', body=b'12345').status, 201)
        connection = self.connect(daemon)
        self.assertEqual(connection.ask('GET', '/nothing').status, 404)
        self.eventually(lambda: control.status(self.path)['requests']['in_flight'] == 0, 5, 'the count of the last')
        self.eventually(lambda: control.status(self.path)['connections']['now'] == 1, what='the end of the others')
        told = control.status(self.path)
        self.assertEqual((told['schema'], told['state'], told['pid']), (1, 'running', daemon.pid))
        self.assertEqual((told['root'], told['socket']), (str(self.root), str(self.path)))
        self.assertEqual([one['activated'] for one in told['listeners']], [False] * len(told['listeners']))
        self.assertIn(f'127.0.0.1:{daemon.port}', [one['address'] for one in told['listeners']])
        self.assertEqual((told['requests']['total'], told['requests']['in_flight'], told['uploads']['stored']), (5, 0, 1))
        self.assertEqual(told['connections']['now'], 1)
        self.assertEqual(told['timeout_s'], 19)
        self.assertEqual(told['idle_shutdown_s'], 77)
        self.assertTrue(0 < told['idle_exit_s'] <= 77)
        self.assertTrue(0 < told['uptime_s'] < settings.budget(60))
        self.assertLess(abs(told['started_at_s'] + told['uptime_s'] - time.time()), settings.patience(5))
        self.assertEqual((told['lifetime']['requests'], told['lifetime']['starts'], told['lifetime']['uploads']), (5, 1, 1))
        self.assertEqual(told['state_dir'], str(self.home / 'state'))
        self.assertGreater(told['memory_bytes'], 1 << 20)
        self.assertEqual((told['successor'], told['predecessors'], told['cold_start_ms']), (False, False, None))

    def test_connections_are_listed_and_one_is_kicked(self):
        daemon = self.begin()
        connections = [self.connect(daemon) for _ in range(3)]
        for connection in connections:
            self.assertEqual(connection.ask('GET', '/').status, 200)
        answer = self.command('connections')
        self.assertEqual((len(answer['connections']), answer['truncated']), (3, False))
        peers = {one['peer']: one['id'] for one in answer['connections']}
        address, port = connections[1].socket.getsockname()[:2]
        victim = next(number for peer, number in peers.items() if peer.endswith(f':{port}'))
        self.assertTrue(self.command(f'kick {victim}')['ok'])
        self.assertEqual(connections[1].read_until_close()[0], b'')
        self.eventually(lambda: len(self.command('connections')['connections']) == 2, 5, 'the end of its slot')
        self.assertIn(str(victim), self.refused(f'kick {victim}', 'not_found'))
        for number in (0, 2):
            self.assertEqual(connections[number].ask('GET', '/').status, 200)

    def test_a_kick_ends_a_transfer_in_its_middle(self):
        daemon = self.begin()
        connection = self.download(daemon)
        self.eventually(lambda: len(self.command('connections')['connections']) == 1, 5, 'the connection')
        self.assertTrue(self.command(f'kick {self.command("connections")["connections"][0]["id"]}')['ok'])
        body, how = connection.read_until_close()
        self.assertLess(len(body), 8 << 20)
        self.assertNotEqual(how, 'open')
        self.assertEqual(self.get(daemon).status, 200)

    def test_what_is_no_request_is_refused_and_hurts_nothing(self):
        self.begin()
        with ControlConnection(self.path) as connection:
            for line, code, words in (('statsu', 'unknown_command', "'statsu'; the nearest known one is status"),
                                      ('', 'unknown_command', 'no command'), ('ping x', 'bad_argument', 'takes no argument'),
                                      ('kick', 'bad_argument', 'missing'), ('kick x', 'bad_argument', "'x'"),
                                      ('kick -1', 'bad_argument', "'-1'"), ('log-level loud', 'bad_argument', "'loud'")):
                answer = connection.ask(line)
                self.assertEqual((answer['ok'], answer['code']), (False, code), answer)
                self.assertIn(words, answer['error'])
            connection.send(b'ping\r\nstatus\nping\n')
            self.assertEqual([connection.answer()['ok'] for _ in range(3)], [True] * 3)

    def test_the_longest_line_is_heard_and_a_longer_one_ends_the_connection(self):
        self.begin()
        with ControlConnection(self.path) as connection:
            connection.send(b'x' * 4095 + b'\n')
            self.assertEqual(connection.answer()['code'], 'unknown_command')
            connection.send(b'x' * 4096)
            self.assertEqual(connection.answer()['code'], 'too_long')
            self.assertIsNone(connection.line())

    def test_log_level_changes_it_and_tells_what_it_was(self):
        daemon = self.begin()
        self.assertEqual(self.command('log-level debug')['was'], 'info')
        self.assertEqual(self.command('log-level error')['was'], 'debug')
        daemon.signal(signal.SIGHUP)         # what the configuration says holds again
        self.eventually(lambda: self.command('log-level info')['was'] == 'info', 5, 'the reload')

    def test_reload_tells_what_changed_and_what_waits_or_why_not(self):
        file = self.home / 'filesrv.toml'
        file.write_text('')
        self.begin('--config', file)
        self.assertEqual({name: self.command('reload')[name] for name in ('changed', 'waiting')}, {'changed': '', 'waiting': ''})
        file.write_text('timeout_max = 15\nhidden = true\n')
        answer = self.command('reload')
        self.assertEqual((answer['changed'], answer['waiting']), ('timeout_max', 'hidden'))
        self.assertEqual(control.status(self.path)['timeout_max_s'], 15)
        file.write_text('timeot_max = 15\n')
        self.assertRegex(self.refused('reload', 'refused'), r'old configuration stays.*filesrv\.toml:1: timeot_max')
        self.assertTrue(self.path.exists())

    def test_drain_answers_at_once_and_again_when_the_daemon_leaves(self):
        daemon = self.begin()
        transfer = self.download(daemon)
        with ControlConnection(self.path) as one, ControlConnection(self.path) as other:
            answer = one.ask('drain')
            self.assertEqual((answer['state'], answer['in_flight']), ('draining', 1))
            self.assertEqual(other.ask('drain')['in_flight'], 1)      # asked twice is not asked to stop
            self.assertEqual(one.ask('ping')['pid'], daemon.pid)
            self.assertEqual(control.status(self.path)['state'], 'draining')
            self.assertIn('about to leave', self.refused('upgrade', 'refused'))
            self.assertEqual(transfer.read_until_close(20)[1], 'fin')
            for connection in (one, other):
                self.assertEqual(connection.answer(), {'ok': True, 'protocol': 1, 'left': 'leaving: asked to, and every request was answered'})
                self.assertIsNone(connection.line())
        self.assertEqual(daemon.wait(), 0)
        self.assertFalse(self.path.exists())

    def test_stop_waits_for_nothing(self):
        daemon = self.begin()
        transfer = self.download(daemon)
        with ControlConnection(self.path) as connection:
            self.assertEqual(connection.ask('stop')['state'], 'stopping')
            self.assertEqual(connection.answer()['left'], 'leaving: asked to stop now')
            self.assertIsNone(connection.line())
        self.assertEqual(daemon.wait(), 0)
        self.assertFalse(self.path.exists())
        transfer.close()

    def test_who_stops_now_does_not_complain_about_its_own_listeners(self):
        daemon = self.begin()
        with ControlConnection(self.path) as connection:
            connection.ask('stop')
            connection.answer()
        self.assertEqual(daemon.wait(), 0)
        self.assertNotIn('cannot accept', daemon.stderr)

    def test_a_signal_is_told_to_who_waits_for_a_drain(self):
        daemon = self.begin()
        transfer = self.download(daemon)
        with ControlConnection(self.path) as connection:
            connection.ask('drain')
            daemon.signal(signal.SIGTERM)
            self.assertEqual(connection.answer()['left'], 'leaving: asked to stop now')
        self.assertEqual(daemon.wait(), 0)
        transfer.close()


class Places(ControlCase):
    def test_the_socket_is_its_users_alone(self):
        self.begin()
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)

    def test_without_the_option_it_is_where_the_environment_says(self):
        for variables, place in (({'RUNTIME_DIRECTORY': f'{self.home}/run:/nowhere'}, 'run/control.sock'),
                                 ({'XDG_RUNTIME_DIR': f'{self.home}/runtime'}, 'runtime/filesrv/{port}.sock'),
                                 ({'XDG_RUNTIME_DIR': '', 'TMPDIR': f'{self.home}/tmp'}, f'tmp/filesrv-{os.geteuid()}/{{port}}.sock')):
            for folder in ('run', 'tmp'):
                (self.home / folder).mkdir(exist_ok=True)
            daemon = self.launch('--root', self.root, '--idle-shutdown', '0', '--listen', 'localhost:0', environment=variables).wait_ready()
            path = self.home / place.format(port=daemon.port)
            self.assertEqual(control.ask(path, 'ping')['pid'], daemon.pid)
            self.assertNotIn('control', daemon.stderr)
            daemon.finish()
            self.assertFalse(path.exists())
            if 'filesrv' in place:
                self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)

    def test_a_folder_that_cannot_be_trusted_is_a_warning_and_no_more(self):
        folder = self.home / 'runtime/filesrv'
        folder.mkdir(mode=0o755)
        daemon = self.launch('--root', self.root, '--idle-shutdown', '0', '--listen', 'localhost:0').wait_ready()
        self.assertIn(f'warning no control socket: {folder}: is open to others', daemon.stderr)
        self.assertEqual(self.get(daemon).status, 200)
        self.assertEqual(list(folder.iterdir()), [])

    def test_where_it_was_asked_for_it_must_be(self):
        for path, why in ((self.home / 'no/control.sock', f'{self.home}/no: No such file or directory'),
                          (self.put('file'), f'{self.root}/file: is there, and no socket')):
            daemon = self.launch('--root', self.root, '--listen', 'localhost:0', '--control', path)
            daemon.forgiven = True
            self.assertEqual(daemon.wait(), 1)
            self.assertIn(f'filesrvd: cannot make the control socket: {why}\n', daemon.stderr)

    def test_a_file_that_a_killed_daemon_left_is_replaced(self):
        self.begin().kill()
        self.assertTrue(self.path.exists())
        with self.assertRaises(ConnectionRefusedError):
            self.command('ping')
        daemon = self.begin()
        self.assertEqual(self.command('ping')['pid'], daemon.pid)

    def test_a_socket_that_another_daemon_answers_on_is_left_to_it(self):
        daemon = self.begin()
        second = self.launch('--root', self.root, '--listen', 'localhost:0', '--control', self.path)
        second.forgiven = True
        self.assertEqual(second.wait(), 1)
        self.assertIn(f'cannot make the control socket: {self.path}: another process listens there, {daemon.pid}', second.stderr)
        self.assertEqual(self.command('ping')['pid'], daemon.pid)

    def test_a_file_that_is_another_daemons_by_now_is_not_removed(self):
        daemon = self.begin()
        self.path.unlink()
        second = self.begin()
        daemon.finish()
        self.assertEqual(self.command('ping')['pid'], second.pid)

    def test_many_daemons_that_start_at_once_take_a_stale_socket_one_at_a_time(self):
        self.begin().kill()
        daemons = [self.launch('--root', self.root, '--listen', 'localhost:0', '--idle-shutdown', '0', '--control', self.path) for _ in range(6)]
        self.eventually(lambda: sum(daemon.running() for daemon in daemons) == 1, 10, 'the end of five')
        for daemon in daemons:
            daemon.forgiven = True
        left = next(daemon for daemon in daemons if daemon.running()).wait_ready()
        self.assertEqual(self.command('ping')['pid'], left.pid)


class Rights(ControlCase):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest('becoming others needs root')
        self.home.chmod(0o755)

    def ask_as(self, uid, line='ping'):
        """What another user gets: the answer, or the exception's name."""
        code = ('import socket,sys\ns = socket.socket(socket.AF_UNIX)\ns.settimeout(20)\n'
                'try:\n    s.connect(sys.argv[1])\n    try:\n        s.sendall(sys.argv[2].encode() + b"\\n")\n'
                '    except BrokenPipeError:\n        pass\n    print(s.makefile().readline(), end="")\n'
                'except Exception as error:\n    print(type(error).__name__)\n')
        done = subprocess.run(['/usr/bin/env', 'python3', '-c', code, self.path, line], user=uid, group=uid, extra_groups=[],
                              capture_output=True, text=True, check=True, timeout=settings.patience(30), cwd='/')
        return done.stdout.strip()

    def test_the_files_mode_keeps_others_out(self):
        self.begin()
        self.assertEqual(self.ask_as(NOBODY), 'PermissionError')

    def test_where_the_mode_was_opened_the_peers_user_counts(self):
        daemon = self.begin()
        self.path.chmod(0o666)
        answer = self.ask_as(NOBODY, 'stop')
        self.assertIn('"code":"refused"', answer)
        self.assertIn(f'this is user {NOBODY}', answer)
        self.assertEqual(self.command('ping')['pid'], daemon.pid)

    def test_root_and_its_own_user_may_ask_a_daemon_of_another_user(self):
        daemon = self.start_as_nobody('--control', self.path)
        self.assertEqual(self.path.stat().st_uid, NOBODY)
        self.assertIn(f'"pid":{daemon.pid}', self.ask_as(NOBODY))
        self.assertEqual(self.command('ping')['pid'], daemon.pid)
        self.assertEqual(self.ask_as(12345), 'PermissionError')

    def test_a_daemon_that_becomes_another_user_makes_its_socket_as_that_user(self):
        folder = self.home / 'run'
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
        self.path = folder / 'control.sock'
        self.begin('--user', 'nobody')
        self.assertEqual(self.path.stat().st_uid, NOBODY)
        self.assertIn('"ok":true', self.ask_as(NOBODY))
        (self.home / 'tmp').mkdir(mode=0o777)
        (self.home / 'tmp').chmod(0o777)
        daemon = self.launch('--root', self.root, '--idle-shutdown', '0', '--listen', 'localhost:0', '--user', 'nobody',
                             environment={'TMPDIR': str(self.home / 'tmp')}).wait_ready()
        self.assertTrue((self.home / f'tmp/filesrv-{NOBODY}/{daemon.port}.sock').exists(), daemon.stderr)


class IdleExits(Punctual, ControlCase):
    @once_in_time
    def test_questions_do_not_keep_it_alive_and_silence_does_not_either(self):
        daemon = self.begin('--idle-shutdown', '0.7')
        with self.unless_late(daemon.started, 0.7):
            silent, asking = (ControlConnection(self.path) for _ in range(2))
        with silent, asking:
            while True:
                answer = asking.ask('ping')
                if answer is None:
                    break
                self.assertTrue(answer['ok'])
                self.assertLess(time.monotonic() - daemon.started, settings.patience(5))
                time.sleep(0.02)
            self.assertIsNone(silent.line())
        self.assertEqual(daemon.wait(), 0)
        self.assertGreaterEqual(time.monotonic() - daemon.started, 0.69)
        self.assertIn('leaving: no request for 0.7 s', daemon.stdout)
        self.assertFalse(self.path.exists())


class Totals(ControlCase):
    """Lifetime counters as `status` tells them: what was kept, and what this process has done since."""

    COUNTS = ('requests', 'bytes_received', 'bytes_sent', 'uploads', 'errors', 'starts')

    def setUp(self):
        super().setUp()
        self.last = dict.fromkeys(self.COUNTS, 0)
        self.state = self.home / 'state'

    def told(self):
        """The counts, none of which has fallen since they were last looked at."""
        told = control.status(self.path)['lifetime']
        for name in self.COUNTS:
            self.assertGreaterEqual(told[name], self.last[name], name)
        self.last = told
        return told

    def told_of(self, requests):
        """The counts when all that was answered has been counted: that is a moment after the answer."""
        self.eventually(lambda: self.told()['requests'] >= requests, 5, 'the count')
        self.assertEqual(self.last['requests'], requests)
        return self.last

    def kept(self):
        return json.loads((self.state / 'lifetime.json').read_text())

    def work(self, daemon, requests):
        for _ in range(requests):
            self.assertEqual(self.ask(daemon, 'PUT', '/up.txt', body=b'12345').status // 100, 2)

    def test_they_never_fall_over_many_sleeps_and_starts(self):
        file = self.home / 'filesrv.toml'
        for cycle in range(1, 21):
            file.write_text('idle_shutdown = 60\n')        # it must not leave before it has been asked, however slow we are
            daemon = self.launch('--root', self.root, '--listen', 'localhost:0', '--control', self.path,
                                 '--config', file, '--state', self.state).wait_ready()
            told = self.told()
            self.assertEqual((told['starts'], told['requests']), (cycle, (cycle - 1) * 3))
            self.work(daemon, 3)
            told = self.told_of(cycle * 3)
            self.assertEqual(told['uploads'], cycle * 3)
            file.write_text('idle_shutdown = 0.15\n')
            self.assertEqual(self.command('reload')['changed'], 'idle_shutdown')
            self.assertEqual(daemon.wait(), 0)
            self.assertIn('no request for 0.15 s', daemon.stdout)
            self.assertGreaterEqual(self.kept()['bytes_sent'], told['bytes_sent'])
            self.assertEqual(self.kept()['requests'], cycle * 3)

    def test_a_kill_takes_what_was_not_kept_and_nothing_else(self):
        daemon = self.begin('--state', self.state)
        self.work(daemon, 5)
        self.eventually(lambda: (self.state / 'lifetime.json').exists() and self.kept()['requests'] == 5, 7, 'the first write')
        self.work(daemon, 5)
        self.told_of(10)
        daemon.kill()
        self.begin('--state', self.state)
        told = control.status(self.path)['lifetime']
        self.assertEqual(told['starts'], 2)
        self.assertIn(told['requests'], (5, 10))       # 10: it was written just before

    def test_they_are_right_at_every_moment_of_a_write(self):
        daemon = self.begin('--state', self.state)
        answered = 0
        until = time.monotonic() + 2.5                  # the first write comes after a second
        with RawConnection(daemon.port) as connection:
            while time.monotonic() < until or not (self.state / 'lifetime.json').exists():
                self.assertEqual(connection.ask('GET', '/nothing').status, 404)
                answered += 1
                self.told_of(answered)

    def test_two_processes_of_one_folder_add_up_in_the_eyes_of_a_third(self):
        for _ in range(2):
            daemon = self.start('--state', self.state)
            self.work(daemon, 4)
            daemon.finish()
        self.begin('--state', self.state)
        self.assertEqual((self.told()['requests'], self.told()['starts']), (8, 3))


class Activated(ControlCase):
    """Listeners of a service manager's, under the name `control`."""

    def activate(self, *listeners, names):
        """Started as sd_listen_fds(3) has it, with these listeners from 3 on."""
        shell = 'import os, sys\nos.environ["LISTEN_PID"] = str(os.getpid())\nos.execv(sys.argv[1], sys.argv[1:])'
        numbers = [listener.fileno() for listener in listeners]
        self.assertEqual(numbers, sorted(numbers))

        def place():
            for number, fd in enumerate(numbers):
                os.dup2(fd, 100 + number)
            for number in range(len(numbers)):
                os.dup2(100 + number, 3 + number)
                os.close(100 + number)

        process = subprocess.Popen(['python3', '-c', shell, settings.DAEMON, '--root', self.root, '--idle-shutdown', '0'],
                                   env={**settings.clean_environment(self.home), 'LISTEN_FDS': str(len(numbers)), 'LISTEN_FDNAMES': names},
                                   preexec_fn=place, pass_fds=range(3, 3 + len(numbers)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.communicate()))
        return process

    def listener(self, family=socket.AF_UNIX):
        listener = socket.socket(family)
        self.addCleanup(listener.close)
        listener.bind(str(self.path) if family == socket.AF_UNIX else ('127.0.0.1', 0))
        listener.listen()
        return listener

    def test_a_socket_named_control_is_answered_on_and_left_where_it_is(self):
        http, ours = self.listener(socket.AF_INET), self.listener()
        process = self.activate(http, ours, names='http:control')
        with ControlConnection(self.path) as connection:
            told = connection.ask('status')['status']
            self.assertEqual((told['pid'], told['socket']), (process.pid, str(self.path)))
            self.assertEqual(told['listeners'], [{'address': f'127.0.0.1:{http.getsockname()[1]}', 'activated': True}])
            self.assertEqual(connection.ask('drain')['state'], 'draining')
            self.assertIn('left', connection.answer())
        self.assertEqual(process.wait(settings.patience(10)), 0)
        self.assertTrue(self.path.exists())
        self.assertEqual(list((self.home / 'runtime').iterdir()), [])

    def test_whoever_connects_while_it_sleeps_is_answered_by_the_next(self):
        http, ours = self.listener(socket.AF_INET), self.listener()
        with ControlConnection(self.path) as connection:
            connection.send('ping')
            process = self.activate(http, ours, names='http:control')
            self.assertEqual(connection.answer()['pid'], process.pid)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(settings.patience(10)), 0)

    def test_a_control_socket_that_is_no_unix_socket_is_refused(self):
        process = self.activate(self.listener(socket.AF_INET), self.listener(socket.AF_INET), names='http:control')
        self.assertEqual(process.wait(settings.patience(10)), 1)
        self.assertRegex(process.stderr.read(), r'the inherited control socket 127\.0\.0\.1:\d+ is no Unix socket')
