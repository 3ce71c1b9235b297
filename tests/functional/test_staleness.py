# SPDX-License-Identifier: MIT
"""What is served is never stale: a change by anyone is seen by every request sent after it.

The trap is a daemon that looks for changes before it receives: so each test sends the first half of a
request, changes the tree, and sends the rest. The files are in the cache by then, and rest long enough
that an entry is really kept.
"""

import ctypes
import itertools
import os
import random
import subprocess
import threading
import time
import unittest

from support import elsewhere, settings
from support.case import DaemonCase
from support.raw import request

REST = 0.03          # an entry younger than a clock tick is not kept; this is longer
GROUP = 50


class Staleness(DaemonCase):
    timeout = 600

    def setUp(self):
        super().setUp()
        self.versions = itertools.count()
        self.chance = random.Random(1)

    def content(self, size=64):
        return (b'%d ' % next(self.versions)).ljust(size, b'.')

    def name(self, number):
        return f'd{number % 7}/f{number}.txt'

    def changes(self, change, daemon=None, expect=None):
        """Groups of cached files; each is changed by `change(path)`, which tells (status, body) to expect."""
        daemon = daemon or self.start()
        connection = self.connect(daemon)
        stale = 0
        total = settings.counted(300, 100_000)
        for _ in range(0, total, GROUP):
            for number in range(GROUP):
                self.own(self.put(self.name(number), self.content()).parent)
                self.own(self.root / self.name(number))
            time.sleep(REST)
            for number in [*range(GROUP)] * 2:
                connection.ask('GET', f'/{self.name(number)}')
            for number in range(GROUP):
                message = request('GET', f'/{self.name(number)}')
                cut = self.chance.randrange(1, len(message))
                connection.send(message[:cut])
                status, body = change(self.root / self.name(number))
                connection.send(message[cut:])
                answer = connection.read_response()
                if (answer.status, answer.body if status == 200 else None) != (status, body):
                    stale += 1
        self.assertEqual(stale, 0, f'{stale} of {total} answers were stale')

    def test_a_rewrite_in_place_of_the_same_size_is_seen(self):
        def change(path):
            body = self.content()
            with open(path, 'r+b') as file:
                file.write(body)
            return 200, body
        self.changes(change)

    def test_a_rewrite_of_another_size_is_seen(self):
        def change(path):
            body = self.content(self.chance.randrange(20, 4000))
            path.write_bytes(body)
            return 200, body
        self.changes(change)

    def test_an_append_is_seen(self):
        def change(path):
            with open(path, 'ab') as file:
                file.write(b'more')
            return 200, path.read_bytes()
        self.changes(change)

    def test_a_rename_over_the_file_is_seen(self):
        def change(path):
            body = self.content()
            fresh = self.home / 'fresh'
            fresh.write_bytes(body)
            os.rename(fresh, path)
            return 200, body
        self.changes(change)

    def test_a_rename_over_that_keeps_size_and_mtime_is_seen(self):
        def change(path):
            body, before = self.content(), path.stat()
            fresh = self.home / 'fresh'
            fresh.write_bytes(body)
            os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
            os.rename(fresh, path)
            return 200, body
        self.changes(change)

    def test_an_unlink_is_seen(self):
        def change(path):
            path.unlink()
            return 404, None
        self.changes(change)

    def test_a_parent_that_is_swapped_is_seen(self):
        def change(path):
            spare = self.home / 'spare'
            spare.mkdir(exist_ok=True)
            body = self.content()
            (spare / path.name).write_bytes(body)
            aside = self.home / 'aside'
            os.rename(path.parent, aside)
            os.rename(spare, path.parent)
            # Move the other files back beside it, for the rest of the group.
            for other in aside.iterdir():
                if other.name != path.name:
                    os.rename(other, path.parent / other.name)
                else:
                    other.unlink()
            aside.rmdir()
            return 200, body
        self.changes(change)

    def test_a_folder_moved_out_behind_a_link_is_seen(self):
        outside = self.home / 'outside'
        moved = []

        def put_back():
            for folder in moved:
                folder.unlink()
                os.rename(outside, folder)
            moved.clear()

        def change(path):
            put_back()
            moved.append(path.parent)
            os.rename(path.parent, outside)
            path.parent.symlink_to(outside)
            return 404, None
        original = self.put
        self.put = lambda *name: (put_back(), original(*name))[1]
        self.changes(change)

    def test_a_change_through_a_hard_link_is_seen(self):
        def change(path):
            alias = self.home / 'alias'
            os.link(path, alias)
            body = self.content()
            with open(alias, 'r+b') as file:
                file.write(body)
            alias.unlink()
            return 200, body
        self.changes(change)

    def test_a_file_replaced_by_a_folder_or_a_link_is_seen(self):
        def change(path):
            path.unlink()
            path.symlink_to('/etc/passwd')
            return 404, None

        def tidy(path):
            if path.is_symlink():
                path.unlink()
            return change(path)
        original = self.put
        self.put = lambda name, *rest, **more: ((self.root / name).unlink(missing_ok=True), original(name, *rest, **more))[1]
        self.changes(tidy)

    def test_a_chmod_is_seen(self):
        for number in range(GROUP):
            self.put(self.name(number))

        def change(path):
            path.chmod(0)
            return 403, None
        original = self.put

        def put(name, content):
            # Root's writes pass a locked mode; another user's do not.
            path = self.root / name
            if path.exists():
                path.chmod(0o644)
            return original(name, content)
        self.put = put
        self.changes(change, daemon=self.start_as_nobody())

    def test_a_grandparent_that_loses_its_rights_is_seen(self):
        self.put('one/two/three.txt', 'deep')
        daemon = self.start_as_nobody()
        connection = self.connect(daemon)
        for _ in range(settings.counted(50, 1000)):
            time.sleep(REST)
            connection.ask('GET', '/one/two/three.txt')
            self.assertEqual(connection.ask('GET', '/one/two/three.txt').status, 200)
            message = request('GET', '/one/two/three.txt')
            connection.send(message[:20])
            (self.root / 'one').chmod(0)
            connection.send(message[20:])
            self.assertEqual(connection.read_response().status, 403)
            (self.root / 'one').chmod(0o755)

    def test_an_upload_by_another_connection_is_seen(self):
        daemon = self.start()
        writer = self.connect(daemon)

        def change(path):
            body = self.content()
            writer.ask('PUT', f'/{path.relative_to(self.root)}', body=body)
            return 200, body
        self.changes(change, daemon=daemon)

    def test_a_new_file_is_seen_where_there_was_none(self):
        daemon = self.start()
        connection = self.connect(daemon)
        for turn in range(settings.counted(200, 10_000)):
            self.assertEqual(connection.ask('GET', f'/new-{turn}').status, 404)
            message = request('GET', f'/new-{turn}')
            connection.send(message[:10])
            self.put(f'new-{turn}', 'here')
            connection.send(message[10:])
            self.assertEqual(connection.read_response().body, b'here')


