# SPDX-License-Identifier: MIT
"""A program at a terminal of its own: typed at, listened to, made wider and narrower."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from . import settings

# What a terminal obeys instead of showing: ECMA-48 control sequences, character sets, carriage returns, bells.
CONTROLS = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78M]|[\r\x07]')


class Terminal:
    """Runs a command with a pseudo-terminal as its standard input, output and error."""

    def __init__(self, command, cwd, environment, columns=100):
        self.raw = ''          # all that came
        self.position = 0      # in `shown`: what an expectation has not consumed
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        self.resize(columns)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([str(word) for word in command], stdin=slave, stdout=slave, stderr=slave, cwd=cwd,
                                        env={**environment, 'TERM': 'xterm'}, preexec_fn=own_terminal)
        os.close(slave)

    def resize(self, columns, rows=24):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def type(self, text):
        """Looking on while typing: a program that waits for its output to be taken reads no keys."""
        keys = text.encode(errors='surrogateescape')
        while keys:
            readable, writable, _ = select.select([self.master], [self.master], [], settings.budget(10))
            if not readable and not writable:
                raise AssertionError('the program neither reads nor writes')
            if readable and not self._listen(0):
                raise AssertionError('the program has left its terminal')
            if writable:
                keys = keys[os.write(self.master, keys):]

    @property
    def shown(self):
        return CONTROLS.sub('', self.raw)

    def _listen(self, seconds):
        """Whether something came."""
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return False
        try:
            piece = os.read(self.master, 65536)
        except OSError:        # EIO: the program has gone
            return False
        self.raw += piece.decode(errors='replace')
        return bool(piece)

    def skip(self):
        """Take what has come, which nobody expects."""
        while self._listen(0):
            pass
        self.raw, self.position = '', 0

    def expect(self, pattern, seconds=10.0, raw=False):
        """Wait until this is shown behind what was expected before; the match."""
        wanted = re.compile(pattern)
        deadline = time.monotonic() + settings.patience(seconds)
        while True:
            text = self.raw if raw else self.shown
            found = wanted.search(text, 0 if raw else self.position)
            if found:
                self.position = self.position if raw else found.end()
                return found
            if time.monotonic() > deadline or (not self._listen(0.2) and self.process.poll() is not None and not self._listen(0)):
                raise AssertionError(f'{pattern!r} was not shown; of all that was, this is unexpected yet: '
                                     f'{text[0 if raw else self.position:]!r}')

    def wait(self, seconds=10.0):
        """The exit status, everything having been read."""
        deadline = time.monotonic() + settings.patience(seconds)
        while self.process.poll() is None and time.monotonic() < deadline:
            self._listen(0.05)
        while self._listen(0):
            pass
        return self.process.wait(1)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
