#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the tally says of logs in which tests passed, failed, took too long or crashed."""

import importlib.machinery
import importlib.util
import json
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader('tally', str(pathlib.Path(__file__).resolve().parent / 'tally'))
tally = importlib.util.module_from_spec(importlib.util.spec_from_loader('tally', LOADER))
LOADER.exec_module(tally)


def record(name, result, stdout='', stderr=''):
    return {'name': name, 'result': result, 'stdout': stdout, 'stderr': stderr, 'duration': 1.25}


STORE = 'filesrv:functional / functional_store_batch_64'
PASSED = record(STORE, 'OK', 'ok   store.a (0.1 s)\nfunctional: 2 passed, 0 failed, 0 skipped\n')
FAILED = record(STORE, 'FAIL', 'ok   store.a (0.1 s)\nFAIL store.b (0.2 s)\nTraceback (most recent call last):\n'
                '  File "test_store.py", line 7\nAssertionError: 3 != 4\n\n' + '--- stderr\n' + 'said\n' * 900 +
                'WARNING: ThreadSanitizer: data race\n  of this\n' + 'ok   store.c (0.1 s)\n' * 99 +
                'functional: 100 passed, 1 failed, 0 skipped\n')
STUCK = record('filesrv:functional / functional_kill_batch_0', 'TIMEOUT', 'ok   kill.a (0.1 s)\n', 'stopped by signal 15\n')
DOCTEST = record('filesrv:unit / unit_os', 'FAIL', '[doctest] doctest version\n====\ntest_fd.cpp:3:\nTEST CASE:  a thing\n\n'
                 'test_fd.cpp:9: ERROR: CHECK( a == b ) is NOT correct!\n'
                 '[doctest] test cases:  4 |  3 passed | 1 failed | 0 skipped\n')
CRASH = record('filesrv:fuzz / fuzz_range', 'ERROR')

CASES = {      # records -> what is said, in this order, and what is not
    'a suite that passed is told in a short line':
        ([PASSED], ['B: store 64: 2 passed (1.2 s)', '2 passed, 0 failed'], ['filesrv:', '---']),
    'a failure is told after the suites and before the total':
        ([FAILED, PASSED], ['100 passed, 1 failed (1.2 s)', 'B: store 64: 2 passed', '--- B: store 64: FAIL', 'FAIL store.b', '3 != 4',
                            'data race', '102 passed, 1 failed'], ['ok   store.c']),
    'a test that took too long shows its end': ([STUCK], ['--- B: kill 0: TIMEOUT', 'kill.a', 'signal 15', '0 passed, 1 failed'], []),
    'a unit test shows the check that failed': ([DOCTEST], ['TEST CASE:  a thing', 'CHECK( a == b )', '3 passed, 1 failed'], []),
    'a crash without a word counts as one': ([CRASH, PASSED], ['--- B: fuzz_range: ERROR', '2 passed, 1 failed'], []),
    'the failures of many are bounded, and all are named':
        ([FAILED] * 40 + [DOCTEST], ['--- B: store 64', 'also: ', 'B: unit_os', '4003 passed, 41 failed'], []),
}


def said(records, *note):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / 'meson-logs').mkdir()
        (pathlib.Path(folder) / 'meson-logs/testlog.json').write_text('\n'.join(map(json.dumps, records)))
        lines, well = tally.tell([folder], *note)
        return '\n'.join(lines).replace(folder, 'B'), well


def complaint(records, wanted, unwanted):
    text, well = said(records)
    place = 0
    for words in wanted:
        place = text.find(words, place)
        if place < 0:
            return f'{words!r} is missing in {text[-1000:]!r}'
        place += len(words)
    if text.splitlines()[-1] != wanted[-1] or well != text.endswith(' 0 failed'):
        return f'the last line is not the total: {text[-1000:]!r}'
    if len(text) > tally.ALL_CHARACTERS * 1.5 + 100 * len(records):
        return f'{len(text)} characters'
    return next((f'{words!r} is there' for words in unwanted if words in text), None)


def main():
    complaints = {name: complaint(*case) for name, case in CASES.items()}
    note = said([PASSED], 'ci: 5s all')[0].splitlines()[-2:]
    complaints['a note comes just before the total'] = None if note == ['ci: 5s all', '2 passed, 0 failed'] else f'{note}'
    complaints['a folder without a log is a failure'] = None if not tally.tell(['/none'])[1] else 'none is well'
    failed = {name: what for name, what in complaints.items() if what}
    for name, what in failed.items():
        print(f'FAIL {name}: {what}')
    print(f'tally: {len(complaints) - len(failed)} passed, {len(failed)} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
