# SPDX-License-Identifier: MIT
"""Every call of a fixed script fails once, with every error that it may have, in a daemon that lives on.

The script is support/torture.py, the calls are counted and made to fail by the seams of tests/support. A case is one
step of the script with one fault: `step call fault number`. Repeat one with FILESRV_TORTURE='step call fault number'.
"""

import os
import select
import signal
import time
import unittest

from support import settings, torture
from support.case import DaemonCase
from support.control import status
from support.raw import RawConnection
from support.seams import Seams, require_seams

CASES = int(os.environ.get('FILESRV_TORTURE_CASES', '130'))   # of a slice: every so-manieth, so that all calls and faults come
ROUNDS = 3                           # to count the calls of a step: they vary with the threads' luck
ONLY = os.environ.get('FILESRV_TORTURE', '').split()


class TortureCase(DaemonCase):
    """A daemon with seams, and what one case is."""

    timeout = 3600.0 if settings.SOAK else 300.0

    def setUp(self):
        super().setUp()
        require_seams()
        torture.lay_out(self.root)
        self.boot()

    def boot(self):
        self.seams = Seams(self.home)
        self.control = self.home / 'control.torture'
        self.daemon = self.start('--allow-delete', '--precompressed', '--workers', '2:4', '--control', self.control,
                                 program=settings.FAULTS, environment=self.seams.environment)
        self.seams.learn_names()
        self.log_read = len(self.daemon.stderr)
        self.script = [step(self.root) for step in torture.SCRIPT]
        torture.Control.control = self.control
        time.sleep(0.03)             # what was written within the clock's tick is not kept
        for _ in range(2):
            for step in self.script:
                self.check_unharmed(step)
        self.sockets = self.daemon.sockets()

    # -- one case -------------------------------------------------------------------------------

    def play(self, step):
        """Statuses of the whole answers, and how the connection ended early, if it did."""
        statuses, cut = [], None
        try:
            with torture.Wire(self.daemon.port) as wire:
                for code in step.run(wire):
                    statuses.append(code)
        except (torture.Cut, OSError) as error:
            cut = str(error) or type(error).__name__
        return statuses, cut

    def check_unharmed(self, step):
        step.before()
        statuses, cut = self.play(step)
        step.after(statuses)
        if cut or not set(statuses) <= step.expected:
            raise torture.Wrong(f'{step.name} without a fault: {statuses}, {cut}')

    def new_log_lines(self):
        with open(self.daemon.stderr_path, 'rb') as file:
            file.seek(self.log_read)
            text = file.read()
        self.log_read += len(text)
        return text.decode(errors='replace').splitlines()

    def suffer(self, step, call, fault, number, times=1):
        """One case: raises Wrong."""
        step.before()
        self.seams.arm(call, fault, number, times)
        try:
            statuses, cut = self.play(step)
        finally:
            fired = self.seams.disarm(call)
        step.after(statuses)
        unexpected = set(statuses) - torture.allowed(step, call, fault)
        if unexpected:
            raise torture.Wrong(f'answered {unexpected}')
        if cut and (not fired or call not in torture.ENDS_THE_CONNECTION):
            raise torture.Wrong(f'the connection ended early: {cut}')
        return fired

    def check_recovered(self, fault):
        if not self.daemon.running():
            raise torture.Wrong(f'the daemon died: {self.daemon.process.poll()}')
        self.check_unharmed(self.script[0])
        for line in self.new_log_lines():
            if (' warning ' in line or ' error ' in line) and not torture.explains(line, fault):
                raise torture.Wrong(f'the log lies: {line}')
        self.eventually(self.nothing_is_left, what=f'no socket left open and nothing staged: {self.leftovers()}')

    def memory_or_skip(self):
        if 'malloc' not in self.seams.places or not self.seams.counts()['malloc']:
            raise unittest.SkipTest('a sanitizer has the memory to itself')

    def leftovers(self):
        staged = [name for name in self.names() if '.filesrv-' in name]
        return self.daemon.sockets() - self.sockets, staged

    def nothing_is_left(self):
        sockets, staged = self.leftovers()
        return sockets <= 0 and not staged



