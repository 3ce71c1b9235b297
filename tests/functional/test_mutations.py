# SPDX-License-Identifier: MIT
"""Mutated requests by the thousand, in a soak ten million: no crash, no hang, no 5xx that blames the server."""

import gzip
import os
import pathlib
import random
import shutil
import subprocess
import threading
import unittest

from support import settings
from support.case import STAGING, DaemonCase

CORPUS = settings.SOURCE / 'tests' / 'fuzz' / 'corpus'
SECRET = 'this lies outside of the root'
NAMES_MAX = 200          # what the uploads may leave below the root before it is tidied


class Tree:
    """A root with what the corpus asks for. Uploads and deletions change it; `tidy` makes it as it was."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.files = {'f': bytes(range(250)) * 4, 'a/b.txt': b'hello\n', 'empty': b'', 'big.bin': bytes(300_000),
                      'site/index.html': b'<h1>site</h1>', '.hidden': b'hidden',
                      'pre.txt': b'plain ' * 50, 'pre.txt.gz': gzip.compress(b'plain ' * 50)}
        self.kept = {root / name for name in (*self.files, 'a', 'site', 'pipe', 'inside', 'leave', STAGING)}
        outside = root.parent / 'outside'
        outside.mkdir()
        (outside / 'outside').write_text(SECRET)
        os.mkfifo(root / 'pipe')
        (root / 'inside').symlink_to('a')
        (root / 'leave').symlink_to('../outside')
        self.tidy()

    def tidy(self):
        strangers = self.strangers()
        if len(strangers) > NAMES_MAX:
            for path in strangers:
                self._remove(path)
        for name, content in self.files.items():
            path = self.root / name
            if not path.is_file() or path.stat().st_size != len(content):
                self._restore(path, content)

    def strangers(self):
        """What uploads have made, folders before what is in them."""
        found = []
        for folder, folders, files in os.walk(self.root):
            if STAGING in folders:
                folders.remove(STAGING)
            found += [path for path in (pathlib.Path(folder, name) for name in folders + files) if path not in self.kept]
        return found

    def _remove(self, path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)     # an upload may be making a folder in it just now
        else:
            path.unlink(missing_ok=True)

    def _restore(self, path, content):
        """Whole at once: the daemon is reading and writing here all the time."""
        fresh = self.root.parent / 'fresh'
        fresh.write_bytes(content)
        if path.is_dir():
            self._remove(path)
        if path.parent.is_file():
            self._remove(path.parent)
        path.parent.mkdir(exist_ok=True)
        os.replace(fresh, path)


@unittest.skipUnless(os.access(settings.MUTATE, os.X_OK), 'the mutator is not built')
class Mutations(DaemonCase):
    timeout = settings.counted(120, 6 * 3600)
    total = 0

    @classmethod
    def tearDownClass(cls):
        settings.say(f'{cls.total} mutated requests in all')

    def endure(self, count, *options, listen=None):
        """So many requests to a daemon of these options, and all that must hold afterwards."""
        tree = Tree(self.root)
        # A length that no disk can hold is 413 by its limit; else it would rightly be 507.
        daemon = self.start('--listen', listen or f'unix:{self.home}/s', '--allow-delete', '--max-upload', '64M',
                            '--log-level', 'error', *options)
        target = f'localhost:{daemon.port}' if listen else f'unix:{self.home}/s'
        over = threading.Event()
        tidier = threading.Thread(target=self.keep_tidy, args=(tree, over))
        tidier.start()
        try:
            self.send(count, target)
        finally:
            over.set()
            tidier.join()
        self.assertTrue(daemon.running())
        self.assertEqual(os.listdir(self.home / 'outside'), ['outside'])
        self.assertEqual((self.home / 'outside' / 'outside').read_text(), SECRET)
        self.assertEqual(daemon.finish(), [])

    def keep_tidy(self, tree, over):
        while not over.wait(1.0):
            try:
                tree.tidy()
            except OSError:
                pass                 # an upload was quicker; next time

    def send(self, count, target):
        seed = random.randrange(2**32) if settings.SOAK else 1
        failures = pathlib.Path(settings.FAILURES)
        failures.mkdir(exist_ok=True)
        mutate = subprocess.Popen(
            [settings.MUTATE, '--target', target, '--corpus', CORPUS, '--count', str(count), '--seed', str(seed),
             '--secret', SECRET, '--patience', str(int(settings.patience(10))), '--failures', failures],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(mutate.stdout.close)
        self.addCleanup(mutate.wait)
        self.addCleanup(mutate.kill)
        said = []
        for line in mutate.stdout:
            settings.say(line.rstrip())
            said.append(line)
        self.assertEqual(mutate.wait(), 0, ''.join(said[-25:]))
        self.assertIn(f'{count} requests sent', said[-1])
        type(self).total += count

    def test_as_it_comes(self):
        self.endure(settings.counted(2500, 6_000_000), '--durability', 'none')

    def test_with_every_request_handed_over(self):
        self.endure(settings.counted(1000, 2_000_000), '--durability', 'none', '--inline-batch', '0')

    def test_over_tcp_with_other_options(self):
        self.endure(settings.counted(1000, 2_000_000), '--hidden', '--precompressed', '--no-follow-symlinks',
                    '--reactors', '2', '--host', 'example.org', '--access-log', 'combined:/dev/null',
                    '--durability', 'data', listen='localhost:0')
