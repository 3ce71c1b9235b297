# SPDX-License-Identifier: MIT
"""The fault table of a daemon built with seams (tests/support/seam.hpp), mapped: armed while it runs."""

import errno
import mmap
import os
import pathlib
import struct
import unittest

from . import settings

SEAM = struct.Struct('=24sQQQqQ')        # name, calls, first, last, code, fired
ROOM = 128                               # more than the daemon has; the unused end stays zero
CODES = {'short': -1, 'end': -2, 'held': -3}


def require_seams():
    """Skips a test where the build with seams is not there."""
    if not os.access(settings.FAULTS, os.X_OK):
        raise unittest.SkipTest(f'the build with fault seams is not there: {settings.FAULTS}')


def code_of(fault):
    """An errno by its name, or what the table has beside them."""
    return CODES.get(fault) or getattr(errno, fault)


class Seams:
    """Calls are counted from the start of the daemon; `arm` counts from now."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / 'seams'
        self.path.write_bytes(bytes(SEAM.size * ROOM))
        with open(self.path, 'r+b') as file:
            self.memory = mmap.mmap(file.fileno(), 0)
        self.places = {}

    @property
    def environment(self):
        return {'FILESRV_TEST_SEAMS': str(self.path)}

    def learn_names(self):
        """Once the daemon has started."""
        for place in range(ROOM):
            name = self._read(place)[0].rstrip(b'\0').decode()
            if name:
                self.places[name] = place
        return self

    def _read(self, place):
        return SEAM.unpack_from(self.memory, place * SEAM.size)

    def _store(self, place, field, value):
        struct.pack_into('=q', self.memory, place * SEAM.size + 24 + 8 * field, value)

    def counts(self):
        """{call: how often it was called so far}"""
        return {name: self._read(place)[1] for name, place in self.places.items()}

    def arm(self, call, fault, number, times=1):
        """The number-th call from now on fails, and so do those after it. One that is held goes on when it is not among
        those any more."""
        place = self.places[call]
        first = self._read(place)[1] + number
        self._store(place, 4, 0)
        self._store(place, 3, code_of(fault))
        self._store(place, 2, first + times - 1)
        self._store(place, 1, first)

    def fired(self, call):
        """How many calls have met the fault since it was armed."""
        return self._read(self.places[call])[5]

    def disarm(self, call):
        """How many calls have failed."""
        place = self.places[call]
        self._store(place, 1, 0)
        return self.fired(call)
