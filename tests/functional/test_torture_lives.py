# SPDX-License-Identifier: MIT
"""Every call fails once, every allocation once and twice, while a daemon reloads, leaves idle, or is replaced.

Repeat one case with FILESRV_TORTURE='call fault number times'. A successor counts its calls on in the table of the daemon
that it replaces, so that those of its start are among the cases.
"""

import json
import os
import re
import signal
import time

from support import settings, torture
from support.control import status
from support.line import Line
from support.replacing import Replacing
from support.seams import Seams, require_seams

CASES = int(os.environ.get('FILESRV_LIVES_CASES', '6'))   # of a slice
ONLY = os.environ.get('FILESRV_TORTURE', '').split()
REFUSED = re.compile(r'reload refused|a signal was not acted upon|replacement refused|replacement failed')


class Life(Replacing):
    """A daemon with seams, and every case of one deed of its life."""

    timeout = 3600.0 if settings.SOAK or CASES > 6 else 240.0
    untrue = ()          # faults that would say what is not so

    def setUp(self):
        super().setUp()
        require_seams()
        torture.lay_out(self.root)
        self.seams = Seams(self.home)

    def begin(self, *options):
        self.control = self.home / f'control.{len(self.daemons)}'
        daemon = self.start('--control', self.control, *options, program=settings.FAULTS, environment=self.seams.environment)
        self.seams.learn_names()
        return daemon

    def counted(self, deed):
        """How often each call is made meanwhile, at least: what a process does once, soon after its start, meets one of these
        or the gap between two."""
        rounds = []
        for _ in range(3):
            before = self.seams.counts()
            deed()
            rounds.append({call: count - before[call] for call, count in self.seams.counts().items()})
        return {call: min(counts[call] for counts in rounds) for call in rounds[0]}

    def torture(self, counts, suffer):
        every = [(call, fault, number, times) for call, names in torture.FAULTS.items() for fault in names.split()
                 for times in ((1, 2) if call == 'malloc' else (1,)) for number in range(1, counts.get(call, 0) + 1)
                 if (call, fault) not in self.untrue]
        chosen = every[::1 if settings.SOAK else len(every) // CASES | 1]
        if ONLY:
            chosen = [case for case in every if [str(part) for part in case][:len(ONLY)] == ONLY]
        met = 0
        for case in chosen:
            try:
                met += bool(suffer(*case))
            except (AssertionError, OSError) as error:
                self.fail(f'{" ".join(map(str, case))}: {error}\n{self.report()}')
        settings.say(f'{len(chosen)} cases of {len(every)}, the fault was met in {met}')
        # Where it is slow, what a process does soon after its start is over before a life's fault is armed.
        self.assertGreater(met, len(chosen) // 4)

    def is_served(self, daemon):
        with torture.Wire(daemon.port) as wire:
            return wire.get('/small.txt').body == torture.SMALL

    def log_after(self, daemon, size):
        with open(daemon.stderr_path, encoding='utf-8', errors='replace') as file:
            file.seek(size)
            return file.read()

    def log_size(self, daemon):
        return daemon.stderr_path.stat().st_size


class Reloads(Life):
    def write(self, number):
        self.file.write_text(f'timeout_max = {number}\nread_only = {"true" if number % 2 else "false"}\n'
                             f'workers = "2:{number}"\naccess_log = "common:{self.home}/log.{number}"\n')

    def in_force(self):
        """The number of the configuration; nothing when it is a part of this and a part of that one."""
        told = status(self.control)
        with torture.Wire(self.daemon.port) as wire:
            read_only = 'PUT' not in wire.get('*', method='OPTIONS').get('allow')
        number = int(told['timeout_max_s'])
        return number if told['workers']['max'] == number and read_only == bool(number % 2) else None

    def reload(self, number):
        """What was said; nothing where that was lost for want of memory, though it is in force."""
        size = self.log_size(self.daemon)
        self.daemon.signal(signal.SIGHUP)
        lost = time.monotonic() + settings.budget(1)
        while time.monotonic() < lost + settings.patience(9):
            said = self.log_after(self.daemon, size)
            if 'reload: ' in said or REFUSED.search(said):
                return said
            if not self.daemon.running() or (time.monotonic() > lost and self.in_force() == number):
                return ''
            time.sleep(0.002)
        raise torture.Wrong('neither reloaded nor said why not')

    def suffer(self, call, fault, number, times):
        old, new = self.now, 30 + (self.now + 1) % 2
        self.write(new)
        self.seams.arm(call, fault, number, times)
        said = self.reload(new)
        fired = self.seams.disarm(call)
        self.assertTrue(self.daemon.running(), 'the daemon died')
        self.now = self.in_force()
        self.assertEqual(self.now, old if REFUSED.search(said) else new, said)
        self.assertTrue(self.is_served(self.daemon))
        return fired

    def descriptors(self):
        """Without those that a file's eighth hit brings, wherever files can be trusted, and those that wait for them."""
        return self.daemon.descriptors() - sum(map(self.daemon.descriptors_of, ('anon_inode:inotify', '/mountinfo', '[eventpoll]')))

    def test_a_reload_that_fails_changes_nothing_and_says_so(self):
        self.file = self.home / 'filesrv.toml'
        self.now = 30
        self.write(30)
        self.daemon = self.begin('--config', self.file, '--no-sandbox')
        descriptors = self.descriptors()
        self.write(30)
        counts = self.counted(lambda: self.reload(30))
        self.now = 30
        self.torture(counts, self.suffer)
        self.eventually(lambda: self.descriptors() <= descriptors + 1, what='descriptors closed, but for the control thread')


class Leaving(Life):
    def leave(self, arm=lambda: None):
        daemon = self.begin('--idle-shutdown', '0.1')
        try:
            self.assertTrue(self.is_served(daemon))
        except ConnectionRefusedError:
            pass                     # on a busy machine it has left before anybody came
        arm()
        self.assertEqual(daemon.wait(), 0)
        self.daemons.remove(daemon)
        self.assertEqual(daemon.finish(), [])
        self.assertEqual([name for name in self.names() if '.filesrv-' in name], [])

    def suffer(self, call, fault, number, times):
        self.leave(lambda: self.seams.arm(call, fault, number, times))
        kept = self.home / 'state/filesrv/lifetime.json'
        if kept.exists():
            json.loads(kept.read_text())
        return self.seams.disarm(call)

    def test_an_idle_exit_is_one_whatever_fails(self):
        counts = {}
        self.leave()                 # from now on there are counters to be read and added to
        self.leave(lambda: counts.update(self.seams.counts()))
        self.torture({call: count - counts[call] for call, count in self.seams.counts().items()}, self.suffer)


class Replacements(Life):
    unseen = 0           # ends at which nobody could look for leaks
    # Of the process that starts successors, that it has gone, though it has not; and what a Unix socket never says.
    untrue = {('recvmsg', 'ECONNRESET'), *(('sendmsg', fault) for fault in ('short', 'EPIPE', 'ECONNRESET', 'ETIMEDOUT'))}

    def outcome(self, size):
        """Whether somebody else serves now."""
        lost = time.monotonic() + settings.budget(1)
        while time.monotonic() < lost + settings.patience(15):
            said = self.log_after(self.line.daemon, size)
            replaced = re.search(r'replaced by process (\d+)', said)
            if replaced or REFUSED.search(said):
                return int(replaced[1]) if replaced else None
            if time.monotonic() > lost and (now := status(self.control)['pid']) != self.line.pids[-1]:
                return now           # there was no memory to say it
            time.sleep(0.002)
        raise torture.Wrong('neither replaced nor said why not')

    def replace(self):
        size, old = self.log_size(self.line.daemon), self.line.pids[-1]
        self.line.ask()
        if (successor := self.outcome(size)) is None:
            return False
        self.line.pids.append(successor)
        status = self.line.wait(old)
        if torture.leaks_unseen(self.line.log, old):
            self.unseen += 1
            self.assertEqual(status, 1)
            self.line.pids.remove(old)
        else:
            self.assertEqual(status, 0)
        return True

    def suffer(self, call, fault, number, times):
        self.seams.arm(call, fault, number, times)
        replaced = self.replace()
        fired = self.seams.disarm(call)
        self.assertTrue(self.is_served(self.line.daemon))
        if not replaced:
            self.assertTrue(self.line.runs(self.line.pids[-1]), 'the old daemon died')
            self.assertTrue(self.replace(), 'the next one fails too')
        return fired

    def test_a_replacement_that_fails_leaves_the_old_daemon_serving(self):
        self.line = Line(self.begin())
        self.replace()
        counts = self.counted(self.replace)
        self.torture(counts, self.suffer)
        self.replace()               # whose sandbox is whole
        settings.say(f'{self.unseen} ends at which nobody could look for leaks')
        self.stop_line(self.line)
