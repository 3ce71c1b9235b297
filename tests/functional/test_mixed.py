# SPDX-License-Identifier: MIT
"""Everything at once for as long as asked: downloads, uploads of all kinds, listings, aborts, reloads, replacements,
hostile peers, and calls that fail; every byte compared, memory and descriptors as many at the end as after a while.

FILESRV_MIXED_MINUTES says how long a soak is, FILESRV_MIXED_LIVES how many daemons follow each other in it. With the
build with seams (--faults) calls fail now and then. FILESRV_MIXED_MEMORY=tell leaves memory unjudged: TSan's own grows."""

import os
import pathlib
import random
import signal
import time
import unittest

from support import settings
from support.line import REPLACED
from support.mixed import Mixer, lay_out
from support.replacing import Replacing
from support.seams import Seams

SECONDS = 60 * float(os.environ.get('FILESRV_MIXED_MINUTES', '20')) if settings.SOAK else 3.0
CLIENTS = 8 if settings.SOAK else 4
ROUND_SECONDS = min(20.0, max(1.0, SECONDS / 60))   # between two rests
LIVES = int(os.environ.get('FILESRV_MIXED_LIVES', '4'))
MEMORY_JUDGED = os.environ.get('FILESRV_MIXED_MEMORY', 'judge') == 'judge'
MEMORY_SLACK = 0.10                  # and a little more, for the allocator's luck
FAULTS = {'fstatat': ('EIO', 'ENOMEM', 'ESTALE'), 'pwrite': ('ENOSPC', 'EIO', 'short'), 'recv': ('EINTR', 'ECONNRESET'),
          'sendmsg': ('EPIPE', 'EAGAIN', 'short'), 'fsync': ('EIO',), 'renameat': ('EIO', 'ENOSPC'), 'accept4': ('EMFILE', 'ECONNABORTED'),
          'openat': ('EMFILE', 'EIO'), 'mkdirat': ('ENOSPC',)}


