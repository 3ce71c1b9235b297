# SPDX-License-Identifier: MIT
"""Judges lateness on a machine that has other things to do.

A daemon that is late whenever it is asked is wrong; one that was late once met a busy machine. So a test of lateness is
decorated with `once_in_time` and repeated while it raises Late, each time on a daemon of its own, and may be later
towards the end. What is early, or wrong in any other way, fails at once.
"""

import contextlib
import functools
import time

from . import settings

LATE = 0.25
TRIES = 8


class Late(AssertionError):
    """Too late, which may be the fault of who else runs here."""


def once_in_time(test):
    """The case's `lateness` is what is allowed in this try."""
    @functools.wraps(test)
    def until_in_time(case):
        for turn in range(TRIES):
            case.lateness = settings.budget(LATE) * 2 ** (turn // 2)
            try:
                return test(case)
            except Late as late:
                if turn == TRIES - 1:
                    raise
                settings.say(f'again: {late}')
                wrong = [sentence for daemon in case.daemons for sentence in daemon.finish()]
                case.assertEqual(wrong, [])
    return until_in_time


class Punctual:
    """Before DaemonCase."""

    timeout = 240.0      # for all tries
    lateness = settings.budget(LATE)

    def in_time(self, took, due):
        """`took` seconds where `due` were right."""
        if took > due + self.lateness:
            raise Late(f'{took:.3f} s instead of {due} s')

    def soon(self, took, seconds):
        """The same for what hardly takes time."""
        if took > settings.budget(seconds) * self.lateness / settings.budget(LATE):
            raise Late(f'{took:.3f} s, which is more than {seconds} s')

    @contextlib.contextmanager
    def unless_late(self, since, seconds):
        """For what the test has to ask within so many seconds since then: failures after them are its own."""
        try:
            yield
        except (AssertionError, OSError) as failure:
            took = time.monotonic() - since
            if took > seconds:
                raise Late(f'{failure!r} when {took:.3f} s had passed') from failure
            raise
