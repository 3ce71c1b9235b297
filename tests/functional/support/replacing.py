# SPDX-License-Identifier: MIT
"""The case of the suites about replacement: lines of daemons, of which nobody must be left over."""

import os
import shutil
import signal

from . import settings
from .case import DaemonCase
from .line import Line, adopt_orphans, children
from .raw import RawConnection, request


class Replacing(DaemonCase):
    def setUp(self):
        super().setUp()
        adopt_orphans()
        self.strangers = set(children())
        self.addCleanup(self.end_all)

    def end_all(self):
        """Runs before the daemons are finished: whoever is left of a line is stopped, and there were no others."""
        left = set(children()) - self.strangers
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for daemon in self.daemons:
            daemon.forgiven |= daemon.pid in left
        # Those that we adopted, not those that subprocess waits for.
        for pid in left - {daemon.pid for daemon in self.daemons}:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass

    def line(self, *options, **how):
        return Line(self.start(*options, **how))

    def refuses_newcomers(self, line):
        try:
            RawConnection(line.daemon.port).close()
            return False
        except ConnectionRefusedError:
            return True

    def own_program(self):
        """A copy of the daemon that a test may replace."""
        path = self.home / 'filesrvd'
        shutil.copy(settings.DAEMON, path)
        return path

    def wrap(self, program, commands):
        """Another program in its place, by rename as an upgrade does it."""
        real, script = program.with_suffix('.real'), program.with_suffix('.new')
        if not real.exists():
            shutil.copy(program, real)
        script.write_text(f'#!/bin/sh\n{commands}\nexec {real} "$@"\n')
        script.chmod(0o755)
        script.rename(program)

    def wrap_until_allowed(self, program):
        """The successor begins when the file that is returned exists."""
        allowed = self.home / 'allowed'
        self.wrap(program, f'until [ -e {allowed} ]; do sleep 0.02; done')
        return allowed

    def ask_line(self, line, method, target, *fields, **how):
        with RawConnection(line.daemon.port) as connection:
            return connection.ask(method, target, *fields, **how)

    def stop_line(self, line, seconds=5):
        """SIGTERM to who serves: all leave with status 0, and no process is left."""
        os.kill(line.pids[-1], signal.SIGTERM)
        for pid in line.pids[::-1]:
            self.assertEqual(line.wait(pid, seconds), 0)
        self.eventually(lambda: set(children()) <= self.strangers, 5, 'the end of all')

    def slow_get(self, line, target):
        """A download whose head came, and whose body waits."""
        connection = self.connect(line.daemon, receive_buffer=8192)
        connection.send(request('GET', target))
        head = connection.read_head()
        self.assertEqual(head.status, 200)
        return connection
