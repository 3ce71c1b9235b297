# SPDX-License-Identifier: MIT
"""A daemon with seams that is held on its way into a receive, while a test makes it find more when it goes on."""

from . import settings
from .case import DaemonCase
from .seams import Seams, require_seams

HELD = 1000          # calls: one that comes while this is said must not be the only one


class HeldCase(DaemonCase):
    def start_with_seams(self, *words):
        require_seams()
        seams = Seams(self.home)
        daemon = self.start('--control', self.home / 'control', *words, program=settings.FAULTS, environment=seams.environment)
        self.ask(daemon, 'GET', '/')
        if not seams.learn_names().counts()['recv']:
            self.skipTest('this build has no seam at recv')
        self.addCleanup(seams.disarm, 'recv')
        return seams, daemon

    def hold(self, seams, number, *sending):
        """Has the daemon stop on its way into a receive: the number-th from now on, for what each of them sends now. Or a
        later one: as long as it is not stopped it may go on looking for more of what it has answered. Any thread's: who
        asks by the control socket is received from by another."""
        seams.arm('recv', 'held', number, times=HELD)
        for connection, part in sending:
            connection.send(part)
        self.eventually(lambda: seams.fired('recv'), what='a receive')
