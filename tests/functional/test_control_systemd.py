# SPDX-License-Identifier: MIT
"""The control socket of the shipped, confined service, and one that a service manager holds."""

import os
import pathlib
import stat
import time

from support import control, kernel, settings
from support.case import DaemonCase, tool
from support.control import ControlConnection
from support.manager import Manager
from support.raw import RawConnection

CONTROL_UNIT = '''[Unit]
Description=control socket held by the manager
[Socket]
ListenStream=/run/held.sock
SocketMode=0600
FileDescriptorName=control
Service=filesrv.service
TriggerLimitIntervalSec=0
'''


class UnderSystemd(DaemonCase):
    timeout = 120.0

    def boot(self, *options, **how):
        if settings.SLOW > 1:
            self.skipTest('the units confine a plain build')
        tool('systemctl')
        self.manager = Manager(self.home, ' '.join(map(str, options)), **how)
        self.manager.boot()
        self.addCleanup(self.manager.stop)
        self.manager.run('systemctl', 'start', 'filesrv.socket')
        self.path = self.inside('/run/filesrv/control.sock')

    def inside(self, path):
        """A path of the manager's as we see it."""
        return pathlib.Path(f'/proc/{self.manager.leader}/root{path}')

    def get(self):
        with RawConnection(self.manager.port) as connection:
            return connection.ask('GET', '/')

    def state(self):
        return self.manager.show('ActiveState')['ActiveState']

    def test_root_asks_the_confined_service_and_does_not_keep_it_awake(self):
        self.boot('--idle-shutdown', 2)
        self.assertFalse(self.path.exists())
        self.assertEqual(self.get().status, 200)
        self.assertEqual((stat.S_IMODE(self.path.stat().st_mode), stat.S_IMODE(self.path.parent.stat().st_mode)), (0o600, 0o700))
        began = time.monotonic()
        with ControlConnection(self.path) as connection:
            self.eventually(lambda: connection.ask('status')['status']['cold_start_ms'], 5, 'the note of the first byte')
            told = connection.ask('status')['status']
            self.assertEqual((told['root'], told['state_dir']), ('/var/lib/private/filesrv/files', '/var/lib/filesrv/state'))
            self.assertEqual((told['socket'], told['lifetime']['starts']), ('/run/filesrv/control.sock', 1))
            self.assertTrue(all(one['activated'] for one in told['listeners']))
            self.assertGreater(told['memory_bytes'], 1 << 20)
            self.assertGreater(told['cold_start_ms'], 0)
            while connection.ask('ping') is not None:
                self.assertLess(time.monotonic() - began, settings.patience(10))
                time.sleep(0.05)
        self.eventually(lambda: self.state() == 'inactive', 5, 'the end')
        self.assertFalse(self.path.exists())
        self.assertEqual(self.manager.show('ActiveState', unit='filesrv.socket')['ActiveState'], 'active')
        self.assertEqual(self.get().status, 200)
        self.assertEqual(control.status(self.path)['lifetime']['starts'], 2)

    def assert_trusts(self, target):
        """That it comes to answer without a look at the file."""
        def is_trusted():
            before = control.status(self.path)['cache']['trusted']
            with RawConnection(self.manager.port) as connection:
                for _ in range(40):
                    self.assertEqual(connection.ask('GET', target).body, b'stored')
            return control.status(self.path)['cache']['trusted'] > before
        self.eventually(is_trusted, 5, 'trust')

    def test_the_confined_service_trusts_what_it_is_told_of_and_so_does_its_successor(self):
        self.boot()
        with RawConnection(self.manager.port) as connection:
            self.assertEqual(connection.ask('PUT', '/a/b.txt', body=b'stored').status, 201)
        kind = self.manager.run('stat', '-f', '-c', '%T', '/var/lib/filesrv/files').stdout.strip()
        if kind not in kernel.TELLING:
            self.skipTest(f'{kind} tells nobody')
        self.assert_trusts('/a/b.txt')
        before = self.manager.show('MainPID')['MainPID']
        self.assertTrue(control.ask(self.path, 'upgrade')['ok'])
        self.eventually(lambda: self.manager.show('MainPID')['MainPID'] not in (before, '0'), 5, 'the new main process')
        self.assert_trusts('/a/b.txt')

    def test_it_is_reloaded_replaced_and_drained_by_asking(self):
        self.boot()
        self.assertEqual(self.get().status, 200)
        self.assertTrue(control.ask(self.path, 'reload')['ok'])
        before = self.manager.show('MainPID')['MainPID']
        self.assertTrue(control.ask(self.path, 'upgrade')['ok'])
        self.eventually(lambda: self.manager.show('MainPID')['MainPID'] not in (before, '0'), 5, 'the new main process')
        self.assertEqual(self.get().status, 200)
        with ControlConnection(self.path) as connection:
            self.assertEqual(connection.ask('status')['status']['lifetime']['starts'], 2)
            self.assertEqual(connection.ask('drain')['state'], 'draining')
            self.assertIn('asked to', connection.answer()['left'])
        self.eventually(lambda: self.state() == 'inactive', 5, 'the end')
        self.assertEqual(self.manager.show('Result')['Result'], 'success')
        self.assertEqual(self.get().status, 200)

    def test_a_socket_that_the_manager_holds_wakes_the_service_and_stays(self):
        self.boot('--idle-shutdown', 2)
        self.inside('/etc/systemd/system/filesrv-control.socket').write_text(CONTROL_UNIT)
        self.manager.run('systemctl', 'daemon-reload')
        self.manager.run('systemctl', 'start', 'filesrv-control.socket')
        held = self.inside('/run/held.sock')
        inode = os.stat(held).st_ino
        for starts in (1, 2):
            self.assertEqual(self.state(), 'inactive')
            told = control.status(held)
            self.assertEqual((told['socket'], told['lifetime']['starts']), ('/run/held.sock', starts))
            self.assertEqual(len(told['listeners']), 2)
            self.assertFalse(self.path.exists())
            self.eventually(lambda: self.state() == 'inactive', 5, 'the end')
            self.assertEqual(os.stat(held).st_ino, inode)
        with ControlConnection(held) as connection:
            before = connection.ask('ping')['pid']
            self.assertTrue(connection.ask('upgrade')['ok'])
        self.assertNotEqual(control.status(held)['pid'], before)
        self.assertEqual(os.stat(held).st_ino, inode)
