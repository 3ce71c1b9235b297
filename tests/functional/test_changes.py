# SPDX-License-Identifier: MIT
"""Changes of every kind that there is a system call for, one after the other at speed, each to a file that the daemon has
been made to trust where it can, and between the two halves of a request: what it answers is what is there then.

FILESRV_TEST_CHANGES=N: how many on each file system, instead of a few, or of a million in a soak. FILESRV_TEST_CHANGES_LOG:
a file to which each slice is added when it is done; the ones that are there already count, so a run that was stopped goes on.
"""

import contextlib
import inspect
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import time

from support import control, elsewhere, kernel, settings
from support.case import NOBODY, DaemonCase
from support.raw import request

REST = 0.03             # an entry younger than a clock tick is not kept; this is longer
GROUP = 384             # files that rest together
TOGETHER = 16           # of them are asked for at once
ASKED = 11              # one that fills, eight that look, and two that need not
SLICE = 50_000
LENGTH = re.compile(rb'\r\ncontent-length: (\d+)\r\n', re.IGNORECASE)


class File:
    """One name, in two folders of its own. Every kind of change is a generator: what is there before the file is trusted;
    then the change, what it makes of the answer, (status, body), and what is to be tidied up."""

    def __init__(self, world, number):
        self.world, self.number = world, number
        self.top, self.folder = f'{world.root}/c{number}', f'{world.root}/c{number}/d'
        self.path, self.spare = f'{self.folder}/f', f'{world.spare}/{number}'
        self.message = request('GET', f'/c{number}/d/f')
        self.body = b''

    def make(self, path=None, flags=os.O_WRONLY | os.O_CREAT):
        self.body = self.world.content()
        with self.opened(flags, path) as fd:
            os.write(fd, self.body)
            if os.fstat(fd).st_size > len(self.body):
                os.ftruncate(fd, len(self.body))

    @contextlib.contextmanager
    def opened(self, flags, path=None):
        fd = os.open(path or self.path, flags | os.O_CLOEXEC, 0o644)
        try:
            yield fd
        finally:
            os.close(fd)

    def now(self):
        return 200, self.body

    # -- the bytes ----

    def rewritten(self):
        yield
        self.make(flags=os.O_WRONLY)
        yield self.now()

    def cut_and_rewritten(self):
        yield
        self.make(flags=os.O_WRONLY | os.O_TRUNC)
        yield self.now()

    def rewritten_and_dated_back(self):
        yield
        old = os.stat(self.path)
        self.make(flags=os.O_WRONLY)
        os.utime(self.path, ns=(old.st_atime_ns, old.st_mtime_ns))
        yield self.now()

    def written_in_the_middle(self):
        yield
        fresh = self.world.content()[:20]
        with self.opened(os.O_RDWR) as fd:
            os.pwrite(fd, fresh, 7)
        self.body = self.body[:7] + fresh + self.body[27:]
        yield self.now()

    def appended_to(self):
        yield
        with self.opened(os.O_WRONLY | os.O_APPEND) as fd:
            os.write(fd, b'more')
        self.body += b'more'
        yield self.now()

    def cut(self):
        yield
        self.body = self.body[:3]
        os.truncate(self.path, 3)
        yield self.now()

    def cut_by_a_descriptor(self):
        yield
        self.body = b''
        with self.opened(os.O_WRONLY) as fd:
            os.ftruncate(fd, 0)
        yield self.now()

    def lengthened(self):
        yield
        self.body = self.body.ljust(100, b'\0')
        os.truncate(self.path, 100)
        yield self.now()

    def holed(self):
        yield
        self.body = bytes(9) + self.body[9:]
        with self.opened(os.O_WRONLY) as fd:
            kernel.punch_hole(fd, 0, 9)
        yield self.now()

    def copied_to(self):
        yield
        self.make(self.spare)
        with self.opened(os.O_RDONLY, self.spare) as source, self.opened(os.O_WRONLY) as fd:
            os.copy_file_range(source, fd, len(self.body))
        yield self.now()
        os.unlink(self.spare)

    def stored_to(self):
        yield
        with kernel.mapped(self.path) as mapping:
            mapping[:4] = b'MMAP'
            self.body = bytes(mapping)
            yield self.now()

    def stored_to_by_an_old_mapping(self):
        with kernel.mapped(self.path) as mapping:
            yield
            mapping[:4] = b'MMAP'
            self.body = bytes(mapping)
            yield self.now()

    def written_by_an_old_descriptor(self):
        with self.opened(os.O_RDWR) as fd:
            yield
            self.body = self.world.content()
            os.pwrite(fd, self.body, 0)
            yield self.now()

    def written_by_aio(self):
        yield
        self.body = self.world.content()
        with self.opened(os.O_WRONLY) as fd:
            self.world.aio.write(fd, self.body)
        yield self.now()

    def written_by_io_uring(self):
        yield
        self.body = self.world.content()
        fd = self.world.uring.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
        self.world.uring.write(fd, self.body)
        os.close(fd)
        yield self.now()

    def rewritten_by_a_name_outside(self):
        yield
        os.link(self.path, self.spare)
        self.make(self.spare, os.O_WRONLY)
        os.unlink(self.spare)
        yield self.now()

    def rewritten_through_another_mount(self):
        yield
        self.make(self.path.replace(self.world.root, f'{self.world.bound}/root'), os.O_WRONLY)
        yield self.now()

    # -- the name ----

    def replaced(self):
        yield
        old = os.stat(self.path)
        self.make(self.spare)
        os.utime(self.spare, ns=(old.st_atime_ns, old.st_mtime_ns))
        os.rename(self.spare, self.path)
        yield self.now()

    def exchanged(self):
        yield
        self.make(self.spare)
        kernel.exchange(self.spare, self.path)
        yield self.now()
        os.unlink(self.spare)

    def removed(self):
        yield
        os.unlink(self.path)
        yield 404, None

    def made_anew(self):
        yield
        os.unlink(self.path)
        self.make()
        yield self.now()

    def linked_anew(self):
        yield
        self.make(self.spare)
        os.unlink(self.path)
        os.link(self.spare, self.path)
        yield self.now()
        os.unlink(self.spare)

    def moved_away(self):
        yield
        os.rename(self.path, self.spare)
        yield 404, None
        os.unlink(self.spare)

    def replaced_by_a_link(self):
        yield
        os.unlink(self.path)
        os.symlink('/etc/passwd', self.path)
        yield 404, None
        os.unlink(self.path)

    # -- the folders on the way ----

    def _swap(self, folder, below, *folders):
        yield
        for fresh in reversed(folders):
            os.mkdir(self.spare + fresh)
        self.make(self.spare + below)
        kernel.exchange(self.spare, folder)
        yield self.now()
        os.unlink(self.spare + below)
        for emptied in folders:
            os.rmdir(self.spare + emptied)

    def folder_exchanged(self):
        yield from self._swap(self.folder, '/f', '')

    def upper_folder_exchanged(self):
        yield from self._swap(self.top, '/d/f', '/d', '')

    def _hide(self, folder):
        yield
        os.rename(folder, self.spare)
        os.symlink(self.spare, folder)
        yield 404, None
        os.unlink(folder)
        os.rename(self.spare, folder)

    def folder_moved_behind_a_link(self):
        yield from self._hide(self.folder)

    def upper_folder_moved_behind_a_link(self):
        yield from self._hide(self.top)

    # -- rights ----

    def _lock(self, place, mode):
        yield
        os.chmod(place, 0)
        yield 403, None
        os.chmod(place, mode)

    def locked(self):
        yield from self._lock(self.path, 0o644)

    def folder_locked(self):
        yield from self._lock(self.folder, 0o755)

    def locked_by_a_list(self):
        yield
        kernel.set_acl(self.path, 0)
        yield 403, None
        os.removexattr(self.path, kernel.ACL)
        os.chmod(self.path, 0o644)