class Tree:
    """Two folders deep, some files, and every change of them in single steps. What a file's name leads to after each
    step is written down before and after it is done."""

    def __init__(self, home, chance):
        self.root, self.spare, self.chance = home / 'root', home / 'spare', chance
        self.spare.mkdir()
        self.numbers = itertools.count()
        self.states = {}        # name: all that it has led to, in order; None for nothing
        self.begun = {}         # name: how many of them may be there
        self.done = {}          # name: how many of them have been there for certain
        self.names = [f'top{number % 2}/d{number % 3}/f{number}' for number in range(12)]
        for name in self.names:
            self.states[name], self.begun[name], self.done[name] = [None], 1, 1
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            self.replace(name)

    def names_beside(self, name):
        return [other for other in self.names if other.startswith(name[:name.rindex('/') + 1])]

    def step(self, action, states):
        """`action` is one system call; `states`: {name: what it leads to then}."""
        for name, state in states.items():
            self.states[name].append(state)
            self.begun[name] += 1
        action()
        for name in states:
            self.done[name] = self.begun[name]

    def current(self, names):
        return {name: self.states[name][-1] for name in names}

    def content(self):
        return b'%08d' % next(self.numbers)

    def replace(self, name):
        body, fresh = self.content(), self.spare / 'fresh'
        fresh.write_bytes(body)
        self.step(lambda: os.rename(fresh, self.root / name), {name: body})

    def rewrite(self, name):
        body = self.content()
        with open(self.root / name, 'r+b', buffering=0) as file:
            self.step(lambda: file.write(body), {name: body})

    def rewrite_by_another_name(self, name):
        alias, body = self.spare / 'alias', self.content()
        os.link(self.root / name, alias)
        with open(alias, 'r+b', buffering=0) as file:
            self.step(lambda: file.write(body), {name: body})
        alias.unlink()

    def truncate(self, name):
        self.step(lambda: os.truncate(self.root / name, 0), {name: b''})
        self.replace(name)

    def remove(self, name):
        self.step((self.root / name).unlink, {name: None})
        self.replace(name)

    def hide(self, name, aside, link):
        """A folder is moved aside, a link put in its place, and both undone."""
        names, folder = self.names_beside(name), (self.root / name).parent
        before = self.current(names)
        nothing = dict.fromkeys(names)
        self.step(lambda: os.rename(folder, aside), nothing)
        self.step(lambda: folder.symlink_to(link), before if aside.is_relative_to(self.root) else nothing)
        self.step(folder.unlink, nothing)
        self.step(lambda: os.rename(aside, folder), before)

    def move_out(self, name):
        self.hide(name, self.spare / 'out', self.spare / 'out')

    def move_inside(self, name):
        self.hide(name, self.root / 'inside', '../inside')

    def mount_over(self, name):
        """Needs root."""
        folder = (self.root / name).parent
        names = self.names_beside(name)
        before, libc = self.current(names), ctypes.CDLL(None, use_errno=True)

        def call(done):
            if done != 0:
                raise OSError(ctypes.get_errno(), 'mount')
        self.step(lambda: call(libc.mount(b'none', bytes(folder), b'tmpfs', 0, b'size=16k')), dict.fromkeys(names))
        self.step(lambda: call(libc.umount2(bytes(folder), 2)), before)     # MNT_DETACH

    def change(self, kinds):
        getattr(self, self.chance.choice(kinds))(self.chance.choice(self.names))