class Mixed(Replacing):
    maxDiff = None
    timeout = SECONDS * 2 + 300

    def setUp(self):
        super().setUp()
        self.seed = os.environ.get('FILESRV_MIXED_SEED') or str(time.time_ns())
        settings.say(f'seed {self.seed}, {SECONDS:.0f} s')
        self.chance = random.Random(self.seed)
        self.shared = lay_out(self.root, self.seed)
        self.is_faulty = False
        self.injected = 0
        self.threads = []                # at each rest: a worker keeps its buffers, and the allocator something for it
        self.seams = None

    def begin(self):
        how = {}
        options = ['--allow-delete', '--hidden', '--control', str(self.home / 'control.mixed')]
        if settings.SOAK and os.access(settings.FAULTS, os.X_OK):
            self.seams = Seams(self.home)
            how = {'program': settings.FAULTS, 'environment': self.seams.environment}
        self.mixed = self.line(*options, **how)
        if self.seams:
            self.seams.learn_names()
        self.clients = [Mixer(number, self.mixed.daemon.port, self.seed, self.shared, lambda: self.is_faulty)
                        for number in range(CLIENTS)]
        for client in self.clients:
            client.start()

    # -- one round ------------------------------------------------------------------------------

    def work(self, seconds):
        for client in self.clients:
            client.may_work.set()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(min(0.5, seconds / 4))
            self.interfere()
        for client in self.clients:
            client.may_work.clear()
        for client in self.clients:
            self.assertTrue(client.rests.wait(settings.patience(120)), f'client {client.number} hangs')
        notes = [note for client in self.clients for note in client.notes]
        self.assertEqual(notes, [])

    def interfere(self):
        what = self.chance.random()
        if what < 0.2:
            os.kill(self.mixed.pids[-1], signal.SIGHUP)
        elif what < 0.6 and self.seams:
            self.fail_some_calls()

    def fail_some_calls(self):
        call = self.chance.choice([call for call in FAULTS if call in self.seams.places])
        self.is_faulty = True
        self.seams.arm(call, self.chance.choice(FAULTS[call]), self.chance.randint(1, 30), times=self.chance.choice((1, 1, 5)))
        time.sleep(self.chance.random() * 0.5)
        self.injected += self.seams.disarm(call)
        time.sleep(0.2)              # answers to what has failed are still on their way
        self.is_faulty = False

    # -- a rest ---------------------------------------------------------------------------------

    def process(self):
        return pathlib.Path(f'/proc/{self.mixed.pids[-1]}')

    def links(self):
        found = []
        for entry in (self.process() / 'fd').iterdir():
            try:
                found.append(os.readlink(entry))
            except FileNotFoundError:
                pass
        return found

    def descriptors(self):
        """All but the cache's: its files, which an option bounds, and the watch that its first hit begins."""
        return sum(not link.startswith(f'{self.root}/') and link not in ('anon_inode:inotify', 'anon_inode:[eventpoll]')
                   and not link.endswith('/mountinfo') for link in self.links())

    def memory_kib(self):
        status = (self.process() / 'status').read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith('VmRSS')))

    def rest(self, base):
        """With nobody at work: nothing is staged, no descriptor is left over."""
        staged = lambda: [name for name in self.names() if '.filesrv-' in name]   # noqa: E731
        self.eventually(lambda: not staged() and self.descriptors() <= base, 30,
                        f'rest: {base} descriptors at first; staged {staged()}; now {self.links()}')
        self.threads.append(len(list((self.process() / 'task').iterdir())))
        return self.memory_kib()

    # -- the test -------------------------------------------------------------------------------

    def test_everything_at_once_loses_nothing_and_keeps_nothing(self):
        self.begin()
        base = self.descriptors()
        until = time.monotonic() + SECONDS
        memory, histories, replaced_at = [], [], time.monotonic()
        life = SECONDS / LIVES if settings.SOAK else 0
        while time.monotonic() < until:
            self.work(min(ROUND_SECONDS, SECONDS / 2))
            memory.append(self.rest(base))
            if time.monotonic() - replaced_at > life:
                histories.append(memory)
                memory, replaced_at = [], time.monotonic()
                self.replace_under_load()
                base = self.descriptors_at_rest()
        histories.append(memory)
        for client in self.clients:
            client.over = True
            client.may_work.set()
        for client in self.clients:
            client.join(settings.patience(60))
        self.tell(histories)
        if MEMORY_JUDGED:
            self.check_memory(histories)
        self.stop_line(self.mixed, 60)

    def replace_under_load(self):
        for client in self.clients:
            client.may_work.set()
        time.sleep(0.1)
        before = self.mixed.pids[-1]
        self.mixed.replace(60)
        self.assertRegex(self.mixed.log, REPLACED)
        for client in self.clients:
            client.may_work.clear()
        for client in self.clients:
            self.assertTrue(client.rests.wait(settings.patience(120)), f'client {client.number} hangs')
        self.assertEqual([note for client in self.clients for note in client.notes], [])
        self.assertEqual(self.mixed.wait(before, 60), 0)

    def descriptors_at_rest(self):
        """Of a new process, once its connections have gone."""
        self.eventually(lambda: not any(name for name in self.names() if '.filesrv-' in name), 30, 'the end of staging')
        time.sleep(0.5)
        return self.descriptors()

    def check_memory(self, histories):
        for history in histories:
            third = len(history) // 3          # the first third warms up
            if third < 3:
                continue
            before, after = max(history[third:2 * third]), max(history[-third:])
            self.assertLessEqual(after, before * (1 + MEMORY_SLACK) + 2048, f'memory at rest in KiB: {history}')

    def tell(self, histories):
        total = sum((client.counts for client in self.clients), start=type(self.clients[0].counts)())
        settings.say(', '.join(f'{name} {count}' for name, count in sorted(total.items())))
        settings.say(f'{sum(client.bytes for client in self.clients) / 1e9:.2f} GB moved, {self.injected} calls failed, '
                     f'{len(self.mixed.pids) - 1} replacements')
        for history in histories:
            settings.say(f'memory at rest, KiB: {" ".join(map(str, history))}')
        settings.say(f'threads at rest: {" ".join(map(str, self.threads))}')
        self.assertGreater(total['download'], 0)
        self.assertGreater(total['put'], 0)


if __name__ == '__main__':
    unittest.main()
