# SPDX-License-Identifier: MIT
"""What the sweeps measure with: a daemon and its client, processor time, memory, instructions, locks."""

import collections
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / 'functional')]
from guard import Instructions, SystemCalls, why_not      # noqa: E402
from support.daemon import Daemon                         # noqa: E402

# Silent connections shall stay: they are part of the load.
PATIENT = ('--timeout-min', '600', '--timeout-max', '600', '--stall-timeout', '600')


class Load:
    """The client, load.cpp, told by its standard input."""

    def __init__(self, program, port):
        self.process = subprocess.Popen([program, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, *words):
        """Does it, and returns the bytes of bodies that came."""
        self.process.stdin.write(' '.join(map(str, words)) + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f'the client ended at: {words}')
        return int(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Served:
    """A daemon on a root, and a client that asks it."""

    def __init__(self, tools, home, root, options=()):
        words = ['--root', root, '--listen', '127.0.0.1:0', '--idle-shutdown', '0', '--control', home / 'control', *PATIENT, *options]
        self.daemon = Daemon(words, root=root, home=home, program=os.path.abspath(tools.daemon), environment={'XDG_STATE_HOME': ''})
        self.daemon.wait_ready()
        self.load = Load(tools.load, self.daemon.port)
        self.home = home

    def targets(self, names):
        path = self.home / 'targets'
        path.write_text('\n'.join(names) + '\n')
        self.load.tell('targets', path)

    def cpu_us(self):
        """Of all its threads, those that have ended too. The number of a process's clock is made as clock_getcpuclockid(3) does."""
        return time.clock_gettime_ns(~self.daemon.pid << 3 | 2) / 1000

    def cost_us(self, requests, *words):
        """Processor time a request."""
        before = self.cpu_us()
        self.load.tell(*words)
        return (self.cpu_us() - before) / requests

    def ask_us(self, requests, connections, depth=1):
        return self.cost_us(requests, 'ask', requests, connections, depth)

    def each_us(self, requests, parallel):
        return self.cost_us(requests, 'each', requests, parallel)

    def reactors_us(self):
        """Processor time of each thread that polls, /proc/PID/task/TID/schedstat."""
        tasks = pathlib.Path(f'/proc/{self.daemon.pid}/task').iterdir()
        named = [(task, (task / 'comm').read_text()) for task in tasks]
        return [int((task / 'schedstat').read_text().split()[0]) / 1000 for task, name in sorted(named)
                if name.startswith('reactor') or int(task.name) == self.daemon.pid]

    def wakeups(self):
        """How often its threads have gone to sleep by themselves so far, proc(5)."""
        tasks = pathlib.Path(f'/proc/{self.daemon.pid}/task')
        return sum(int(re.search(r'^voluntary_ctxt_switches:\s+(\d+)', (task / 'status').read_text(), re.M)[1])
                   for task in tasks.iterdir())

    def memory_bytes(self):
        """Its own memory: what it shares with others or can read from a file again is none."""
        rollup = pathlib.Path(f'/proc/{self.daemon.pid}/smaps_rollup').read_text()
        return int(re.search(r'^Pss_Anon:\s+(\d+) kB', rollup, re.M)[1]) * 1024

    def close(self):
        self.load.end()
        wrong = self.daemon.finish()
        if wrong:
            raise RuntimeError(f'{wrong}: {self.daemon.stderr}')


@contextlib.contextmanager
def served(tools, root, options=()):
    with tempfile.TemporaryDirectory(prefix='filesrv-growth.') as home:
        one = Served(tools, pathlib.Path(home), root, options)
        try:
            yield one
        finally:
            one.close()


def kernel_bytes():
    """What the kernel has in slabs now, proc_meminfo(5): sockets, files, watches, and all else."""
    return int(re.search(r'^Slab:\s+(\d+) kB', pathlib.Path('/proc/meminfo').read_text(), re.M)[1]) * 1024


def wheel_instructions(tools, connections, part, times):
    """Of the reactor's idle wheel alone, for each of the times."""
    with tempfile.TemporaryDirectory(prefix='filesrv-growth.') as home:
        counts = pathlib.Path(home) / 'counts'
        subprocess.run(['valgrind', '--tool=callgrind', f'--toggle-collect=measured_{part}', f'--callgrind-out-file={counts}',
                        tools.wheel, str(connections), part, str(times)], check=True, capture_output=True)
        return int(re.search(r'^(?:totals|summary): (\d+)', counts.read_text(), re.M)[1]) / times


class Profile:
    """A file of callgrind's, read for what each function did itself, and how often it was called."""

    def __init__(self, text):
        self.events = re.search(r'^events: (.*)', text, re.M)[1].split()
        self.calls = collections.Counter()
        self.own = collections.defaultdict(lambda: [0] * len(self.events))
        names, current, callee, passed_on = {}, '', '', False
        for line in text.splitlines():
            if found := re.match(r'(c?)fn=\((\d+)\)(?: (.*))?', line):
                names.setdefault(found[2], found[3])      # a number, after its first use
                if found[1]:
                    callee = plain_name(names[found[2]])
                else:
                    current = plain_name(names[found[2]])
            elif line.startswith('calls='):
                self.calls[callee] += int(line[len('calls='):].split()[0])
                passed_on = True      # the next line is what the callee cost
            elif re.match(r'[+*\d-]', line):
                for event, cost in enumerate(line.split()[1:]):
                    self.own[current][event] += 0 if passed_on else int(cost)
                passed_on = False

    def total(self, event):
        return sum(costs[self.events.index(event)] for costs in self.own.values())

    def by_function(self, event):
        place = self.events.index(event)
        return {name: costs[place] for name, costs in self.own.items() if costs[place] > 0}


def plain_name(function):
    """Without namespaces, parameters and what the linker adds."""
    shorter = re.sub(r"@.*|'\d+$| \[clone.*", '', function)
    shorter = re.sub(r'\(anonymous namespace\)::|filesrv::(\w+::)?(?=[A-Za-z])', '', shorter)
    return shorter.partition('(')[0]


class Counted:
    """For one of the guard's counters: more reactors, and a client that keeps all of them busy."""

    def wrapped(self, options):
        return [*super().wrapped(options), '--reactors', str(options.reactors), *PATIENT]


class LockCounts(Counted, Instructions):
    """Instructions, those with a lock prefix, and calls of what locks or allocates. Valgrind runs one thread at a time, so
    that none ever waits for another: what is counted is what the code asks for."""

    def wrapped(self, options):
        valgrind, tool, *rest = super().wrapped(options)
        return [valgrind, tool, '--collect-bus=yes', *rest]

    def end(self):
        self.control('--dump')
        newest = max(self.home.glob('counts.*'), key=lambda path: path.stat().st_mtime_ns)
        profile = Profile(newest.read_text(errors='replace'))
        self.found = {'instructions': profile.total('Ir'), 'locked': profile.total('Ge'),
                      'mutexes': profile.calls['pthread_mutex_lock'], 'allocations': profile.calls['malloc']}
        self.locked_by = profile.by_function('Ge')
        return self.found['instructions']


class CallCounts(Counted, SystemCalls):
    """System calls, and of those the futexes: a mutex that somebody had to wait for, or a worker woken."""

    def end(self):
        calls = super().end()
        futexes = re.search(r'^ *(\d+) +futex$', self.table.read_text(), re.M)
        self.found = {'calls': calls, 'futexes': int(futexes[1]) if futexes else 0}
        return calls


def counted(kind, tools, reactors, scripts, take):
    """Lets a client go through scripts under one of the guard's counters; `take` gets each one's name, requests, and the counter."""
    tools.reactors = reactors
    with tempfile.TemporaryDirectory(prefix='filesrv-growth.') as home:
        counter = kind(tools, pathlib.Path(home))
        load = Load(tools.load, counter.daemon.port)
        try:
            targets = pathlib.Path(home) / 'targets'
            targets.write_text('/1k\n')
            load.tell('targets', targets)
            for name, script in scripts.items():
                script(load)
                counter.begin()
                requests = script(load)
                counter.end()
                take(name, requests, counter)
        finally:
            load.end()
            wrong = counter.daemon.finish()
            assert not wrong, (wrong, counter.daemon.stderr)
