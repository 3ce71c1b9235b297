# SPDX-License-Identifier: MIT
"""The daemon as a child process: started, watched through /proc, stopped by its pid."""

import itertools
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from . import settings

START_LINE = re.compile(r'serving (?P<root>.+?) on (?P<where>\S+)')
PORT = re.compile(r':(\d+)/?,?$')
NUMBERS = itertools.count()
LIVE = set()         # processes that must not outlive the run, whatever ends it


class StartFailure(Exception):
    """The daemon left, or said nothing, before its start line."""


class Daemon:
    """One running filesrvd.

    `wait_ready` returns after the start line, with the real port known. Standard output is read by a
    thread that stamps each line with the monotonic clock; standard error goes to a file, so that a
    chatty log never waits for the test.
    """

    def __init__(self, options, *, root, home, program=None, environment=None, user=None, cwd=None):
        self.root = pathlib.Path(root)
        self.command = [str(program or settings.DAEMON), *map(str, options)]
        self.stderr_path = pathlib.Path(home) / f'stderr.{next(NUMBERS)}'
        self.lines = []            # (monotonic seconds, text) of standard output
        self.port = None
        self.forgiven = False      # a test that kills the daemon, or wants it to fail, says so
        self._changed = threading.Condition()
        self._closed = False
        identity = {} if user is None else {'user': user, 'group': user, 'extra_groups': []}
        with open(self.stderr_path, 'wb') as stderr:
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                cwd=cwd or root, env={**settings.clean_environment(pathlib.Path(home)), **(environment or {})},
                **identity)
        LIVE.add(self.process)
        self._reader = threading.Thread(target=self._read_lines, daemon=True)
        self._reader.start()

    # -- output ---------------------------------------------------------------------------------

    def _read_lines(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append((time.monotonic(), line.decode(errors='replace').rstrip('\n')))
                self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_line(self, pattern, seconds=10.0):
        """The first line of standard output that matches, with its time; None when none came."""
        deadline = time.monotonic() + settings.patience(seconds)
        wanted = re.compile(pattern)
        with self._changed:
            while True:
                for when, line in self.lines:
                    if wanted.search(line):
                        return when, line
                left = deadline - time.monotonic()
                if self._closed or left <= 0:
                    return None
                self._changed.wait(left)

    def wait_ready(self):
        found = self.wait_line(START_LINE.pattern)
        if found is None:
            self.forgiven = True
            raise StartFailure(f'no start line from {" ".join(self.command)}\n{self.report()}')
        port = PORT.search(START_LINE.search(found[1])['where'])
        self.port = int(port[1]) if port else None
        return self

    @property
    def stdout(self):
        with self._changed:
            return '\n'.join(line for _, line in self.lines)

    @property
    def stderr(self):
        return self.stderr_path.read_text(errors='replace')

    def report(self):
        """All that a reader of a failed test wants to know of this daemon."""
        tail = self.stderr[-8000:]
        return (f'--- {" ".join(self.command)} (pid {self.pid}, status {self.process.poll()})\n'
                f'--- stdout\n{self.stdout[-2000:]}\n--- stderr (its end)\n{tail}')

    # -- identity -------------------------------------------------------------------------------

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f'http://localhost:{self.port}'

    @property
    def host(self):
        return f'localhost:{self.port}'

    # -- what /proc tells -----------------------------------------------------------------------

    def threads(self):
        """{thread id: name} of all threads that live now."""
        found = {}
        for task in pathlib.Path(f'/proc/{self.pid}/task').iterdir():
            try:
                found[int(task.name)] = (task / 'comm').read_text().strip()
            except (FileNotFoundError, ProcessLookupError):
                pass               # it ended between the two reads
        return found

    def workers(self):
        return {tid for tid, name in self.threads().items() if name.startswith('worker')}

    def sleeping_workers(self):
        """Workers inside a timed sleep: held by a fault, neither parked on the pool's futex nor in a call that waits for
        the disk for a moment, as writing to the log may."""
        sleeps = {'35', '230'}     # nanosleep, clock_nanosleep of x86-64; see syscall numbers in proc(5)
        held = set()
        for tid in self.workers():
            try:
                call = pathlib.Path(f'/proc/{self.pid}/task/{tid}/syscall').read_text().split()[0]
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if call in sleeps:
                held.add(tid)
        return held

    def _links(self):
        found = []
        for entry in os.scandir(f'/proc/{self.pid}/fd'):
            try:
                found.append(os.readlink(entry.path))
            except FileNotFoundError:
                pass
        return found

    def descriptors(self):
        return len(self._links())

    def descriptors_of(self, part):
        """Those whose path has this in it."""
        return sum(part in link for link in self._links())

    def sockets(self):
        return sum(link.startswith('socket:') for link in self._links())

    def is_stopped(self):
        """By SIGSTOP, the main thread at least, which is the first reactor."""
        return pathlib.Path(f'/proc/{self.pid}/stat').read_text().rpartition(')')[2].split()[0] == 'T'

    def cpu_seconds(self):
        """User and system time so far, proc(5) fields 14 and 15."""
        fields = pathlib.Path(f'/proc/{self.pid}/stat').read_text().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def run_seconds(self):
        """How long its threads have run so far, to the nanosecond where cpu_seconds() counts ticks of which one
        instant may make a whole one. Field 1 of schedstat."""
        spent = 0
        for task in os.listdir(f'/proc/{self.pid}/task'):
            try:
                spent += int(pathlib.Path(f'/proc/{self.pid}/task/{task}/schedstat').read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass               # it ended between the two reads
        return spent / 1e9

    def rests(self, seconds, allowed):
        """Whether its threads ran no longer than `allowed` in one of several spans of `seconds`. What spins, does so in each;
        what others made it do, or the worker that keeps the counters, is over some time."""
        for _ in range(8):
            before = self.run_seconds()
            time.sleep(seconds)
            if self.run_seconds() - before <= allowed:
                return True
        return False

    # -- the end --------------------------------------------------------------------------------

    def signal(self, number):
        self.process.send_signal(number)

    def running(self):
        return self.process.poll() is None

    def wait(self, seconds=10.0):
        """The exit status; raises subprocess.TimeoutExpired."""
        status = self.process.wait(settings.patience(seconds))
        self._reader.join(5)
        return status

    def kill(self):
        """kill -9, and not held against it."""
        self.forgiven = True
        self.process.kill()
        self.process.wait()

    def finish(self):
        """Stop it if it runs; what was wrong with its end, as a list of sentences."""
        wrong = []
        if self.running():
            wrong += self._stop()
        self._reader.join(5)
        if not self.forgiven and self.process.returncode != 0:
            wrong.append(f'the daemon ended with status {self.process.returncode}')
        text = self.stderr
        wrong += [f'the daemon reported: {mark}' for mark in settings.SANITIZER_REPORTS if mark in text]
        LIVE.discard(self.process)
        self.process.stdout.close()
        return wrong

    def _stop(self):
        # A drain may wait for kept connections; the second signal means now. One that comes before the first was taken
        # is none, signal(7): so there are more of them.
        deadline = time.monotonic() + settings.patience(5)
        while time.monotonic() < deadline:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(settings.budget(0.3))
                return []
            except subprocess.TimeoutExpired:
                pass
        self.process.kill()
        self.process.wait()
        return ['the daemon had to be killed: it ignored a second SIGTERM']
