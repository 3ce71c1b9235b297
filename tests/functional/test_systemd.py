# SPDX-License-Identifier: MIT
"""The shipped units under a real systemd: activation, idle exits, failures, confinement."""

import os
import json
import threading
import time

from support import settings
from support.case import DaemonCase, tool
from support.manager import Manager
from support.raw import FramingError, RawConnection, request
from support.steady import Crowd


class UnderSystemd(DaemonCase):
    timeout = 120.0

    def setUp(self):
        super().setUp()
        if settings.SLOW > 1:
            self.skipTest('the units confine a plain build')

    def boot(self, *options, **how):
        tool('systemctl')
        self.manager = Manager(self.home, ' '.join(map(str, options)), **how)
        self.manager.boot()
        self.addCleanup(self.manager.stop)
        self.manager.run('systemctl', 'start', 'filesrv.socket')
        return self.manager

    def ask_port(self, method, target, *fields, **how):
        with RawConnection(self.manager.port) as connection:
            return connection.ask(method, target, *fields, **how)

    def state(self):
        return self.manager.show('ActiveState')['ActiveState']

    def assert_socket_is_healthy(self):
        self.assertEqual(self.manager.show('ActiveState', 'Result', unit='filesrv.socket'),
                         {'ActiveState': 'active', 'Result': 'success'})


class Activation(UnderSystemd):
    def test_the_first_connection_starts_it_and_it_leaves_by_itself(self):
        self.boot('--idle-shutdown', 1)
        self.assertEqual(self.state(), 'inactive')
        self.assertEqual(self.ask_port('PUT', '/a/b.txt', body=b'stored').status, 201)
        self.assertEqual(self.state(), 'active')
        self.eventually(lambda: self.state() == 'inactive', 5, 'the idle exit')
        self.assertEqual(self.manager.show('Result')['Result'], 'success')
        self.assert_socket_is_healthy()
        self.assertEqual(self.ask_port('GET', '/a/b.txt').body, b'stored')
        self.assertIn('leaving: no request for 1 s', self.manager.journal())

    def test_totals_and_cold_starts_are_kept_over_idle_exits(self):
        manager = self.boot('--idle-shutdown', 0.2)
        for _ in range(3):
            self.assertEqual(self.ask_port('GET', '/').status, 200)
            self.eventually(lambda: self.state() == 'inactive', 5, 'the idle exit')
        kept = json.loads(manager.run('cat', '/var/lib/filesrv/state/lifetime.json').stdout)
        self.assertEqual((kept['starts'], kept['requests'], kept['cold_starts']['count']), (3, 3, 3))
        self.assertEqual(kept['last_exit']['reason'], 'leaving: no request for 0.2 s')
        self.assertRegex(manager.journal(), r'leaving: .*; the first byte went out \d+ µs after the start')
        settings.say(f'cold starts: {kept["cold_starts"]}')

    def test_the_journal_gets_fields(self):
        manager = self.boot()
        self.assertEqual(self.ask_port('GET', '/not%20there?x=\"y\"').status, 404)
        manager.run('systemctl', 'reload', 'filesrv.service')
        manager.run('systemctl', 'stop', 'filesrv.service')
        told = manager.run('journalctl', '--no-pager', '-o', 'json', '-u', 'filesrv.service').stdout
        entries = [json.loads(line) for line in told.splitlines()]
        asked = next(entry for entry in entries if 'FILESRV_TARGET' in entry)
        self.assertEqual((asked['FILESRV_METHOD'], asked['FILESRV_TARGET'], asked['FILESRV_STATUS'], asked['PRIORITY']),
                         ('GET', '/not%20there?x=\\"y\\"', '404', '6'))
        self.assertIn(asked['FILESRV_CLIENT'], ('127.0.0.1', '::1'))
        self.assertRegex(asked['MESSAGE'], '^404 GET /not%20there')
        by_kind = {entry.get('MESSAGE_ID'): entry['MESSAGE'] for entry in entries if entry.get('_COMM') == 'filesrvd'}
        self.assertTrue({'serving', 'leaving:', 'reload:'} <= {line.split()[0] for kind, line in by_kind.items() if kind}, by_kind)

    def test_a_wrong_configuration_is_told_and_leaves_the_socket_healthy(self):
        self.boot(configuration='idle_shutdwon = 5\n')
        # Whoever waits in the socket's queue starts it again each second, until somebody mends the file.
        with RawConnection(self.manager.port) as connection:
            connection.send(request('GET', '/'))
            self.eventually(lambda: 'status=2' in self.manager.journal(), 10, 'the failure')
            time.sleep(settings.counted(2, 12))
        self.assert_socket_is_healthy()
        status = self.manager.run('systemctl', 'status', '--no-pager', 'filesrv', check=False).stdout
        self.assertIn('filesrv.toml:1: idle_shutdwon: unknown key; the nearest known one is idle_shutdown', status)
        self.manager.run('sh', '-c', 'echo idle_shutdown = 5 > /etc/filesrv/filesrv.toml')
        self.assertEqual(self.ask_port('GET', '/').status, 200)

    def test_rapid_idle_exits_leave_the_socket_healthy(self):
        self.boot('--idle-shutdown', 0.05)
        processes = set()
        for _ in range(settings.counted(30, 200)):
            self.assertEqual(self.ask_port('GET', '/').status, 200)
            processes.add(self.manager.show('ExecMainPID')['ExecMainPID'])
            self.eventually(lambda: self.state() == 'inactive', 5, 'the idle exit')
        self.assertGreaterEqual(len(processes), 30)
        self.assert_socket_is_healthy()

    def test_units_verify_silently_and_are_confined(self):
        manager = self.boot()
        said = manager.run('systemd-analyze', 'verify', '--man=no', 'filesrv.service', 'filesrv.socket', 'filesrv@8081.service',
                           'filesrv@8081.socket')
        self.assertEqual(said.stdout + said.stderr, '')
        for unit in ('filesrv.service', 'filesrv@8081.service'):
            manager.run('systemd-analyze', 'security', '--offline=1', '--threshold=5',
                        f'/etc/systemd/system/{unit.replace("8081", "")}')

    def test_the_service_confines_itself_further(self):
        manager = self.boot()
        self.assertEqual(self.ask_port('GET', '/').status, 200)
        self.assertNotIn('sandbox:', manager.journal())     # what it could not do it would say
        status = manager.run('cat', f'/proc/{manager.show("MainPID")["MainPID"]}/status').stdout
        self.assertIn('NoNewPrivs:\t1', status)

    def test_the_service_can_open_no_connection(self):
        manager = self.boot()
        self.assertEqual(self.ask_port('GET', '/').status, 200)
        pid = manager.show('MainPID')['MainPID']
        links = manager.run('nsenter', '-t', pid, '-n', 'cat', '/proc/net/dev').stdout
        self.assertEqual([line.split(':')[0].strip() for line in links.splitlines()[2:]], ['lo'])
        probe = '[Service]\nExecStart=\nExecStart=/usr/bin/python3 -c "import socket; socket.socket()"\nType=oneshot\nRestart=no\n'
        manager.run('mkdir', '-p', '/etc/systemd/system/probe.service.d')
        manager.run('cp', '/etc/systemd/system/filesrv.service', '/etc/systemd/system/probe.service')
        manager.run('sh', '-c', f"printf '%s' '{probe}' > /etc/systemd/system/probe.service.d/probe.conf")
        manager.run('systemctl', 'daemon-reload')
        self.assertNotEqual(manager.run('systemctl', 'start', 'probe', check=False).returncode, 0)
        self.assertIn('not supported', manager.run('journalctl', '--no-pager', '-o', 'cat', '-u', 'probe').stdout)


