# SPDX-License-Identifier: MIT
"""The shipped units under a real systemd: activation, idle exits, failures, confinement."""

import threading
import time

from support import settings
from support.case import DaemonCase, tool
from support.manager import Manager
from support.raw import FramingError, RawConnection, request


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
