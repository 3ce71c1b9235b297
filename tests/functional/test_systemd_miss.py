# SPDX-License-Identifier: MIT
"""Who opens what is not in the cache: the reactor where it stands, wherever the sandbox lets it."""

import re
import time

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

    def turns_taken(self, requests):
        """Of workers, by requests so far apart that each would find all of them asleep."""
        before = self.worker_turns()
        for request in requests:
            self.assertIn(self.ask_port(*request[:2], body=request[2]).status, (200, 201))
            time.sleep(0.005)
        return self.worker_turns() - before

    def test_files_that_are_not_cached_wake_no_worker(self):
        self.assertEqual(self.ask_port('GET', '/1').body, b'1\n')
        # The counters are kept by a worker every few seconds.
        self.assertLess(self.turns_taken(('GET', f'/{number}', b'') for number in range(2, 51)), 20)
        # That the count can find them: a listing is a worker's.
        self.assertGreater(self.turns_taken(('GET', f'/?{number}', b'') for number in range(50)), 30)
