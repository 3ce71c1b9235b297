# SPDX-License-Identifier: MIT
"""The test case every suite derives from: own folder, own daemons, nothing left behind."""

import itertools
import os
import pathlib
import shutil
import stat
import tempfile
import time
import unittest

from . import settings
from .daemon import Daemon
from .raw import RawConnection

NOBODY = 65534
STAGING = '.filesrv-staging'


class DaemonCase(unittest.TestCase):
    """Each test has a temporary folder with `root` in it, and starts the daemons it wants.

    At the end every daemon is stopped, must have ended with status 0 unless the test forgave it,
    and must have printed no sanitizer report.
    """

    timeout = 60.0       # seconds a test may take, before the factor for slow builds

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix='filesrv-test.'))
        self.addCleanup(self._remove_home)
        self.root = self.home / 'root'
        self.root.mkdir()
        (self.home / 'runtime').mkdir(0o700)
        self.daemons = []
        self.connections = []
        self._numbers = itertools.count()        # scenarios start daemons from several threads
        self.addCleanup(self._finish)

    def _remove_home(self):
        for folder, _, _ in os.walk(self.home):     # a test may have locked a folder
            os.chmod(folder, stat.S_IRWXU)
        shutil.rmtree(self.home, ignore_errors=True)

    def _finish(self):
        for connection in self.connections:
            connection.close()
        wrong = [sentence for daemon in self.daemons for sentence in daemon.finish()]
        if wrong:
            self.fail('; '.join(wrong))

    # -- daemons --------------------------------------------------------------------------------

    def launch(self, *options, **how) -> Daemon:
        """Start with exactly these options, and do not wait."""
        how.setdefault('root', self.root)
        daemon = Daemon(options, home=self.home, **how)
        self.daemons.append(daemon)
        return daemon

    def start(self, *options, port=0, **how) -> Daemon:
        """Start as a test wants it: free port, no idle exit, the batch under test; returns when it serves."""
        usual = ['--root', how.get('root', self.root)]
        if '--listen' not in options:
            usual += ['--listen', f'localhost:{port}']
        if '--idle-shutdown' not in options:
            usual += ['--idle-shutdown', '0']
        if '--control' not in options:
            usual += ['--control', self.home / f'control.{next(self._numbers)}']
        if settings.INLINE_BATCH is not None and '--inline-batch' not in options:
            usual += ['--inline-batch', settings.INLINE_BATCH]
        return self.launch(*usual, *options, **how).wait_ready()

    def start_as_nobody(self, *options, **how) -> Daemon:
        """As an ordinary user, for whom modes mean something; root's daemon gets another identity."""
        if os.geteuid() != 0:
            return self.start(*options, **how)
        program = self.home / 'filesrvd'             # a place that every user can reach
        shutil.copy(settings.DAEMON, program)
        for folder, folders, files in os.walk(self.home):
            for name in (folder, *(os.path.join(folder, one) for one in folders + files)):
                os.chown(name, NOBODY, NOBODY, follow_symlinks=False)
        return self.start(*options, program=str(program), user=NOBODY, **how)

    def own(self, path):
        """Give a file made by the test to the user that `start_as_nobody` runs as."""
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        return path

    def connect(self, daemon, **how) -> RawConnection:
        connection = RawConnection(daemon.port, **how)
        self.connections.append(connection)
        return connection

    def ask(self, daemon, method, target, *fields, **how):
        """One request on a connection of its own."""
        with RawConnection(daemon.port) as connection:
            return connection.ask(method, target, *fields, **how)

    # -- files ----------------------------------------------------------------------------------

    def put(self, name, content=b'content\n', age=None) -> pathlib.Path:
        """A file below the root, with its folders; `age` seconds old by its mtime."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if age is not None:
            os.utime(path, (time.time() - age,) * 2)
        return path

    def names(self, folder=None):
        """Every file and folder below as relative names: hidden and staged ones too, but no staging folder of locks alone."""
        top = pathlib.Path(folder or self.root)
        # os.walk passes over a folder that the daemon removes meanwhile; pathlib's rglob does not.
        found = [os.path.relpath(os.path.join(where, name), top) for where, folders, files in os.walk(top) for name in folders + files]
        return sorted(name for name in found
                      if name != STAGING and not name.startswith(f'{STAGING}/lock-'))

    def eventually(self, predicate, seconds=5.0, what='the condition'):
        """Wait for something that has no event to wait for."""
        deadline = time.monotonic() + settings.patience(seconds)
        while not predicate():
            if time.monotonic() > deadline:
                self.fail(f'{what} did not come true within {settings.patience(seconds):.1f} s')
            time.sleep(0.01)

    def report(self):
        return '\n'.join(daemon.report() for daemon in self.daemons)


def tool(name):
    """The path of a program, or a skip that says what is missing."""
    path = shutil.which(name)
    if path is None:
        raise unittest.SkipTest(f'{name} is not installed')
    return path
