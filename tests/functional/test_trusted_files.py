# SPDX-License-Identifier: MIT
"""A file that is asked for often is served on the kernel's word, without a look at it: each test makes sure that
this is so (the daemon counts such answers), sends the first half of a request, changes something, and sends the rest.
"""

import itertools
import os
import random
import tempfile
import time

from support import control, kernel, settings
from support.held import HeldCase
from support.raw import request

REST = 0.03          # an entry younger than a clock tick is not kept; this is longer
ASKED = 40           # enough for a file that may be trusted

class Trusted(HeldCase):
    """Each change is a generator: what is there before the file is trusted; then the change, what it makes of the
    answer, (status, body), and what is to be tidied up."""

    timeout = 600
    place = None

    def setUp(self):
        if str(settings.INLINE_BATCH) not in ('None', '64'):
            self.skipTest('what workers answer is always looked at')
        if self.place is not None:
            if not os.access(self.place, os.W_OK):
                self.skipTest(f'{self.place} is not there')
            before, tempfile.tempdir = tempfile.gettempdir(), self.place
            self.addCleanup(setattr, tempfile, 'tempdir', before)
        super().setUp()
        if not kernel.tells_of_all(self.root):
            self.skipTest(f'nothing is trusted on {kernel.file_system(self.root)} of Linux {os.uname().release}')
        self.numbers = itertools.count()
        self.chance = random.Random(1)

    def content(self):
        return (b'%d ' % next(self.numbers)).ljust(64, b'.')

    def serve(self):
        return self.start('--control', self.home / 'control')

    def trusted(self):
        return control.status(self.home / 'control')['cache']['trusted']

    def pause(self):
        time.sleep(REST)

    def burst(self, connection, name):
        for _ in range(ASKED):
            self.assertEqual(connection.ask('GET', f'/{name}').status, 200)

    def by_uring(self, *changes):
        return changes if kernel.has_uring() else ()

    def check(self, daemon, *changes, expect_trust=True, beside=0):
        """`beside`: other connections that ask for the same before; of several reactors each may have some."""
        connection = self.connect(daemon)
        others = [self.connect(daemon) for _ in range(beside)]
        for change in changes * settings.counted(1, 300):
            with self.subTest(change=change.__name__):
                number = next(self.numbers)
                top = self.root / f'a{number}'
                path = self.put(f'a{number}/b/file', self.content())
                for made in (top, path.parent, path):
                    self.own(made)
                steps = change(path)
                next(steps)
                self.pause()
                name = path.relative_to(self.root)
                before = self.trusted()
                for asking in (*others, connection):
                    self.burst(asking, name)
                self.assertEqual(self.trusted() > before, expect_trust)
                message = request('GET', f'/{name}')
                cut = self.chance.randrange(1, len(message))
                connection.send(message[:cut])
                status, body = next(steps)
                connection.send(message[cut:])
                answer = connection.read_response()
                self.assertEqual((answer.status, answer.body if status == 200 else None), (status, body))
                self.assertIsNone(next(steps, None))

    # -- what is done to the file ---------------------------------------------------------------

    def rewritten(self, path):
        yield
        body = self.content()
        with open(path, 'r+b') as file:
            file.write(body)
        yield 200, body

    def rewritten_by_a_hard_link_elsewhere(self, path):
        alias = self.home / f'alias{next(self.numbers)}'
        os.link(path, alias)
        yield
        body = self.content()
        with open(alias, 'r+b') as file:
            file.write(body)
        yield 200, body

    def truncated(self, path):
        body = path.read_bytes()[:3]        # later it would have to be opened, which is told as well
        yield
        os.truncate(path, 3)
        yield 200, body

    def unlinked(self, path):
        yield
        path.unlink()
        yield 404, None

    def removed_and_made_anew(self, path):
        yield
        body = self.content()
        path.unlink()
        path.write_bytes(body)
        yield 200, body

    def one_of_two_names_unlinked(self, path):
        os.link(path, self.home / f'alias{next(self.numbers)}')
        yield
        path.unlink()
        yield 404, None

    def moved_away(self, path):
        yield
        os.rename(path, path.with_name('moved'))
        yield 404, None

    def replaced(self, path):
        yield
        body, fresh, old = self.content(), self.home / 'fresh', path.stat()
        fresh.write_bytes(body)
        os.utime(fresh, ns=(old.st_atime_ns, old.st_mtime_ns))
        os.rename(fresh, path)
        yield 200, body

    def exchanged(self, path):
        yield
        body, fresh = self.content(), self.home / 'fresh'
        fresh.write_bytes(body)
        kernel.exchange(fresh, path)
        yield 200, body

    def replaced_by_a_link(self, path):
        yield
        path.unlink()
        path.symlink_to('/etc/passwd')
        yield 404, None

    def stored_to_by_a_new_mapping(self, path):
        yield
        with kernel.mapped(path) as mapping:
            mapping[:4] = b'MMAP'
            yield 200, bytes(mapping)

    def written_by_aio(self, path):
        yield
        with open(path, 'r+b') as file:
            body = self.content()
            with kernel.Aio() as aio:
                aio.write(file.fileno(), body)
            yield 200, body

    def opened_and_written_by_io_uring(self, path):
        with kernel.Uring() as ring:
            yield
            body = self.content()
            fd = ring.open(path, os.O_WRONLY | os.O_CLOEXEC)
            ring.write(fd, body)
            os.close(fd)
            yield 200, body

    def folder_swapped(self, path):
        yield
        body, fresh = self.content(), self.home / f'fresh{next(self.numbers)}'
        fresh.mkdir()
        (fresh / path.name).write_bytes(body)
        kernel.exchange(fresh, path.parent)
        yield 200, body

    def upper_folder_moved_behind_a_link(self, path):
        yield
        outside = self.home / f'outside{next(self.numbers)}'
        os.rename(path.parent.parent, outside)
        path.parent.parent.symlink_to(outside)
        yield 404, None

    def read_by_others_and_then_rewritten(self, path):
        yield
        for _ in range(3):
            path.read_bytes()
        yield from itertools.islice(self.rewritten(path), 1, None)

    def test_every_change_of_a_trusted_file_is_seen(self):
        self.check(self.serve(), self.rewritten, self.rewritten_by_a_hard_link_elsewhere, self.truncated, self.unlinked,
                   self.one_of_two_names_unlinked, self.moved_away, self.replaced, self.exchanged, self.replaced_by_a_link,
                   self.stored_to_by_a_new_mapping, self.written_by_aio, *self.by_uring(self.opened_and_written_by_io_uring), self.folder_swapped,
                   self.upper_folder_moved_behind_a_link, self.read_by_others_and_then_rewritten)

    def test_every_change_of_a_file_that_several_reactors_trust_is_seen(self):
        daemon = self.start('--control', self.home / 'control', '--reactors', 2)
        self.check(daemon, self.rewritten, self.removed_and_made_anew, self.stored_to_by_a_new_mapping, self.folder_swapped, beside=3)

    # -- when it is looked ---------------------------------------------------------------------

    def test_what_changes_before_the_end_of_a_request_is_received_is_seen(self):
        """Who looks for changes before that, when the first half woke it, say, is late by those in between."""
        seams, daemon = self.start_with_seams()
        first, other, last = (self.connect(daemon) for _ in range(3))
        rounds = (False, True) * settings.counted(3, 300)
        for number, beside in enumerate(rounds):
            path, body = self.put(f'b/{number}', self.content()), self.content()
            self.pause()
            self.burst(last, f'b/{number}')
            message = request('GET', f'/b/{number}')
            if beside:            # another is received in the same turn: that it looks after that one is not enough
                self.hold(seams, 1, (first, message))
                self.hold(seams, 2, (other, message), (last, message[:20]))
            else:
                self.hold(seams, 1, (last, message[:20]))
            with open(path, 'r+b') as file:
                file.write(body)
            last.send(message[20:])
            seams.disarm('recv')
            self.assertEqual(last.read_response().body, body)
            for connection in (first, other) if beside else ():
                self.assertEqual(connection.read_response().status, 200)
        self.assertGreater(self.trusted(), len(rounds) * ASKED // 2)   # at the end: who asks is received from as well

    # -- what somebody can do who had the file open before ---------------------------------------

    def written_by_an_old_descriptor(self, path):
        with open(path, 'r+b', buffering=0) as file:
            yield
            body = self.content()
            file.write(body)
            yield 200, body

    def written_by_aio_by_an_old_descriptor(self, path):
        with open(path, 'r+b', buffering=0) as file:
            yield
            body = self.content()
            with kernel.Aio() as aio:
                aio.write(file.fileno(), body)
            yield 200, body

    def written_by_io_uring_to_a_file_that_it_keeps(self, path):
        with kernel.Uring() as ring:
            with open(path, 'r+b') as file:
                ring.register(file.fileno())
            yield
            body = self.content()
            ring.write(0, body, registered=True)
            yield 200, body

    def stored_to_by_an_old_mapping(self, path):
        with kernel.mapped(path) as mapping:
            yield
            mapping[:4] = b'MMAP'
            yield 200, bytes(mapping)

    def stored_to_by_a_mapping_made_after_the_file_was_cached(self, path):
        self.pause()
        for _ in range(3):
            self.ask(self.daemons[-1], 'GET', f'/{path.relative_to(self.root)}')
        yield from self.stored_to_by_an_old_mapping(path)

    def test_what_somebody_has_open_for_writing_is_not_trusted(self):
        self.check(self.serve(), self.written_by_an_old_descriptor, self.written_by_aio_by_an_old_descriptor,
                   self.stored_to_by_an_old_mapping, self.stored_to_by_a_mapping_made_after_the_file_was_cached,
                   *self.by_uring(self.written_by_io_uring_to_a_file_that_it_keeps), expect_trust=False)

    def stored_to_without_a_trace(self, path):
        with kernel.mapped(path) as mapping:
            mapping[:4] = b'once'                    # sets the times
            self.pause()
            self.ask(self.daemons[-1], 'GET', f'/{path.relative_to(self.root)}')
            mapping[:4] = b'more'                    # does not
            body = bytes(mapping)
        yield
        yield 200, body

    def test_bytes_that_changed_without_a_trace_are_found_before_they_are_trusted(self):
        self.check(self.serve(), self.stored_to_without_a_trace)

    # -- rights and mounts ----------------------------------------------------------------------

    def locked(self, which, lock, unlock):
        def change(path):
            place = which(path)
            before = place.stat()
            yield
            lock(place)
            yield 403, None
            unlock(place, before)
        change.__name__ = f'{lock.__name__}_{which.__name__}'
        return change

    def check_locked(self, *ways):
        def file(path): return path
        def folder(path): return path.parent
        def upper_folder(path): return path.parent.parent
        def root(_): return self.root
        self.check(self.start_as_nobody('--control', self.home / 'control'),
                   *(self.locked(place, *way) for way in ways for place in (file, folder, upper_folder, root)))

    def test_a_right_that_is_taken_is_seen(self):
        def locked(place): place.chmod(0)
        def unlocked(place, before): place.chmod(before.st_mode)
        self.check_locked((locked, unlocked))

    def test_a_right_that_a_list_takes_is_seen(self):
        def listed(place): kernel.set_acl(place, 0)
        def unlisted(place, before):
            os.removexattr(place, kernel.ACL)
            place.chmod(before.st_mode)
        try:
            kernel.set_acl(self.root, 7)
        except OSError as error:
            self.skipTest(f'no access control lists: {error}')
        unlisted(self.root, self.home.stat())
        self.check_locked((listed, unlisted))

    def test_a_file_that_is_given_to_another_is_seen(self):
        if os.geteuid() != 0:
            self.skipTest('only root may')
        def given(place):
            place.chmod(0o700)
            os.chown(place, 0, 0)
        def given_back(place, before):
            os.chown(place, before.st_uid, before.st_gid)
            place.chmod(before.st_mode)
        self.check_locked((given, given_back))

    def mounted_over(self, which):
        def change(path):
            place = which(path)
            body = self.content()
            other = self.home / f'other{next(self.numbers)}'
            other.mkdir()
            (other / 'b').mkdir()
            for copy in (other / 'file', other / 'b/file'):
                copy.write_bytes(body)
            yield
            source = other / 'file' if place == path else other
            kernel.checked(kernel.LIBC.mount(bytes(source), bytes(place), None, 4096, None))          # MS_BIND
            try:
                yield 200, body
            finally:
                kernel.checked(kernel.LIBC.umount2(bytes(place), 2))                                  # MNT_DETACH
        change.__name__ = f'mounted_over_{which.__name__}'
        return change

    def test_a_mount_over_a_trusted_file_is_seen(self):
        if os.geteuid() != 0 or kernel.LIBC.mount(b'none', bytes(self.root), b'tmpfs', 0, None) != 0:
            self.skipTest('no rights to mount')
        kernel.checked(kernel.LIBC.umount2(bytes(self.root), 0))
        def file(path): return path
        def folder(path): return path.parent
        def upper_folder(path): return path.parent.parent
        self.check(self.serve(), *map(self.mounted_over, (file, folder, upper_folder)))

    def test_what_a_mount_hid_is_served_when_it_is_gone(self):
        if os.geteuid() != 0 or kernel.LIBC.mount(b'none', bytes(self.root), b'tmpfs', 0, None) != 0:
            self.skipTest('no rights to mount')
        kernel.checked(kernel.LIBC.umount2(bytes(self.root), 0))
        daemon = self.serve()
        connection = self.connect(daemon)
        path = self.put('a/file', 'below')
        self.pause()
        for _ in range(3):
            self.burst(connection, 'a/file')
            kernel.checked(kernel.LIBC.mount(b'none', bytes(path.parent), b'tmpfs', 0, None))
            self.addCleanup(kernel.LIBC.umount2, bytes(path.parent), 2)        # should what follows fail; else it fails
            self.assertEqual(connection.ask('GET', '/a/file').status, 404)
            kernel.checked(kernel.LIBC.umount2(bytes(path.parent), 2))
            self.assertEqual(connection.ask('GET', '/a/file').body, b'below')
        self.assertGreater(self.trusted(), 0)


class TrustedInMemory(Trusted):
    place = '/dev/shm'
