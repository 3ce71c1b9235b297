# SPDX-License-Identifier: MIT
"""Restarts, reloads and replacements of the shipped units under a real systemd, and under load: nobody is lost."""

import os
import time

from support import settings
from support.raw import RawConnection, request
from support.steady import Crowd
from support.transfers import SlowTransfers
from support.under_systemd import UnderSystemd


class Restarts(UnderSystemd):
    timeout = 300.0

    def crowded(self, what, count):
        """Calls `what` so many times while a crowd asks; each time the crowd must have gone on before the next."""
        content = os.urandom(100_000)
        self.assertEqual(self.ask_port('PUT', '/served.bin', body=content).status, 201)
        with Crowd(self.manager.port, content) as crowd:
            for number in range(count):
                before = crowd.total('answered')
                what(number)
                self.eventually(lambda: crowd.total('answered') > before + 20, 10, 'further answers')
            time.sleep(1.5)      # whoever thinks meets the end of a connection
        settings.say(f'{crowd.total("answered")} answers, {crowd.total("repeated")} repeated, {len(crowd.notes())} failed')
        self.assertEqual(crowd.notes(), [])
        self.assert_socket_is_healthy()

    def test_no_request_is_lost_over_restarts(self):
        manager = self.boot()
        count = settings.counted(4, 50)
        self.crowded(lambda _: manager.run('systemctl', 'restart', 'filesrv.service'), count)
        manager.run('systemctl', 'stop', 'filesrv.service')
        self.assertEqual(self.kept()['starts'], count + 1)

    def test_no_request_is_lost_over_reloads(self):
        manager = self.boot(configuration='stall_timeout = 60\n')
        self.assertEqual(self.ask_port('GET', '/').status, 200)
        before = self.main_pid()

        def reload(number):
            manager.run('sh', '-c', f'echo stall_timeout = {70 + number} > /etc/filesrv/filesrv.toml')
            manager.run('systemctl', 'reload', 'filesrv.service')
            # Signals that come before the first is looked at are one to the kernel, so each waits for its line.
            self.eventually(lambda: told() == number + 1, 30, 'the line for the change')

        def told():
            changed = ('journalctl', '--no-pager', '-o', 'cat', '-g', 'in force now: stall_timeout')
            return len(manager.run(*changed, check=False).stdout.splitlines())

        count = settings.counted(10, 50)
        self.crowded(reload, count)
        self.assertEqual(self.main_pid(), before)
        self.assertEqual(told(), count)


class Replacements(UnderSystemd):
    timeout = 300.0

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
        self.boot(drop_ins=[('filesrv.service', 'watched', '[Service]\nWatchdogSec=4s\n')])
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
        time.sleep(5)  # the watchdog hears the last of the line
        self.assertEqual(self.state(), 'active')
        self.manager.run('systemctl', 'stop', 'filesrv.service')
        self.assertEqual(self.manager.show('ActiveState', 'Result'), {'ActiveState': 'inactive', 'Result': 'success'})
        self.assertEqual(self.processes(), [])
        self.assert_said_nothing_wrong()
        self.assert_socket_is_healthy()
        self.assertEqual(self.ask_port('GET', '/served.bin').body, content)

    def test_transfers_that_span_replacements_are_identical(self):
        seconds, count = settings.counted(3, 30), settings.counted(4, 10)
        content = os.urandom(12 << 20)
        self.boot()
        self.ask_port('PUT', '/big.bin', body=content)
        pids = {self.main_pid()}
        with SlowTransfers(self.manager.port, content, seconds) as transfers:
            for _ in range(count):
                time.sleep(seconds / (count + 2))
                pids.add(self.replace())
            self.eventually(lambda: len(self.processes()) == count + 2, what="each of them, and the last one's starter")
        self.assertEqual(transfers.notes, [])
        self.assertEqual(len(pids), count + 1)
        self.assertEqual(self.ask_port('GET', '/up.bin').body, content)
        self.assert_said_nothing_wrong()

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
            self.assertEqual(connection.read_until_close(settings.patience(20)), (content, 'fin'))
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
            self.eventually(lambda: self.state() == 'deactivating', what='the stop')
            self.assertEqual(connection.read_until_close(settings.patience(20)), (content, 'fin'))
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