class Watched(UnderSystemd):
    """The manager's watchdog: a kill and a restart for a daemon that can do nothing any more, and for no other."""

    def watched(self, *options, faults):
        environment = ' '.join(f'{name}={value}' for name, value in faults.items())
        drop_in = f'[Service]\nEnvironment={environment}\nWatchdogSec=2s\nWatchdogSignal=SIGKILL\n'
        manager = self.boot(*options, program=settings.FAULTS, drop_ins=[('filesrv.service', 'watchdog', drop_in)])
        self.ask_port('PUT', '/a.txt', body=b'alpha')
        return manager

    def ask_and_leave(self, target):
        connection = RawConnection(self.manager.port)
        self.connections.append(connection)
        connection.send(request('GET', target))

    def restarts(self):
        return int(self.manager.show('NRestarts')['NRestarts'])

    def test_a_reactor_that_hangs_is_killed_and_the_service_restarted(self):
        manager = self.watched(faults={})
        manager.run('kill', '-STOP', manager.show('MainPID')['MainPID'])
        self.eventually(lambda: self.restarts() == 1, 10, 'the restart')
        self.assertEqual(self.ask_port('GET', '/a.txt').body, b'alpha')
        self.assert_socket_is_healthy()

    def test_one_stuck_worker_is_shown_and_all_stuck_are_killed(self):
        self.watched('--workers', '1:2', faults={'FILESRV_TEST_SLOW_OPEN': 'slow:60'})
        self.ask_and_leave('/slow-1')
        self.eventually(lambda: '1 worker stuck' in self.manager.show('StatusText')['StatusText'], 10, 'the status')
        time.sleep(3)
        self.assertEqual(self.restarts(), 0)
        self.assertIn('worker-1 is stuck', self.manager.journal())
        self.ask_and_leave('/slow-2')
        self.eventually(lambda: self.restarts() == 1, 15, 'the restart')
        self.assertIn('every worker is stuck', self.manager.journal())
        self.assertEqual(self.ask_port('GET', '/a.txt').body, b'alpha')

    def test_a_failed_start_is_told_with_its_error(self):
        manager = self.boot('--access-log', 'common:/does/not/exist')
        manager.run('systemctl', 'start', 'filesrv.service', check=False)
        told = manager.show('StatusText', 'StatusErrno')
        self.assertEqual(told['StatusErrno'], '2')
        self.assertIn('cannot write the access log: ', told['StatusText'])


