#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what a request costs in what does not drift with the machine's mood: instructions and system calls.

The daemon runs under callgrind, which counts both exactly, and answers six fixed scripts; each count must stay within
five per cent of its budget in budgets.json. The budgets hold for one compiler, C library and kind of build; any other
is skipped, with a line that says so.

usage: guard.py --daemon PROGRAM --build WORDS      measure and judge; `guard: N passed, N failed` at the end
       guard.py --daemon PROGRAM --build WORDS --write      measure and write the budgets: in the commit that moves them
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BUDGETS = HERE / 'budgets.json'
TOLERANCE = 1.05
SKIPPED = 77         # what meson takes for a skipped test
EVENTS = ['instructions', 'syscalls']

sys.path.insert(0, str(HERE.parent / 'functional'))
sys.dont_write_bytecode = True
from support.daemon import Daemon                     # noqa: E402
from support.raw import RawConnection, request        # noqa: E402


# -- the scripts: each sends its requests and returns how many they were --------------------------------------------------

def kept(target, status, count):
    def script(port):
        with RawConnection(port) as connection:
            for _ in range(count):
                assert connection.ask('GET', target).status == status
        return count
    return script


def pipelined(port):
    with RawConnection(port) as connection:
        for _ in range(60):
            connection.send(request('GET', '/1k') * 16)
            for _ in range(16):
                assert connection.read_response().status == 200
    return 60 * 16


def small_puts(port, count=200):
    small_puts.rounds = getattr(small_puts, 'rounds', 0) + 1
    with RawConnection(port) as connection:
        for number in range(count):
            target = f'/in/{small_puts.rounds}-{number:03}'
            assert connection.ask('PUT', target, body=b'x' * 100).status == 201
    return count


def connection_each(port, count=300):
    for _ in range(count):
        with RawConnection(port) as connection:
            assert connection.ask('GET', '/1k', 'Connection: close').status == 200
            connection.read_until_close()
    return count


SCRIPTS = {
    '1 KiB, kept connection': kept('/1k', 200, 800),
    '10 KiB, kept connection': kept('/10k', 200, 800),
    '404, kept connection': kept('/not-there', 404, 800),
    '1 KiB, pipelined by 16': pipelined,
    '1 KiB, a connection each': connection_each,
    'PUT of 100 bytes': small_puts,
}


# -- measuring ------------------------------------------------------------------------------------------------------------

class Counted:
    """A daemon under callgrind, on a root of its own."""

    def __init__(self, program, home):
        self.home = home
        root = home / 'root'
        (root / 'in').mkdir(parents=True)
        (root / '1k').write_bytes(b'x' * 1024)
        (root / '10k').write_bytes(b'x' * 10240)
        (root / 'in/kept').touch()
        time.sleep(2.1)      # younger files have weak tags, and are looked at again when they are older
        # Which memcpy the C library takes is the processor's affair; the plainest there is counts the same anywhere.
        plain = 'glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-AVX512VL,-SSSE3,-SSE4_1,-SSE4_2,-ERMS,-FSRM,-BMI1,-BMI2,-RTM'
        self.daemon = Daemon(
            ['--tool=callgrind', '--collect-systime=yes', f'--callgrind-out-file={home}/counts', program, '--root', root,
             '--listen', '127.0.0.1:0', '--idle-shutdown', 0, '--timeout-max', 60, '--control', home / 'control',
             '--durability', 'none'],
            root=root, home=home, program=shutil.which('valgrind'), environment={'XDG_STATE_HOME': '', 'GLIBC_TUNABLES': plain})
        self.daemon.wait_ready()

    def control(self, word):
        subprocess.run(['callgrind_control', word, str(self.daemon.pid)], check=True, capture_output=True, timeout=30)

    def count(self, script):
        """{event: a request} of one script, after a first run that fills what is cached."""
        script(self.daemon.port)
        self.control('--zero')
        requests = script(self.daemon.port)
        self.control('--dump')
        newest = max(self.home.glob('counts.*'), key=lambda path: path.stat().st_mtime_ns)
        totals = next(line for line in newest.read_text(errors='replace').splitlines() if line.startswith('totals:'))
        return {event: int(total) / requests for event, total in zip(EVENTS, totals.split()[1:])}


def measure(program):
    with tempfile.TemporaryDirectory(prefix='filesrv-guard.') as home:
        counted = Counted(program, pathlib.Path(home))
        try:
            return {name: counted.count(script) for name, script in SCRIPTS.items()}
        finally:
            wrong = counted.daemon.finish()
            assert not wrong, wrong


# -- judging --------------------------------------------------------------------------------------------------------------

def verdict(measured, budget):
    """'ok', 'over' or 'below': so far below that the budget no longer guards what was won."""
    if measured > budget * TOLERANCE:
        return 'over'
    return 'below' if measured * TOLERANCE < budget else 'ok'


def judge(measured, budgets):
    """(passed, failed, lines): a script without a budget fails, and so does a budget without a script."""
    lines, bad = [], 0
    for name in sorted(measured.keys() ^ budgets.keys()):
        lines.append(f'FAIL {name}: measured or budgeted, not both: renew the budgets')
        bad += 1
    both = [name for name in measured if name in budgets]
    for name in both:
        found = {event: verdict(measured[name][event], budgets[name][event]) for event in EVENTS}
        bad += 'over' in found.values()
        mark = 'FAIL' if 'over' in found.values() else 'ok'
        counts = ', '.join(f'{measured[name][event]:.1f} {event} (budget {budgets[name][event]:.1f})' for event in EVENTS)
        note = '; below its budget: renew it (--write)' if 'below' in found.values() else ''
        lines.append(f'{mark:4} {name}: {counts}{note}')
    return len(measured.keys() | budgets.keys()) - bad, bad, lines


def reason_to_skip(build, written_for):
    if not (shutil.which('valgrind') and shutil.which('callgrind_control')):
        return 'valgrind is not installed'
    if written_for != build:
        return f'the budgets are for {written_for}; this is {build}'
    return None


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--daemon', required=True, help='the filesrvd to measure')
    parser.add_argument('--build', required=True, help='compiler and kind of build, in words')
    parser.add_argument('--write', action='store_true', help='write the budgets instead of judging')
    return parser.parse_args()


def main():
    options = arguments()
    build = f'{options.build}, {os.confstr("CS_GNU_LIBC_VERSION")}'
    kept_budgets = json.loads(BUDGETS.read_text())
    skip = reason_to_skip(build, build if options.write else kept_budgets['build'])
    if skip:
        print(f'guard: skipped: {skip}')
        return SKIPPED
    measured = measure(os.path.abspath(options.daemon))
    if options.write:
        rounded = {name: {event: round(count, 1) for event, count in counts.items()} for name, counts in measured.items()}
        BUDGETS.write_text(json.dumps({'build': build, 'requests': rounded}, indent=2) + '\n')
        print(f'guard: wrote {BUDGETS} for {build}')
        return 0
    passed, failed, lines = judge(measured, kept_budgets['requests'])
    print('\n'.join(lines))
    print(f'guard: {passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
