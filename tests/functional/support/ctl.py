# SPDX-License-Identifier: MIT
"""Runs filesrvctl, whose output is no terminal unless the test gives it one."""

import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from . import settings


def run(home, *words, environment=None, seconds=20, user=None):
    """The finished filesrvctl, with its output as text."""
    identity = {} if user is None else {'user': user, 'group': user, 'extra_groups': []}
    return subprocess.run([settings.CTL, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=settings.patience(seconds), check=False, cwd='/', **identity,
                          env={**settings.clean_environment(pathlib.Path(home)), **(environment or {})})


def parse_metrics(text):
    """{'name{label="value"}': number} of Prometheus text."""
    samples = {}
    for line in text.splitlines():
        if line and not line.startswith('#'):
            name, _, value = line.rpartition(' ')
            if name in samples:
                raise AssertionError(f'{name} comes twice')
            samples[name] = float(value)
    return samples


class Counted:
    """What the clients of a load did, by their own count."""

    def __init__(self):
        self.sent, self.received, self.answers = 0, 0, {}

    def answered(self, method, code):
        self.answers[method, code] = self.answers.get((method, code), 0) + 1

    def rows(self):
        return [{'method': method, 'code': code, 'count': count} for (method, code), count in sorted(self.answers.items())]


class Screen:
    """filesrvctl on a pseudo-terminal of its own: what it wrote, and the keys that it gets."""

    def __init__(self, home, *words, columns=80, rows=24, environment=None):
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([settings.CTL, *map(str, words)], stdin=self.slave, stdout=self.slave, stderr=self.slave, cwd='/',
                                        env={**settings.clean_environment(pathlib.Path(home)), 'TERM': 'xterm', **(environment or {})})
        self.output = b''

    def resize(self, columns, rows):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def resize_while_it_runs(self, columns, rows):
        self.resize(columns, rows)
        self.process.send_signal(signal.SIGWINCH)      # it does not own this terminal: the kernel does not tell it

    def key(self, key):
        os.write(self.master, key.encode())

    def read(self, seconds):
        """What it writes in that time."""
        until = time.monotonic() + seconds
        start = len(self.output)
        while (left := until - time.monotonic()) > 0 and select.select([self.master], [], [], left)[0]:
            self.output += os.read(self.master, 65536)
        return self.output[start:].decode()

    def read_until(self, words, seconds=10, after=0):
        """All of its output from `after` on, as soon as the words are in it."""
        until = time.monotonic() + settings.patience(seconds)
        while words not in self.output[after:].decode(errors='replace'):
            if time.monotonic() > until:
                raise AssertionError(f'{words!r} did not come: {self.output[-3000:]!r}')
            self.read(0.05)
        return self.output[after:].decode(errors='replace')

    def mode(self):
        return termios.tcgetattr(self.slave)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def as_json(done):
    if done.returncode != 0:
        raise AssertionError(f'status {done.returncode}: {done.stdout}{done.stderr}')
    return json.loads(done.stdout)
