# SPDX-License-Identifier: MIT
"""The sweeps: what is varied, and what is measured at each point. Each does one round and hands its values to `record`."""

import dataclasses
import os
import pathlib
import resource
import time

from measure import CallCounts, LockCounts, counted, kernel_bytes, served, wheel_instructions, why_not

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
FOLDER = 1000         # files in one
BUSY = 64             # connections that keep a reactor busy
REACTORS = (1, 2)


@dataclasses.dataclass
class Scale:
    """How far the sweeps go, and how long they stay at a point."""
    connections: tuple
    sizes: tuple
    files: tuple
    wheels: tuple
    requests: int          # of small files, at a point
    bytes: int             # of large files, at a point
    silence: float         # seconds
    counted: int           # requests, where each instruction is counted


FULL = Scale((1, 4, 16, 64, 256, 1024, 4096, 10_000, 18_000),
             (0, 1, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB, GIB),
             (1, 10, 100, 1000, 10_000, 100_000), (1, 100, 1000, 10_000, 100_000, 1_000_000), 30_000, 2 * GIB, 1.0, 3200)
QUICK = Scale((1, 16, 256, 2048), (0, KIB, 64 * KIB, MIB, 32 * MIB), (1, 100, 3000), (1, 1000, 10_000), 4000, 128 * MIB, 0.3, 640)


