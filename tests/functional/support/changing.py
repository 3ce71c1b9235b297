# SPDX-License-Identifier: MIT
"""Every kind of change of a file that there is a system call for, and the folder in which they are made."""

import contextlib
import inspect
import itertools
import os
import random

from . import kernel
from .case import NOBODY
from .raw import request


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


class World:
    """All that changes, by one who is no more than the daemon is: rights mean something to both."""

    def __init__(self, home, files, seed):
        self.chance = random.Random(seed)
        self.numbers = itertools.count()
        self.root, self.spare, self.bound = (str(home / name) for name in ('root', 'spare', 'bound'))
        self.aio = self.uring = None
        self.kinds = list(KINDS)
        self.files = [File(self, number) for number in range(files)]
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