class Torture(TortureCase):
    """All cases, or a slice of them."""

    def counted_calls(self, step):
        most = {}
        for _ in range(ROUNDS):
            before = self.seams.counts()
            self.check_unharmed(step)
            for call, count in self.seams.counts().items():
                most[call] = max(most.get(call, 0), count - before[call])
        return most

    def cases(self, faults, script):
        for step in script:
            counts = self.counted_calls(step)
            for call, names in faults.items():
                for fault in names.split():
                    for number in range(1, counts.get(call, 0) + 1):
                        yield step, call, fault, number

    def chosen(self, faults, script, most):
        every = list(self.cases(faults, script))
        if ONLY:
            return [case for case in every if [case[0].name, *map(str, case[1:])][:len(ONLY)] == ONLY]
        stride = 1 if settings.SOAK else max(1, len(every) // most) | 1
        return every[::stride]

    def torture(self, faults, script=None, times=1, most=CASES):
        tried = met = 0
        for step, call, fault, number in self.chosen(faults, script or self.script, most):
            tried += 1
            try:
                met += bool(self.suffer(step, call, fault, number, times))
                self.check_recovered(fault)
            except AssertionError as error:
                self.fail(f'{step.name} {call} {fault} {number}: {error}')
        settings.say(f'{tried} cases, the fault was met in {met}')
        self.assertGreater(met, tried // 2)
        self.check_nothing_leaked()

    def at_work(self):
        told = status(self.control)
        return told['connections']['now'], told['workers']['busy'], told['workers']['waiting']

    def check_nothing_leaked(self):
        for step in self.script:
            self.check_unharmed(step)
        self.eventually(lambda: self.daemon.descriptors_of('deleted') <= len(self.script), what='old files closed')
        self.eventually(lambda: self.at_work() == (0, 0, 0), what=f'rest: {self.at_work()}')

    def test_every_call_that_fails_leaves_no_trace(self):
        self.torture({call: names for call, names in torture.FAULTS.items() if call != 'malloc'})

    def test_every_allocation_that_fails_is_made_good_by_the_reserve(self):
        self.memory_or_skip()
        self.torture({'malloc': 'ENOMEM'}, most=CASES // 3)

    def test_every_allocation_that_fails_twice_costs_no_more_than_its_connection(self):
        # Twice: the second try is the one that the reserve was given up for.
        self.memory_or_skip()
        self.torture({'malloc': 'ENOMEM'}, times=2, most=CASES // 3)


class Symptoms(TortureCase):
    """What the torture has found."""

    def test_a_file_that_cannot_be_looked_at_fails_the_listing_and_is_not_left_out(self):
        for fault, code in (('EIO', 500), ('ESTALE', 503), ('ENOMEM', 503)):
            with self.subTest(fault=fault), torture.Wire(self.daemon.port) as wire:
                self.seams.arm('fstatat', fault, 3, times=40)
                answer = wire.get('/folder/')
                self.seams.disarm('fstatat')
                self.assertEqual(answer.status, code)

    def test_a_folder_whose_index_cannot_be_opened_now_is_not_listed_instead(self):
        index = self.root / 'site/index.html'
        for fault, code, looks in (('EMFILE', 503, 2), ('ENFILE', 503, 2), ('ENOMEM', 503, 2), ('EIO', 500, 2), ('EACCES', 403, 4)):
            with self.subTest(fault=fault), torture.Wire(self.daemon.port) as wire:
                index.write_bytes(torture.SMALL)         # of this moment, so that no cache has it
                # The reactor's look and the worker's, each with a second one where a right is missing. One more would succeed.
                self.seams.arm('openat2', fault, 1, times=looks)
                answer = wire.get('/site/')
                self.assertEqual(self.seams.disarm('openat2') % 2, 0)
                self.assertEqual(answer.status, code)
                self.assertEqual(wire.get('/site/').body, torture.SMALL)

    def test_a_second_connection_is_served_after_one_was_turned_away_for_want_of_memory(self):
        # Slots of connections are made in blocks of 64: of so many newcomers one needs memory.
        self.memory_or_skip()
        self.seams.arm('malloc', 'ENOMEM', 1, times=100_000)
        newcomers = [self.connect(self.daemon) for _ in range(65)]
        closed, _, _ = select.select([one.socket for one in newcomers], [], [], settings.patience(10))
        self.seams.disarm('malloc')
        self.assertTrue(closed)
        self.assertEqual(self.ask(self.daemon, 'GET', '/small.txt').body, torture.SMALL)

    def test_who_comes_alone_costs_one_accept_and_a_crowd_is_let_in_all_the_same(self):
        self.ask(self.daemon, 'GET', '/small.txt')
        before = self.seams.counts()['accept4']
        self.ask(self.daemon, 'GET', '/small.txt')
        self.assertEqual(self.seams.counts()['accept4'] - before, 1)
        self.daemon.signal(signal.SIGSTOP)
        self.eventually(self.daemon.is_stopped, 10, 'the stop')
        crowd = [self.connect(self.daemon) for _ in range(70)]     # more than a turn takes
        self.daemon.signal(signal.SIGCONT)
        for connection in reversed(crowd):
            self.assertEqual(connection.ask('GET', '/small.txt').body, torture.SMALL)

    def test_a_listener_that_cannot_be_watched_for_a_moment_is_not_lost_for_good(self):
        self.seams.arm('epoll_ctl', 'ENOSPC', 2, times=2)    # after the removal, when accepting begins again
        self.seams.arm('accept4', 'EMFILE', 1)
        with RawConnection(self.daemon.port) as refused:
            self.assertEqual(refused.read_response().status, 503)
        self.assertEqual(self.ask(self.daemon, 'GET', '/small.txt').body, torture.SMALL)
        self.assertGreater(self.seams.disarm('epoll_ctl'), 0)

    def test_a_signal_while_free_space_is_asked_for_does_not_fail_an_upload(self):
        replace = torture.Replace(self.root)
        self.assertTrue(self.suffer(replace, 'fstatvfs', 'EINTR', 1))



class Starts(DaemonCase):
    """A fault in a start: it serves all the same, or says why not and exits 1."""

    timeout = 1800.0 if settings.SOAK else 240.0
    unseen = 0                       # ends at which nobody could look for leaks
    before_main = 16                 # allocations of the libraries' own, before there is anybody to say something

    def setUp(self):
        super().setUp()
        require_seams()
        torture.lay_out(self.root)

    def begin(self, seams):
        return self.launch('--root', self.root, '--listen', 'localhost:0', '--idle-shutdown', '0', '--control', self.home / 'control',
                           program=settings.FAULTS, environment=seams.environment)

    def counted_start(self):
        seams = Seams(self.home)
        self.finish_serving(self.begin(seams).wait_ready())
        return seams.learn_names()

    def finish_serving(self, daemon):
        try:
            status = self.ask(daemon, 'GET', '/small.txt').status
        except (AssertionError, OSError):
            status = None            # that connection met the fault
        self.assertIn(status, (200, 403, 500, 503, None))
        wrong = daemon.finish()
        unseen = torture.leaks_unseen(daemon.stderr, daemon.pid)
        self.unseen += unseen
        self.assertEqual(wrong, ['the daemon ended with status 1'] if unseen else [])

    def suffer(self, places, call, fault, number):
        seams = Seams(self.home)
        seams.places = places
        seams.arm(call, fault, number)
        daemon = self.begin(seams)
        self.daemons.remove(daemon)
        if daemon.wait_line('serving '):
            return self.finish_serving(daemon.wait_ready())
        daemon.forgiven = True
        self.assertEqual(daemon.wait(), 1, daemon.report())
        self.assertIn('filesrvd: ', daemon.stderr)
        self.assertEqual(daemon.finish(), [])

    def test_every_fault_in_a_start_is_survived_or_said(self):
        seams = self.counted_start()
        counts = seams.counts()
        every = [(call, fault, number) for call, names in torture.FAULTS.items() for fault in names.split()
                 for number in range(self.before_main + 1 if call == 'malloc' else 1, counts.get(call, 0) + 1)]
        for case in every[::1 if settings.SOAK else len(every) // 40 | 1]:
            with self.subTest(case=case):
                self.suffer(seams.places, *case)
        settings.say(f'{len(every)} cases; {self.unseen} in which nobody could look for leaks')
        self.assertLess(self.unseen, 10)