def raise_limit():
    """Each end of a connection needs a descriptor. Returns how many connections a daemon takes, as many as it would by itself."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard * 9 // 10


def make_root(root, scale):
    """All files of all sweeps."""
    (root / '1k').write_bytes(b'x' * KIB)
    block = os.urandom(MIB)
    (root / 'sizes').mkdir()
    for size in scale.sizes:
        with open(root / 'sizes' / str(size), 'wb') as file:
            for left in range(size, 0, -MIB):
                file.write(block[:min(left, MIB)])
    for number in range(max(scale.files)):
        path = root / name_of(number)
        if number % FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(block[:4 * KIB])
    os.sync()              # or the disk would be busy with it meanwhile
    time.sleep(2.1)        # younger files are looked at again when they are older


def name_of(number):
    return f'files/{number // FOLDER:03}/{number % FOLDER:03}'


class Sweeps:
    """One machine, one build, one root."""

    def __init__(self, tools, root, scale):
        self.tools, self.root, self.scale = tools, pathlib.Path(root), scale
        most = raise_limit()
        self.connections = [count for count in scale.connections if count <= most]

    def rounds(self, count, record, say):
        """All sweeps, so often; what does not drift, once."""
        for number in range(count):
            for sweep in (self.by_connections, self.by_size, self.by_files, self.memory, self.by_reactors):
                say(f'round {number + 1} of {count}: {sweep.__name__}')
                sweep(record)
        for sweep in (self.silence, self.calls_by_files, self.wheel, self.locks):
            say(f'counts: {sweep.__name__}')
            sweep(record)

    def by_connections(self, record):
        with served(self.tools, self.root) as one:
            one.targets(['/1k'])
            for count in self.connections:
                one.load.tell('open', count)
                requests = max(self.scale.requests, 2 * count)
                one.load.tell('ask', count, count, 1)
                record('connections/all of them ask', count, one.ask_us(requests, count))
                if count >= BUSY:
                    record(f'connections/{BUSY} of them ask', count, one.ask_us(self.scale.requests, BUSY))

    def silence(self, record):
        """Once they are connected, and the second is over that ends what figures want to know of the one before."""
        with served(self.tools, self.root) as one:
            for count in self.connections:
                one.load.tell('open', count)
                time.sleep(2.2)
                wakeups, spent = one.wakeups(), one.cpu_us()
                time.sleep(self.scale.silence)
                record('silence/processor, µs/s', count, (one.cpu_us() - spent) / self.scale.silence)
                record('silence/wake-ups', count, one.wakeups() - wakeups)

    def by_size(self, record):
        with served(self.tools, self.root) as one:
            one.load.tell('open', 8)
            for size in self.scale.sizes:
                one.targets([f'/sizes/{size}'])
                requests = int(min(self.scale.requests, max(2, self.scale.bytes // max(size, 1))))
                at_once = min(8, requests)
                one.load.tell('ask', at_once, at_once, 1)
                record('sizes/GET', size, one.ask_us(requests, at_once))

    def by_files(self, record):
        with served(self.tools, self.root) as one:
            one.load.tell('open', BUSY)
            for count in self.scale.files:
                self._draw_among(one, count)
                record('files/4 KiB each', count, one.ask_us(self.scale.requests, BUSY))

    def _draw_among(self, one, count):
        one.targets([f'/{name_of(number)}' for number in range(count)])
        one.load.tell('ask', max(2 * count, BUSY), BUSY, 1)      # most are then where they will be

    def memory(self, record):
        for asked in (False, True):
            with served(self.tools, self.root) as one:
                one.targets(['/1k'])
                one.load.tell('open', BUSY)
                one.load.tell('ask', 100 * BUSY, BUSY, 1)      # all buffers are there that the reactor will ever need
                before, kernel = one.memory_bytes(), kernel_bytes()
                for count in self.connections:
                    more = count - BUSY
                    if more < BUSY:
                        continue
                    one.load.tell('open', count)
                    if asked:
                        one.load.tell('ask', count, count, 1)
                    label = 'each has asked' if asked else 'silent since its connect'
                    record(f'memory/{label}', count, max(one.memory_bytes() - before, 1) / more)
                    if not asked:      # the client's half is in the same kernel
                        record('memory/in the kernel', count, max(kernel_bytes() - kernel, 1) / 2 / more)

    def by_reactors(self, record):
        requests = self.scale.requests
        for reactors in REACTORS:
            with served(self.tools, self.root, ('--reactors', reactors)) as one:
                one.targets(['/1k'])
                one.load.tell('open', BUSY)
                for label, cost in (('kept connections', lambda: one.ask_us(requests, BUSY)),
                                    ('pipelined by 16', lambda: one.ask_us(2 * requests, BUSY, 16)),
                                    ('a connection each', lambda: one.each_us(requests // 4, BUSY))):
                    before = one.reactors_us()
                    record(f'reactors/{label}', reactors, cost())
                    spent = [now - then for now, then in zip(one.reactors_us(), before)]
                    record(f'share/{label}', reactors, 100 * max(spent) / sum(spent))

    def calls_by_files(self, record):
        """By strace, which makes each call many times slower, and counts them."""
        if why_not(CallCounts):
            return
        with served(self.tools, self.root) as one:
            one.load.tell('open', BUSY)
            for count in self.scale.files:
                self._draw_among(one, count)
                calls = strace_on(one)
                one.load.tell('ask', self.scale.counted, BUSY, 1)
                record('calls/files', count, calls.end() / self.scale.counted)

    def wheel(self, record):
        if why_not(LockCounts):
            return
        for count in self.scale.wheels:
            record('timers/a turn in which nobody is due', count, wheel_instructions(self.tools, count, 'turns', 1000))
            record('timers/a connection that is looked at, once in T', count, wheel_instructions(self.tools, count, 'looks', count))

    def locks(self, record):
        for reactors in REACTORS:
            def take(label, requests, counter):
                for what, value in counter.found.items():
                    record(f'{what}/{label}', reactors, value / requests)
                if isinstance(counter, LockCounts) and reactors == max(REACTORS):
                    for function, value in counter.locked_by.items():
                        record(f'locked in {label}/{function}', reactors, value / requests)
            for kind in (LockCounts, CallCounts):
                if not why_not(kind):
                    counted(kind, self.tools, reactors, self._scripts(), take)

    def _scripts(self):
        requests = self.scale.counted

        def kept(depth):
            def script(load):
                load.tell('open', BUSY)
                load.tell('ask', requests, BUSY, depth)
                return requests
            return script

        def each(load):
            load.tell('each', requests // 4, BUSY)
            return requests // 4
        return {'kept connections': kept(1), 'pipelined by 16': kept(16), 'a connection each': each}


def strace_on(one):
    """The guard's counter on a daemon that runs already."""
    calls = CallCounts.__new__(CallCounts)
    calls.home, calls.daemon = one.home, one.daemon
    calls.begin()
    return calls