KINDS = [name for name, value in vars(File).items() if not name.startswith('_') and inspect.isgeneratorfunction(value)]
UNTRUSTED = {'stored_to_by_an_old_mapping', 'written_by_an_old_descriptor'}


class World:
    """All that changes, by one who is no more than the daemon is: rights mean something to both."""

    def __init__(self, home, slice_number):
        self.chance = random.Random(slice_number)
        self.numbers = itertools.count()
        self.root, self.spare, self.bound = (str(home / name) for name in ('root', 'spare', 'bound'))
        self.aio = self.uring = None
        self.kinds = list(KINDS)
        self.files = [File(self, number) for number in range(GROUP)]
        for file in self.files:
            os.makedirs(file.folder)
        for folder in (self.spare, self.bound):
            os.mkdir(folder)

    def content(self):
        return (b'%d ' % next(self.numbers)).ljust(64, b'.')

    def prepare(self, stack):
        """What needs rights that are given up then, and what does not exist everywhere."""
        if os.geteuid() == 0 and kernel.LIBC.mount(os.path.dirname(self.root).encode(), self.bound.encode(), None, 4096, None) == 0:
            stack.callback(kernel.LIBC.umount2, self.bound.encode(), 2)
        else:
            self.kinds.remove('rewritten_through_another_mount')
        if os.geteuid() == 0:
            stack.enter_context(as_nobody())
        self.aio = stack.enter_context(kernel.Aio())
        if kernel.has_uring():
            self.uring = stack.enter_context(kernel.Uring())
        else:
            self.kinds.remove('written_by_io_uring')
        try:
            kernel.set_acl(self.spare, 7)
            os.removexattr(self.spare, kernel.ACL)
        except OSError:
            self.kinds.remove('locked_by_a_list')


