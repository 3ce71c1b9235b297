# SPDX-License-Identifier: MIT
"""The case of the suites that boot a systemd of their own with the shipped units in it."""

import json

from . import settings
from .case import DaemonCase, tool
from .manager import Manager
from .raw import RawConnection


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

    def main_pid(self):
        return int(self.manager.show('MainPID')['MainPID'])

    def kept(self):
        """The lifetime counters, as the last process to write them left them."""
        return json.loads(self.manager.run('cat', '/var/lib/filesrv/state/lifetime.json').stdout)
