# SPDX-License-Identifier: MIT
"""System calls that Python has no name for: what changes a file in ways that programs in other languages may choose."""

import contextlib
import ctypes
import mmap
import os
import struct
import subprocess

AT_FDCWD = -100
EXCHANGE = 2                     # RENAME_EXCHANGE, rename(2)
NUMBERS = (206, 207, 208, 209) if os.uname().machine == 'x86_64' else (0, 1, 4, 2)      # io_setup, _destroy, _getevents, _submit
IO_CMD_PWRITE = 1
URING_SETUP, URING_ENTER, URING_REGISTER = 425, 426, 427
OP_OPENAT, OP_WRITE = 18, 23
FIXED_FILE, GETEVENTS, REGISTER_FILES, SINGLE_MMAP, SQES = 1, 1, 2, 1, 0x10000000
ACL = 'system.posix_acl_access'

TELLING = ('ext2/ext3', 'xfs', 'f2fs', 'tmpfs')        # as stat(1) calls those that tell of whatever is done to a file

LIBC = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def file_system(path):
    return subprocess.run(['stat', '-f', '-c', '%T', path], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def tells_of_all(path):
    """Whether a file there may be trusted without a look at it."""
    return file_system(path) in TELLING and tuple(map(int, os.uname().release.split('.')[:2])) >= (6, 5)


def exchange(one, other):
    """Two names, of whatever."""
    checked(LIBC.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), EXCHANGE))


def punch_hole(fd, offset, length):
    checked(LIBC.fallocate(fd, 3, ctypes.c_long(offset), ctypes.c_long(length)))        # PUNCH_HOLE | KEEP_SIZE


def set_acl(path, owner):
    """An access control list that gives the owner these rights and others none, acl(5)."""
    entries = ((0x01, owner), (0x04, 0), (0x20, 0))
    os.setxattr(path, ACL, struct.pack('<I', 2) + b''.join(struct.pack('<HHI', tag, rights, 0xffffffff) for tag, rights in entries))


class Aio:
    """io_submit(2) for one write at a time, which the kernel does on its own and of which it tells nobody. To end one takes
    the kernel tens of milliseconds."""

    def __init__(self):
        self.setup, self.destroy, self.getevents, self.submit = NUMBERS
        self.context = ctypes.c_ulong(0)
        checked(LIBC.syscall(self.setup, 1, ctypes.byref(self.context)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        LIBC.syscall(self.destroy, self.context)

    def write(self, fd, body):
        buffer = ctypes.create_string_buffer(body, len(body))
        block = ctypes.create_string_buffer(struct.pack('=QIIHhIQQqQII', 0, 0, 0, IO_CMD_PWRITE, 0, fd, ctypes.addressof(buffer),
                                                        len(body), 0, 0, 0, 0))
        checked(LIBC.syscall(self.submit, self.context, ctypes.c_long(1), (ctypes.c_void_p * 1)(ctypes.addressof(block))))
        done = ctypes.create_string_buffer(32)
        checked(LIBC.syscall(self.getevents, self.context, ctypes.c_long(1), ctypes.c_long(1), done, None))


class Uring:
    """An io_uring(7) for one operation at a time. OSError where there is none."""

    def __init__(self):
        params = ctypes.create_string_buffer(120)
        self.fd = checked(LIBC.syscall(URING_SETUP, 4, params))
        fields = struct.unpack('=10I' + 2 * '8IQ', params.raw)
        if not fields[5] & SINGLE_MMAP:
            os.close(self.fd)
            raise OSError(95, 'an old io_uring')
        self.submitted, self.completed = fields[10:19], fields[19:28]
        size = max(self.submitted[6] + 4 * fields[0], self.completed[5] + 16 * fields[1])
        self.rings = mmap.mmap(self.fd, size, offset=0)
        self.entries = mmap.mmap(self.fd, 64 * fields[0], offset=SQES)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.rings.close()
        self.entries.close()
        os.close(self.fd)

    def _word(self, at):
        return struct.unpack_from('=I', self.rings, at)[0]

    def _do(self, operation, flags, fd, offset, address, length, how):
        tail, mask = self._word(self.submitted[1]), self._word(self.submitted[2])
        struct.pack_into('=BBHiQQIIQ24x', self.entries, 0, operation, flags, 0, fd, offset, address, length, how, 0)
        struct.pack_into('=I', self.rings, self.submitted[6] + 4 * (tail & mask), 0)
        struct.pack_into('=I', self.rings, self.submitted[1], tail + 1)
        checked(LIBC.syscall(URING_ENTER, self.fd, 1, 1, GETEVENTS, None, ctypes.c_long(0)))
        head, mask = self._word(self.completed[0]), self._word(self.completed[2])
        result = struct.unpack_from('=i', self.rings, self.completed[5] + 16 * (head & mask) + 8)[0]
        struct.pack_into('=I', self.rings, self.completed[0], head + 1)
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return result

    def open(self, path, flags):
        name = ctypes.create_string_buffer(os.fsencode(path))
        return self._do(OP_OPENAT, 0, AT_FDCWD, 0, ctypes.addressof(name), 0, flags)

    def register(self, fd):
        """It is kept open by the ring from here on, as number 0 of its own."""
        checked(LIBC.syscall(URING_REGISTER, self.fd, REGISTER_FILES, (ctypes.c_int * 1)(fd), 1))

    def write(self, fd, body, registered=False):
        buffer = ctypes.create_string_buffer(body, len(body))
        return self._do(OP_WRITE, FIXED_FILE if registered else 0, fd, 0, ctypes.addressof(buffer), len(body), 0)


def has_uring():
    try:
        with Uring():
            return True
    except OSError:
        return False


@contextlib.contextmanager
def mapped(path):
    with open(path, 'r+b') as file:
        mapping = mmap.mmap(file.fileno(), 0)
    with mapping:
        yield mapping
