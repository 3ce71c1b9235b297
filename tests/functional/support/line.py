# SPDX-License-Identifier: MIT
"""A line of daemons, each of which replaced the one before it; their first is a child, the others become ours."""

import ctypes
import os
import pathlib
import re
import signal
import time

from . import settings

PR_SET_CHILD_SUBREAPER = 36
ANSWERS = ('starting a successor', 'replacement refused')
REPLACED = re.compile(r'replaced by process (\d+)')


def adopt_orphans():
    """Whoever loses its parent below us becomes our child, as it becomes a service manager's; prctl(2)."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')


def children(parent=None):
    """{pid: parent's pid} of all processes below `parent`, this one by default, that have not ended."""
    parents = {}
    for entry in pathlib.Path('/proc').iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / 'stat').read_text().rpartition(')')[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields[0] not in 'ZX':
                parents[int(entry.name)] = int(fields[1])
    below, found = {os.getpid() if parent is None else parent}, {}
    while True:
        more = {pid: of for pid, of in parents.items() if of in below and pid not in found}
        if not more:
            return found
        found.update(more)
        below.update(more)


class Line:
    def __init__(self, daemon):
        self.daemon = daemon
        self.pids = [daemon.pid]
        self._statuses = {}

    @property
    def log(self):
        return self.daemon.stderr

    def _successors(self):
        return [int(pid) for pid in REPLACED.findall(self.log)]

    def ask(self):
        """SIGUSR2 to who serves now."""
        os.kill(self.pids[-1], signal.SIGUSR2)

    def replace(self, seconds=10.0):
        """One replacement; the new process."""
        count = len(self._successors())
        self.ask()
        return self.wait_for(count + 1, seconds)

    def replaced_by_asking(self):
        """One try; whether it was accepted."""
        begun, refused = (self.log.count(words) for words in ANSWERS)
        self.ask()
        deadline = time.monotonic() + settings.patience(1)
        while self.log.count(ANSWERS[0]) == begun:
            if self.log.count(ANSWERS[1]) > refused:
                return False
            if time.monotonic() > deadline:
                raise AssertionError(f'no answer to the order\n{self.daemon.report()}')
            time.sleep(0.005)
        self.wait_for(len(self.pids))
        return True

    def wait_for(self, count, seconds=10.0):
        deadline = time.monotonic() + settings.patience(seconds)
        while len(self._successors()) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f'no replacement number {count}\n{self.daemon.report()}')
            time.sleep(0.005)
        self.pids.append(self._successors()[count - 1])
        return self.pids[-1]

    def runs(self, pid):
        try:
            return pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] not in 'ZX'
        except (FileNotFoundError, ProcessLookupError):
            return False

    def running(self):
        return [pid for pid in self.pids if self.runs(pid)]

    def wait(self, pid, seconds=10.0):
        """The exit status of a member of the line."""
        if pid == self.daemon.pid:
            return self.daemon.process.wait(settings.patience(seconds))   # the others keep its standard output open
        deadline = time.monotonic() + settings.patience(seconds)
        while True:
            if pid not in self._statuses:
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    self._statuses[pid] = os.waitstatus_to_exitcode(status)
            if pid in self._statuses:
                return self._statuses[pid]
            if time.monotonic() > deadline:
                raise AssertionError(f'process {pid} still runs\n{self.daemon.report()}')
            time.sleep(0.01)
