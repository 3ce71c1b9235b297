#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what a request costs in what does not drift with the machine's mood: instructions and system calls.

The daemon answers some fixed scripts, once under callgrind, which counts its instructions, and once under strace. Each
count must stay within five per cent of its budget in budgets.json. The budgets hold for one compiler, C library and
kind of build; any other is skipped, with a line that says so.

usage: guard.py --daemon PROGRAM --preload MODULE --build WORDS              `guard: N passed, N failed` at the end
       guard.py --daemon PROGRAM --preload MODULE --build WORDS --write      writes the budgets
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'functional'))
sys.dont_write_bytecode = True
from support.daemon import Daemon            # noqa: E402
from scripts import SCRIPTS                  # noqa: E402

BUDGETS = HERE / 'budgets.json'
TOLERANCE = 1.05
TRIES = 5            # a busy machine adds a turn here and there, and never takes one away
SKIPPED = 77         # what meson takes for a skipped test


class Counted:
    """A daemon on a root of its own, and a way to count what it does for a script."""

    needs = ()

    def __init__(self, options, home):
        self.home = home / self.event
        root = self.home / 'root'
        root.mkdir(parents=True)
        (root / '1k').write_bytes(b'x' * 1024)
        (root / '10k').write_bytes(b'x' * 10240)
        (root / 'a/b/c').mkdir(parents=True)
        (root / 'a/b/c/1k').write_bytes(b'x' * 1024)
        time.sleep(2.1)      # younger files have weak tags, and are looked at again when they are older
        words = [*self.wrapped(options), '--root', root, '--listen', '127.0.0.1:0', '--idle-shutdown', '0',
                 '--control', self.home / 'control', '--durability', 'none',
                 '--no-sandbox']     # it would hold valgrind's own system calls back
        self.daemon = Daemon(words[1:], root=root, home=self.home, program=words[0],
                             environment={'XDG_STATE_HOME': '', **self.environment(options)})
        self.daemon.wait_ready()

    def wrapped(self, options):
        return [os.path.abspath(options.daemon)]

    def environment(self, _options):
        return {}

    def count(self, script):
        """A request's share, after a first run that fills what is cached."""
        script(self.daemon.port)
        self.begin()
        requests = script(self.daemon.port)
        return self.end() / requests


class Instructions(Counted):
    event = 'instructions'
    needs = ('valgrind', 'callgrind_control')

    def wrapped(self, options):
        return [shutil.which('valgrind'), '--tool=callgrind', f'--callgrind-out-file={self.home}/counts', *super().wrapped(options)]

    def environment(self, options):
        # Which memcpy the C library takes is the processor's affair; the plainest one counts the same everywhere.
        plain = 'glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-AVX512VL,-SSSE3,-SSE4_1,-SSE4_2,-ERMS,-FSRM,-BMI1,-BMI2,-RTM'
        return {'GLIBC_TUNABLES': plain, 'LD_PRELOAD': os.path.abspath(options.preload)}

    def control(self, word):
        subprocess.run(['callgrind_control', word, str(self.daemon.pid)], check=True, capture_output=True, timeout=30)

    def begin(self):
        self.control('--zero')

    def end(self):
        self.control('--dump')
        newest = max(self.home.glob('counts.*'), key=lambda path: path.stat().st_mtime_ns)
        return int(re.search(r'^totals: (\d+)', newest.read_text(errors='replace'), re.M)[1])


