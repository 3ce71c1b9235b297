# SPDX-License-Identifier: MIT
"""filesrvctl doctor: each trouble is found with the command that mends it, and that command does mend it."""

import json
import shutil
import socket
import time

from support import ctl, settings
from support.case import DaemonCase, tool
from support.manager import Manager
from support.raw import RawConnection
from support.under_systemd import UnderSystemd


def codes(done):
    return [finding['code'] for finding in json.loads(done.stdout)['findings']]


class ByHand(DaemonCase):
    def doctor(self, status):
        done = ctl.run(self.home, '--socket', self.home / 'control.sock', '--json', 'doctor')
        self.assertEqual((done.returncode, done.stderr), (status, ''), done)
        return done

    def test_a_healthy_daemon_has_nothing_wrong(self):
        self.start('--control', self.home / 'control.sock')
        self.assertEqual(codes(self.doctor(0)), [])
        text = ctl.run(self.home, '--socket', self.home / 'control.sock', 'doctor')
        self.assertEqual((text.returncode, text.stdout), (0, 'nothing is wrong (looked at 1 daemon)\n'))

    def test_a_keep_alive_above_the_idle_time_and_too_many_connections_are_found(self):
        self.start('--control', self.home / 'control.sock', '--idle-shutdown', '10', '--max-connections', '1000000000')
        self.assertEqual(codes(self.doctor(1)), ['descriptors', 'keep_alive'])

    def test_a_socket_that_was_left_behind_is_found(self):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(self.home / 'control.sock'))
        done = self.doctor(1)
        self.assertEqual(codes(done), ['stale_socket', 'nobody'])
        self.assertEqual(json.loads(done.stdout)['findings'][0]['mend'], f'rm {self.home}/control.sock')

    def test_nobody_is_told_to_remove_what_is_no_socket(self):
        (self.home / 'control.sock').write_text('a file of somebody else')
        done = self.doctor(1)
        self.assertEqual(codes(done), ['no_answer', 'nobody'])
        self.assertNotIn('rm ', done.stdout)

    def test_where_nobody_is_that_is_said(self):
        done = ctl.run(self.home, '--socket', self.home / 'control.sock', 'doctor')
        self.assertEqual(done.returncode, 1)
        self.assertIn('nobody', done.stdout)


class Units(UnderSystemd):
    def boot_with(self, **how):
        tool('systemctl')
        self.manager = Manager(self.home, **how)
        shutil.copy(settings.CTL, self.manager.folder / 'root/opt/filesrvctl')
        self.manager.boot()
        self.addCleanup(self.manager.stop)

    def doctor(self):
        """{code: finding}"""
        done = self.manager.run('/opt/filesrvctl', '--json', 'doctor', check=False)
        found = json.loads(done.stdout)['findings']
        self.assertEqual(done.returncode, 1 if found else 0, done)
        return {finding['code']: finding for finding in found}

    def test_asleep_and_awake_nothing_is_wrong_and_asking_wakes_nobody(self):
        self.boot_with()
        self.assertEqual(list(self.doctor()), ['stopped'])
        self.manager.run('sh', '-c', self.doctor()['stopped']['mend'])
        self.assertEqual(self.doctor(), {})
        self.assertEqual(self.state(), 'inactive')
        self.assertEqual(self.ask_port('GET', '/').status, 200)
        self.assertEqual(self.doctor(), {})
        self.assertEqual(self.state(), 'active')

    def test_a_taken_port_is_found_with_who_has_it(self):
        self.boot_with()
        with socket.socket() as other:
            other.bind(('127.0.0.1', self.manager.port))
            other.listen()
            self.manager.run('systemctl', 'start', 'filesrv.socket', check=False)
            found = self.doctor()
        self.assertEqual(list(found), ['port_taken'])
        self.assertIn(f'127.0.0.1:{self.manager.port} is taken by ', found['port_taken']['what'])

    def test_a_socket_that_was_triggered_too_often_is_mended_by_what_is_said(self):
        self.boot_with(drop_ins=[
            ('filesrv.socket', 'limit', '[Socket]\nTriggerLimitIntervalSec=60\nTriggerLimitBurst=1\n'),
            ('filesrv.service', 'wrong', '[Service]\nRestart=no\nExecStart=\nExecStart=/bin/false\n')])
        self.manager.run('systemctl', 'start', 'filesrv.socket')
        deadline = time.monotonic() + settings.patience(15)
        while self.manager.show('ActiveState', unit='filesrv.socket')['ActiveState'] != 'failed':
            self.assertLess(time.monotonic(), deadline, 'the socket never failed')
            try:
                RawConnection(self.manager.port).close()
            except OSError:
                pass
            time.sleep(0.05)
        found = self.doctor()
        self.assertIn('trigger_limit', found)
        self.manager.run('sh', '-c', found['trigger_limit']['mend'])
        self.assertEqual(self.manager.show('ActiveState', unit='filesrv.socket')['ActiveState'], 'active')

    def test_what_is_wrong_in_the_files_is_found(self):
        self.boot_with(configuration='timeout_max = 90\nmax_connections = 900000\n',
                       drop_ins=[('filesrv.service', 'root', '[Service]\nExecStart=\nExecStart=/opt/filesrvd --config /etc/filesrv/filesrv.toml --root /srv\n')])
        self.manager.run('systemctl', 'start', 'filesrv.socket')
        self.assertEqual(sorted(self.doctor()), ['descriptors', 'keep_alive', 'root_fenced'])
        self.manager.run('sh', '-c', 'echo "no_such = 1" >>/etc/filesrv/filesrv.toml')
        self.manager.run('sh', '-c', 'printf "[Service]\\nUMask=0027\\n" >/etc/systemd/system/filesrv.service.d/more.conf')
        found = self.doctor()
        self.assertEqual(sorted(found), ['configuration', 'units_changed'])
        self.assertIn('no_such', found['configuration']['what'])
        self.manager.run('sh', '-c', found['units_changed']['mend'])
        self.assertEqual(list(self.doctor()), ['configuration'])
