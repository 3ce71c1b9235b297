# SPDX-License-Identifier: MIT
"""Changes of every kind that there is a system call for, one after the other at speed, each to a file that the daemon has
been made to trust where it can, and between the two halves of a request: what it answers is what is there then.

FILESRV_TEST_CHANGES=N: how many on each file system, instead of a few, or of a million in a soak. FILESRV_TEST_CHANGES_LOG:
a file to which each slice is added when it is done; the ones that are there already count, so a run that was stopped goes on.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import time

from support import control, elsewhere, kernel, settings
from support.case import DaemonCase
from support.changing import World

REST = 0.03             # an entry younger than a clock tick is not kept; this is longer
GROUP = 384             # files that rest together
TOGETHER = 16           # of them are asked for at once
ASKED = 11              # one that fills, eight that look, and two that need not
SLICE = 10_000
LENGTH = re.compile(rb'\r\ncontent-length: (\d+)\r\n', re.IGNORECASE)


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
        self.system = kernel.file_system(self.root)

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
        self.world = World(self.home, GROUP, number)
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
        self.assertEqual(trusted > 0, kernel.tells_of_all(self.root))
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
        for _ in range(100):     # a daemon that has to wait for a processor may have no time for it, and closes unasked
            answer = control.ask(self.home / 'control', 'status')
            if answer is not None:
                return answer['status']['cache']['trusted']
        self.fail('it tells no figures')


class ChangesOnTmpfs(elsewhere.Tmpfs, Changes):
    pass


class ChangesOnOverlay(elsewhere.Overlay, Changes):
    pass