class SystemCalls(Counted):
    event = 'syscalls'
    needs = ('strace',)

    def begin(self):
        self.table = self.home / 'table'
        self.strace = subprocess.Popen(['strace', '-f', '-c', '-U', 'calls,name', '-o', self.table, '-p', str(self.daemon.pid)],
                                       stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = self.strace.stderr.readline()
        assert 'attached' in said, said

    def end(self):
        self.strace.send_signal(signal.SIGINT)
        self.strace.communicate(timeout=30)
        return int(re.search(r'^ *(\d+) +total$', self.table.read_text(), re.M)[1])


def may_trace():
    """Whether strace may attach to a child here: containers and Yama forbid it now and then, ptrace(2)."""
    child = subprocess.Popen(['sleep', '30'])
    try:
        strace = subprocess.Popen(['strace', '-c', '-o', os.devnull, '-p', str(child.pid)], stderr=subprocess.PIPE, text=True)
        attached = 'attached' in strace.stderr.readline()
        strace.send_signal(signal.SIGINT)
        strace.communicate(timeout=30)
        return attached
    finally:
        child.kill()
        child.wait()


def why_not(kind):
    """Why this cannot be counted here; None when it can."""
    for program in kind.needs:
        if shutil.which(program) is None:
            return f'{program} is not installed'
    if kind is SystemCalls and not may_trace():
        return 'strace may not attach to a process here'
    return None


def over(budget, measured):
    return measured > budget * TOLERANCE


def settled(count, budget):
    """One count, or the least of some where the first is over its budget; without a budget the middle one."""
    first = count()
    if budget is not None and not over(budget, first):
        return first
    counts = sorted([first, *(count() for _ in range(TRIES - 1))])
    return counts[TRIES // 2 if budget is None else 0]


def home_of_counts():
    """A folder on a disk; in memory where there are only overlays, as in a container, where each file is looked at once more."""
    kind = subprocess.run(['stat', '-f', '-c', '%T', tempfile.gettempdir()], capture_output=True, text=True).stdout.strip()
    return '/dev/shm' if kind == 'overlayfs' and os.access('/dev/shm', os.W_OK) else None


def drifts(kind, name):
    """tmpfs forgets at times that a name is not there; then a worker has to ask again."""
    return kind is SystemCalls and name.startswith('404') and home_of_counts() is not None


def measure(kind, options, budgets):
    """{script: count}, of those that do not drift."""
    with tempfile.TemporaryDirectory(prefix='filesrv-guard.', dir=home_of_counts()) as home:
        counted = kind(options, pathlib.Path(home))
        try:
            return {name: settled(lambda: counted.count(script), budgets.get(name))
                    for name, script in SCRIPTS.items() if not drifts(kind, name)}
        finally:
            wrong = counted.daemon.finish()
            assert not wrong, (wrong, counted.daemon.stderr)


def judge(event, measured, budgets):
    """(passed, failed, lines). A script without a budget fails, and so does a budget without a script."""
    lines, failed = [], 0
    names = list(measured) + [name for name in budgets if name not in measured]
    for name in names:
        if name not in measured or name not in budgets:
            verdict, said = 'FAIL', 'budgeted and not measured, or the other way round: write the budgets anew'
        else:
            verdict = 'FAIL' if over(budgets[name], measured[name]) else 'ok'
            said = f'{measured[name]:.1f} {event}, budget {budgets[name]:.1f}'
            if over(measured[name], budgets[name]):
                said += '; so far below that it guards nothing: write the budgets anew'
        failed += verdict == 'FAIL'
        lines.append(f'{verdict:4} {name}: {said}')
    return len(names) - failed, failed, lines


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--daemon', required=True, help='the filesrvd to measure')
    parser.add_argument('--preload', required=True, help='openat2_for_valgrind.so')
    parser.add_argument('--build', required=True, help='compiler and kind of build, in words')
    parser.add_argument('--write', action='store_true', help='write the budgets instead of judging')
    return parser.parse_args()


def main():
    options = arguments()
    build = f'{options.build}, {os.confstr("CS_GNU_LIBC_VERSION")}'
    kept = {'build': build} if options.write else json.loads(BUDGETS.read_text())
    if kept['build'] != build:
        print(f'guard: skipped: the budgets are for {kept["build"]}; this is {build}')
        return SKIPPED
    passed = failed = 0
    for kind in (Instructions, SystemCalls):
        if reason := why_not(kind):
            print(f'guard: {kind.event} are not counted: {reason}')
            continue
        budgets = {name: budget for name, budget in kept.get(kind.event, {}).items() if not drifts(kind, name)}
        measured = measure(kind, options, budgets)
        if options.write:
            budgets = kept[kind.event] = {name: round(count, 1) for name, count in measured.items()}
        good, bad, lines = judge(kind.event, measured, budgets)
        passed, failed = passed + good, failed + bad
        print('\n'.join(lines), flush=True)
    if options.write:
        BUDGETS.write_text(json.dumps(kept, indent=2) + '\n')
    if passed + failed == 0:
        return SKIPPED
    print(f'guard: {passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
