# SPDX-License-Identifier: MIT
"""The tests of a suite on a file system of their own, which takes rights: mixed in before the case."""

import os
import subprocess
import tempfile


class Elsewhere:
    def setUp(self):
        place = tempfile.mkdtemp(prefix='filesrv-test-mount.')
        self.addCleanup(os.rmdir, place)
        self.mount(place)
        self.addCleanup(subprocess.run, ['umount', '-l', place], check=True)
        before, tempfile.tempdir = tempfile.gettempdir(), place
        self.addCleanup(setattr, tempfile, 'tempdir', before)
        super().setUp()

    def run_mount(self, *words):
        if subprocess.run(['mount', *words], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest(f'no rights to mount {" ".join(words)}')


class Tmpfs(Elsewhere):
    def mount(self, place):
        self.run_mount('-t', 'tmpfs', 'none', place)


class Overlay(Elsewhere):
    def mount(self, place):
        layers = tempfile.mkdtemp(prefix='filesrv-test-layers.', dir='/dev/shm')
        self.addCleanup(subprocess.run, ['rm', '-rf', layers], check=True)
        for name in ('lower', 'upper', 'work'):
            os.mkdir(f'{layers}/{name}')
        self.run_mount('-t', 'overlay', '-o', f'lowerdir={layers}/lower,upperdir={layers}/upper,workdir={layers}/work',
                       'none', place)
