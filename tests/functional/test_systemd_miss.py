# SPDX-License-Identifier: MIT
"""Who opens what is not in the cache: the reactor where it stands, wherever the sandbox lets it."""

import re

from support.manager import UNITS
from test_systemd import UnderSystemd


class ExistingTree(UnderSystemd):
    """The drop-in for a tree that is there already, with its static user."""

    def setUp(self):
        super().setUp()
        drop_in = (UNITS / 'existing-tree.conf').read_text().replace('/usr/bin/', '/opt/')
        # Its name comes after that of the manager's own drop-in, so its command line is the one that counts.
        manager = self.boot(drop_ins=[('filesrv.service', 'tree', drop_in)])
        user = next(line for line in (UNITS / 'filesrv.sysusers').read_text().splitlines() if line.startswith('u '))
        manager.run('systemd-sysusers', '--inline', user)
        manager.run('sh', '-c', 'mkdir -p /srv/share && for n in $(seq 50); do echo $n >/srv/share/$n; done; '
                                'chown -R filesrv: /srv/share')

    def worker_turns(self):
        """How often a worker has gone to sleep: proc(5), once for each lease that it was woken for."""
        pid = self.manager.show('MainPID')['MainPID']
        told = self.manager.run('sh', '-c', f'cat /proc/{pid}/task/*/status').stdout
        return sum(int(count) for count in re.findall(r'^Name:\tworker-(?:.*\n)*?voluntary_ctxt_switches:\t(\d+)', told, re.M))

    def test_files_that_are_not_cached_wake_no_worker(self):
        self.assertEqual(self.ask_port('GET', '/1').body, b'1\n')
        before = self.worker_turns()
        for number in range(2, 51):
            self.assertEqual(self.ask_port('GET', f'/{number}').body, b'%d\n' % number)
        # The counters are kept by a worker every few seconds.
        self.assertLess(self.worker_turns() - before, 20)
        before = self.worker_turns()
        for number in range(50):
            self.assertEqual(self.ask_port('PUT', f'/new-{number}', body=b'x').status, 201)
        self.assertGreaterEqual(self.worker_turns() - before, 50)     # that the count can find them
