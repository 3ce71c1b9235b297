# SPDX-License-Identifier: MIT
"""What a cached GET costs, seen by callgrind: functions called between two moments. Skipped without valgrind.

And what memory a daemon that has answered calls its own."""

import pathlib
import re
import shutil
import subprocess
import time
import unittest

from support import settings
from support.case import DaemonCase
from support.line import children


@unittest.skipUnless(shutil.which('valgrind') and shutil.which('callgrind_control'), 'valgrind is not installed')
class CallGraph(DaemonCase):
    timeout = 120

    def locks_taken(self, daemon, action):
        """How often a mutex was locked during the action."""
        control = ['callgrind_control', str(daemon.pid)]
        subprocess.run([*control, '-z'], check=True, capture_output=True)
        action()
        subprocess.run([*control, '-d'], check=True, capture_output=True)
        dumps = sorted(self.home.glob('calls.*'), key=lambda path: path.stat().st_mtime_ns)
        # A call is two lines: `cfn=(ID) name`, the name only once in a file, and `calls=COUNT …`.
        text = dumps[-1].read_text(errors='replace')
        ids = set(re.findall(r'fn=\((\d+)\) \S*mutex_lock', text))
        return sum(int(count) for number, count in re.findall(r'^cfn=\((\d+)\).*\n(?:c.*\n)*?calls=(\d+)', text, re.M)
                   if number in ids)

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
        daemon = self.start('--no-sandbox', program=wrapper)     # valgrind makes system calls of its own in there
        connection = self.connect(daemon)

        def read_often():
            for _ in range(300):
                self.assertEqual(connection.ask('GET', '/a.txt').body, b'alpha')

        self.names_age(self.root / 'a.txt')
        read_often()
        # A few belong to the beat that comes once a second while there is something to tell.
        self.assertLess(self.locks_taken(daemon, read_often), 100)

        def write_often():
            for _ in range(100):
                self.assertIn(connection.ask('PUT', '/b.txt', body=b'b').status, (201, 204))

        # That the count can find them: an upload goes through the pool.
        self.assertGreaterEqual(self.locks_taken(daemon, write_often), 100)

    def names_age(self, path):
        """Old enough for the cache, which keeps nothing that changed a moment ago."""
        self.eventually(lambda: time.time_ns() - path.stat().st_ctime_ns > 3_000_000_000, 6, 'an old file')


def own_kib(pid):
    """Memory that is of no file: heap, stacks, and pages of programs that were written to; proc_pid_smaps_rollup(5)."""
    lines = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith('Anonymous:'))


def huge_pages_for_all():
    try:
        return '[always]' in pathlib.Path('/sys/kernel/mm/transparent_hugepage/enabled').read_text()
    except OSError:
        return False


class Footprint(DaemonCase):
    @unittest.skipIf(settings.SLOW > 1, 'a build with sanitizers keeps a memory of the memory')
    @unittest.skipIf(huge_pages_for_all(), 'a stack may take 2 MiB at its first touch')
    def test_a_daemon_that_has_answered_owns_little_memory(self):
        self.put('a.txt', b'alpha')
        daemon = self.start()
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt').body, b'alpha')
        starters = list(children(daemon.pid))
        self.assertEqual(len(starters), 1)
        own = {pid: own_kib(pid) for pid in (daemon.pid, *starters)}
        settings.say(f'KiB of their own: {own}')
        self.assertLess(own[daemon.pid], 512)
        self.assertLess(own[starters[0]], 256)
