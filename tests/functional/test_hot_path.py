# SPDX-License-Identifier: MIT
"""What a cached GET costs, seen by callgrind: functions called between two moments. Skipped without valgrind."""

import shutil
import subprocess
import time
import unittest

from support import settings
from support.case import DaemonCase


@unittest.skipUnless(shutil.which('valgrind') and shutil.which('callgrind_control'), 'valgrind is not installed')
class CallGraph(DaemonCase):
    timeout = 120

    def called(self, daemon, action):
        """The names of all functions that ran during the action."""
        control = ['callgrind_control', str(daemon.pid)]
        subprocess.run([*control, '-z'], check=True, capture_output=True)
        action()
        subprocess.run([*control, '-d'], check=True, capture_output=True)
        dumps = sorted(self.home.glob('calls.*'), key=lambda path: path.stat().st_mtime_ns)
        return dumps[-1].read_text(errors='replace')

    def test_a_cached_get_takes_no_lock(self):
        if settings.SLOW > 1:
            self.skipTest('a sanitizer and valgrind exclude each other')
        if str(settings.INLINE_BATCH) not in ('None', '64'):
            self.skipTest('only the default answers in the reactor')
        self.put('a.txt', 'alpha')
        wrapper = self.home / 'under-callgrind'
        wrapper.write_text(f'#!/bin/sh\nexec valgrind --tool=callgrind --callgrind-out-file={self.home}/calls '
                           f'{settings.DAEMON} "$@"\n')
        wrapper.chmod(0o755)
        daemon = self.start(program=wrapper)
        connection = self.connect(daemon)

        def read_often():
            for _ in range(300):
                self.assertEqual(connection.ask('GET', '/a.txt').body, b'alpha')

        self.names_age(self.root / 'a.txt')
        read_often()
        self.assertNotIn('mutex_lock', self.called(daemon, read_often))
        # That the search can find one: an upload goes through the pool.
        self.assertIn('mutex_lock', self.called(
            daemon, lambda: self.assertEqual(connection.ask('PUT', '/b.txt', body=b'b').status, 201)))

    def names_age(self, path):
        """Old enough for the cache, which keeps nothing that changed a moment ago."""
        self.eventually(lambda: time.time_ns() - path.stat().st_ctime_ns > 3_000_000_000, 6, 'an old file')
