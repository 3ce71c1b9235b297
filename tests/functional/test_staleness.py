# SPDX-License-Identifier: MIT
"""What is served is never stale: a change by anyone is seen by every request sent after it.

The trap is a daemon that looks for changes before it receives: so each test sends the first half of a
request, changes the tree, and sends the rest. The files are in the cache by then, and rest long enough
that an entry is really kept.
"""

import itertools
import os
import random
import time

from support import settings
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
        total = settings.counted(1000, 100_000)
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