class IdleExits(UnderSystemd):
    """Nobody who comes at the moment of an idle exit is lost."""

    def spaced(self, count, ask):
        """Calls `ask` every 90–120 ms, so that each meets the daemon about to leave; how many processes served."""
        processes = set()
        for number in range(count):
            time.sleep(0.09 + 0.03 * (number * 7 % 31) / 31)
            ask(number)
            if number % 3 == 0:
                processes.add(self.manager.show('ExecMainPID')['ExecMainPID'])
        return processes

    def test_no_request_is_lost_over_idle_exits(self):
        self.boot('--idle-shutdown', 0.1)
        self.ask_port('PUT', '/a.txt', body=b'alpha')
        wrong = []

        def ask(number):
            try:
                answer = self.ask_port('GET', '/a.txt')
                if answer.body != b'alpha':
                    wrong.append((number, answer))
            except (OSError, FramingError) as error:
                wrong.append((number, error))

        count = settings.counted(100, 3000)
        processes = self.spaced(count, ask)
        self.assertEqual(wrong, [])
        settings.say(f'{count} requests, {len(processes)} processes seen at every third')
        self.assertGreaterEqual(len(processes), count // 3 // 2)
        self.assert_socket_is_healthy()

    def test_bursts_and_pipelined_pairs_are_not_lost_either(self):
        self.boot('--idle-shutdown', 0.1)
        self.ask_port('PUT', '/a.txt', body=b'alpha')
        wrong = []

        def pair(barrier):
            try:
                barrier.wait(10)
                with RawConnection(self.manager.port) as connection:
                    connection.send(request('GET', '/a.txt') * 2)
                    bodies = [connection.read_response().body for _ in range(2)]
                    if bodies != [b'alpha'] * 2:
                        wrong.append(bodies)
            except (OSError, FramingError, threading.BrokenBarrierError) as error:
                wrong.append(error)

        def burst(_number):
            barrier = threading.Barrier(20)
            clients = [threading.Thread(target=pair, args=(barrier,)) for _ in range(20)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()

        self.spaced(settings.counted(20, 300), burst)
        self.assertEqual(wrong, [])
        self.assert_socket_is_healthy()


class Restarts(UnderSystemd):
    def test_requests_wait_during_a_restart_and_none_fails(self):
        self.boot()
        self.ask_port('PUT', '/a.txt', body=b'alpha')
        stop, wrong, done = threading.Event(), [], []

        def client():
            while not stop.is_set():
                try:
                    answer = self.ask_port('GET', '/a.txt')
                    if answer.body != b'alpha':
                        wrong.append(answer)
                    done.append(answer.status)
                except (OSError, FramingError) as error:
                    wrong.append(error)

        clients = [threading.Thread(target=client) for _ in range(4)]
        for one in clients:
            one.start()
        for _ in range(settings.counted(5, 50)):
            self.manager.run('systemctl', 'restart', 'filesrv.service')
            time.sleep(0.1)
        stop.set()
        for one in clients:
            one.join()
        self.assertEqual(wrong, [])
        self.assertGreater(len(done), 20)
        self.assert_socket_is_healthy()


class Replacements(UnderSystemd):
    timeout = 240.0

    def main_pid(self):
        return int(self.manager.show('MainPID')['MainPID'])

    def replace(self):
        before = self.main_pid()
        self.manager.run('kill', '-USR2', before)
        self.eventually(lambda: self.main_pid() != before, 10, 'another main process')
        return self.main_pid()

    def processes(self):
        """Those of the service's control group, which goes with the last of them."""
        group = self.manager.show('ControlGroup')['ControlGroup']
        if not group:
            return []
        return self.manager.run('cat', f'/sys/fs/cgroup{group}/cgroup.procs', check=False).stdout.split()

    def assert_said_nothing_wrong(self):
        # What a process that is not the main one says is refused with a line of the manager's.
        said = self.manager.run('journalctl', '--no-pager', '-o', 'cat').stdout
        self.assertNotIn('reception only permitted', said)
        self.assertNotIn('Killing process', said)
        self.assertNotIn('not our child', said)

    def test_no_request_is_lost_and_the_manager_follows(self):
        content = os.urandom(100_000)
        self.boot(drop_ins=[('filesrv.service', 'watched', '[Service]\nWatchdogSec=2s\n')])
        self.ask_port('PUT', '/served.bin', body=content)
        pids = {self.main_pid()}
        with Crowd(self.manager.port, content) as crowd:
            for _ in range(settings.counted(10, 50)):
                before = crowd.total('answered')
                pids.add(self.replace())
                self.eventually(lambda: crowd.total('answered') > before + 20, 10, 'answers of the successor')
            time.sleep(1.5)      # whoever thinks meets the end of a connection
        settings.say(f'{crowd.total("answered")} answers, {crowd.total("repeated")} repeated, {len(pids)} processes')
        self.assertEqual(crowd.notes(), [])
        self.eventually(lambda: len(self.processes()) == 2, 5, 'the end of the predecessors')
        shown = self.manager.show('ActiveState', 'SubState', 'NRestarts')
        self.assertEqual(shown, {'ActiveState': 'active', 'SubState': 'running', 'NRestarts': '0'})
        self.assertIn(str(self.main_pid()), self.processes())
        time.sleep(3)  # the watchdog hears the last of the line
        self.assertEqual(self.state(), 'active')
        self.manager.run('systemctl', 'stop', 'filesrv.service')
        self.assertEqual(self.manager.show('ActiveState', 'Result'), {'ActiveState': 'inactive', 'Result': 'success'})
        self.assertEqual(self.processes(), [])
        self.assert_said_nothing_wrong()
        self.assert_socket_is_healthy()
        self.assertEqual(self.ask_port('GET', '/served.bin').body, content)

    def test_a_long_download_outlives_a_replacement_and_holds_the_idle_exit_back(self):
        content = os.urandom(4 << 20)
        self.boot('--idle-shutdown', 0.3)
        self.ask_port('PUT', '/big.bin', body=content)
        with RawConnection(self.manager.port, receive_buffer=8192) as connection:
            connection.send(request('GET', '/big.bin'))
            connection.read_head()
            self.replace()
            time.sleep(1)
            self.assertEqual(self.state(), 'active')
            self.assertEqual(connection.read_until_close(20), (content, 'fin'))
        self.eventually(lambda: self.state() == 'inactive', 5, 'the idle exit')
        self.assertEqual(self.manager.show('Result')['Result'], 'success')
        self.assert_said_nothing_wrong()
        self.assertEqual(self.ask_port('GET', '/big.bin').body, content)

    def test_stopping_lets_the_predecessor_finish_too(self):
        content = os.urandom(2 << 20)
        self.boot()
        self.ask_port('PUT', '/big.bin', body=content)
        with RawConnection(self.manager.port, receive_buffer=8192) as connection:
            connection.send(request('GET', '/big.bin'))
            connection.read_head()
            self.replace()
            self.manager.run('systemctl', 'stop', '--no-block', 'filesrv.service')
            time.sleep(0.5)
            self.assertEqual(self.state(), 'deactivating')
            self.assertEqual(connection.read_until_close(20), (content, 'fin'))
        self.eventually(lambda: self.state() == 'inactive', 10, 'the end')
        self.assertEqual(self.manager.show('Result')['Result'], 'success')
        self.assert_said_nothing_wrong()

    def test_a_successor_that_cannot_start_leaves_the_main_process_serving(self):
        self.boot(configuration='idle_shutdown = 60\n')
        self.ask_port('PUT', '/a.txt', body=b'alpha')
        before = self.main_pid()
        self.manager.run('sh', '-c', 'echo idle_shutdwon = 5 > /etc/filesrv/filesrv.toml')
        self.manager.run('kill', '-USR2', before)
        self.eventually(lambda: f'replacement failed, process {before} serves on: ' in self.manager.journal(), 10, 'the refusal')
        self.assertEqual(self.main_pid(), before)
        self.assertEqual(self.ask_port('GET', '/a.txt').body, b'alpha')
        self.manager.run('sh', '-c', 'echo idle_shutdown = 50 > /etc/filesrv/filesrv.toml')
        self.assertNotEqual(self.replace(), before)
        self.assertEqual(self.ask_port('GET', '/a.txt').body, b'alpha')
        self.assert_said_nothing_wrong()