class BesideWriters(DaemonCase):
    """Changes of every kind one after the other, and readers that know what each answer may be."""

    timeout = 7200
    kinds = ['replace', 'rewrite', 'rewrite_by_another_name', 'truncate', 'remove', 'move_out', 'move_inside']

    def read(self, tree, connection, turn, wrong):
        name = tree.names[turn % len(tree.names)]
        message = request('GET', f'/{name}')
        cut = turn % len(message)
        if cut:
            connection.send(message[:cut])
        first = tree.done[name] - 1
        connection.send(message[cut:])
        answer = connection.read_response()
        allowed = tree.states[name][first:tree.begun[name]]
        body = answer.body if answer.status == 200 else None
        if answer.status not in (200, 404) or body not in allowed:
            wrong.append((name, answer.status, body, allowed))

    def check(self, kinds, total):
        tree = Tree(self.home, random.Random(2))
        daemon = self.start()
        over, wrong, reads = threading.Event(), [], itertools.count()

        def reader(number):
            connection = self.connect(daemon)
            while not over.is_set() and not wrong:
                self.read(tree, connection, next(reads) + number, wrong)
        readers = [threading.Thread(target=reader, args=(number,)) for number in range(2)]
        for thread in readers:
            thread.start()
        try:
            for turn in range(total):
                if wrong:
                    break
                tree.change(kinds)
                if turn % 20 == 0:
                    time.sleep(REST)
        finally:
            over.set()
            for thread in readers:
                thread.join()
        self.assertFalse(wrong)
        self.assertGreater(next(reads), total // 20)

    def test_every_answer_is_what_was_there_at_its_time(self):
        self.check(self.kinds, settings.counted(600, 1_000_000))

    def test_every_answer_is_what_was_there_at_its_time_with_mounts(self):
        if os.geteuid() != 0 or subprocess.run(['mount', '-t', 'tmpfs', 'none', self.root], stderr=subprocess.DEVNULL,
                                               check=False).returncode != 0:
            self.skipTest('mounting needs root')
        subprocess.run(['umount', self.root], check=True)
        self.check([*self.kinds, 'mount_over'], settings.counted(200, 20_000))


@unittest.skipUnless(settings.SOAK, 'a soak')
class BesideWritersOnTmpfs(elsewhere.Tmpfs, BesideWriters):
    pass


@unittest.skipUnless(settings.SOAK, 'a soak')
class BesideWritersOnOverlay(elsewhere.Overlay, BesideWriters):
    pass