@contextlib.contextmanager
def as_nobody():
    """The whole process, threads included."""
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


class Answers:
    """A connection whose answers are short, and split no more than is needed to compare them."""

    def __init__(self, connection):
        self.socket, self.buffer = connection.socket, b''

    def next(self):
        while True:
            end = self.buffer.find(b'\r\n\r\n') + 4
            if end >= 4:
                whole = end + int(LENGTH.search(self.buffer, 0, end)[1])
                if len(self.buffer) >= whole:
                    answer, self.buffer = self.buffer[:whole], self.buffer[whole:]
                    status = int(answer[9:12])
                    return status, answer[end:] if status == 200 else None
            more = self.socket.recv(1 << 16)
            if not more:
                raise AssertionError(f'the connection ended after {self.buffer!r}')
            self.buffer += more


class Changes(DaemonCase):
    timeout = 20_000

    def setUp(self):
        if str(settings.INLINE_BATCH) not in ('None', '64'):
            self.skipTest('what workers answer is always looked at')
        super().setUp()
        self.total = int(os.environ.get('FILESRV_TEST_CHANGES', settings.counted(2 * GROUP, 1_000_000)))
        self.log = os.environ.get('FILESRV_TEST_CHANGES_LOG')
        self.system = subprocess.run(['stat', '-f', '-c', '%T', self.root], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()

    def done(self):
        """Slices of this file system that are in the log."""
        if not self.log or not os.path.exists(self.log):
            return []
        lines = map(json.loads, pathlib.Path(self.log).read_text().splitlines())
        return [line for line in lines if line['system'] == self.system]

    def note(self, **line):
        if self.log:
            with open(self.log, 'a', encoding='ascii') as file:
                file.write(json.dumps({'system': self.system, **line}) + '\n')

    def test_every_change_is_in_the_answer_that_is_asked_for_after_it(self):
        before = self.done()
        made, number = sum(line['changes'] for line in before), len(before)
        while made < self.total:
            begun = time.monotonic()
            changes, trusted = self.slice(number, min(SLICE, self.total - made))
            made, number = made + changes, number + 1
            self.note(changes=changes, trusted=trusted, stale=0, seconds=round(time.monotonic() - begun, 1))
            if settings.SOAK:
                settings.say(f'{self.system}: {made:,} changes, {trusted:,} of the last {changes:,} to trusted files, none overlooked')

    def slice(self, number, wanted):
        """One life of a daemon."""
        for folder in (self.root, self.home / 'spare', self.home / 'bound'):
            shutil.rmtree(folder, ignore_errors=True)
        self.root.mkdir()
        self.world = World(self.home, number)
        daemon = self.start_as_nobody('--control', self.home / 'control')
        connection = self.connect(daemon)
        changes = trusted = 0
        with contextlib.ExitStack() as stack:
            self.world.prepare(stack)
            answers = Answers(connection)
            while changes < wanted:
                trusted += self.group(connection, answers)
                changes += GROUP
        connection.close()
        self.assertEqual(daemon.finish(), [])
        return changes, trusted

    def group(self, connection, answers):
        """How many of the files were trusted before they were changed."""
        chosen = [(file, kind) for file in self.world.files for kind in [self.world.chance.choice(self.world.kinds)]]
        under_way = []
        for file, kind in chosen:
            file.make()
            under_way.append(getattr(file, kind)())
            next(under_way[-1])
        time.sleep(REST)
        before = self.trusted()
        for first in range(0, GROUP, TOGETHER):
            some = self.world.files[first:first + TOGETHER]
            connection.send(b''.join(file.message for file in some) * ASKED)
            for file in some * ASKED:
                self.assertEqual(answers.next(), file.now())
        trusted = self.trusted() - before
        for (file, kind), steps in zip(chosen, under_way):
            self.change(connection, answers, file, kind, steps)
        return trusted // 2

    def change(self, connection, answers, file, kind, steps):
        cut = self.world.chance.randrange(1, len(file.message))
        # One more, whole: a folder that was moved before had every file looked at once more.
        connection.send(file.message + file.message[:cut])
        self.assertEqual(answers.next(), file.now())
        expected = next(steps)
        connection.send(file.message[cut:])
        answer = answers.next()
        if answer != expected:
            self.note(changes=0, trusted=0, stale=1, kind=kind, answer=repr(answer), expected=repr(expected))
            self.fail(f'{kind}: answered {answer!r}, and there was {expected!r}')
        next(steps, None)

    def trusted(self):
        return control.status(self.home / 'control')['cache']['trusted']


class ChangesOnTmpfs(elsewhere.Tmpfs, Changes):
    pass


class ChangesOnOverlay(elsewhere.Overlay, Changes):
    pass
