# SPDX-License-Identifier: MIT
"""The shipped units under a real systemd: activation, failures, the watchdog, confinement."""

import json
import os
import subprocess
import sys
import time

from support import settings
from support.raw import RawConnection, request
from support.under_systemd import UnderSystemd

# Asks for one thing on one connection without a pause, and looks at no byte of the answers.
TAKE_ALL = """
import select, socket, sys, time
port, seconds, target, pipelined = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], int(sys.argv[4])
batch = f'GET {target} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n'.encode() * pipelined
end, room, rest = time.monotonic() + seconds, bytearray(1 << 20), b''
with socket.create_connection(('127.0.0.1', port)) as server:
    server.setblocking(False)
    while time.monotonic() < end:
        rest = rest or batch
        readable, writable, _ = select.select([server], [server], [], 1)
        if writable:
            rest = rest[server.send(rest):]
        if readable and not server.recv_into(room):
            sys.exit('the connection ended')
"""


class Activation(UnderSystemd):
    def test_the_first_connection_starts_it_and_it_leaves_by_itself(self):
        self.boot('--idle-shutdown', 3)
        self.assertEqual(self.state(), 'inactive')
        self.assertEqual(self.ask_port('PUT', '/a/b.txt', body=b'stored').status, 201)
        self.assertEqual(self.state(), 'active')
        self.eventually(lambda: self.state() == 'inactive', 5, 'the idle exit')
        self.assertEqual(self.manager.show('Result')['Result'], 'success')
        self.assert_socket_is_healthy()
        self.assertEqual(self.ask_port('GET', '/a/b.txt').body, b'stored')
        self.assertIn('leaving: no request for 3 s', self.manager.journal())

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

    def test_the_service_is_told_of_folders_that_move(self):
        manager = self.boot()
        self.assertEqual(self.ask_port('PUT', '/a/b.txt', body=b'stored').status, 201)
        kind = manager.run('stat', '-f', '-c', '%T', '/var/lib/filesrv/files').stdout.strip()
        if kind not in ('ext2/ext3', 'xfs', 'btrfs', 'f2fs', 'tmpfs'):
            self.skipTest(f'{kind} tells nobody')
        main = manager.show('ExecMainPID')['ExecMainPID']

        def is_watched():
            self.assertEqual(self.ask_port('GET', '/a/b.txt').body, b'stored')
            # Without its status: a descriptor may be closed before it is read.
            return 'inotify wd:' in manager.run('sh', '-c', f'cat /proc/{main}/fdinfo/*', check=False).stdout
        self.eventually(is_watched, 5, 'a watch on the folder')

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
        drop_in = f'[Service]\nEnvironment={environment}\nWatchdogSec=4s\nWatchdogSignal=SIGKILL\n'
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
        time.sleep(5)
        self.assertEqual(self.restarts(), 0)
        self.assertIn('worker-1 is stuck', self.manager.journal())
        self.ask_and_leave('/slow-2')
        self.eventually(lambda: self.restarts() == 1, 15, 'the restart')
        self.assertIn('every worker is stuck', self.manager.journal())
        self.assertEqual(self.ask_port('GET', '/a.txt').body, b'alpha')

    def test_a_daemon_that_is_merely_busy_is_left_alone(self):
        """Whole files and pipelined requests, as fast as several processes take them."""
        manager = self.boot(drop_ins=[('filesrv.service', 'watchdog', '[Service]\nWatchdogSec=3s\nWatchdogSignal=SIGKILL\n')])
        self.ask_port('PUT', '/big.bin', body=bytes(8 << 20))
        pid = manager.show('MainPID')['MainPID']
        before, spent, seconds, rounds = self.processor_seconds(pid), 0, settings.counted(5, 30), 0
        while spent < seconds / 4 and rounds < 10:       # else it was not busy, on a machine that others keep so
            self.take_all(seconds)
            spent = self.processor_seconds(pid) - before
            rounds += 1
        settings.say(f'{spent:.1f} s of a processor in {rounds * seconds} s')
        self.assertGreaterEqual(spent, seconds / 4)
        self.assertEqual((self.restarts(), manager.show('MainPID')['MainPID']), (0, pid))

    def take_all(self, seconds):
        loads = [subprocess.Popen([sys.executable, '-c', TAKE_ALL, str(self.manager.port), str(seconds), target, str(pipelined)])
                 for target, pipelined in (('/big.bin', 1), ('/big.bin', 1), ('/', 200), ('/none', 200))]
        self.assertEqual([load.wait(seconds + 60) for load in loads], [0] * len(loads))

    def processor_seconds(self, pid):
        fields = self.manager.run('cat', f'/proc/{pid}/stat').stdout.rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def test_a_failed_start_is_told_with_its_error(self):
        manager = self.boot('--access-log', 'common:/does/not/exist')
        manager.run('systemctl', 'start', 'filesrv.service', check=False)

        def is_told():      # each new attempt begins without
            told = manager.show('StatusText', 'StatusErrno')
            return told['StatusErrno'] == '2' and 'cannot write the access log: ' in told['StatusText']
        self.eventually(is_told, 30, 'the error of a start that failed')
