#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the guard makes of its counts: more than five per cent over the budget fails, and so does a missing budget."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import guard       # noqa: E402

CASES = {      # measured, budgets -> passed, failed
    'what is within five per cent passes': ({'a': 105.0}, {'a': 100.0}, 1, 0),
    'what is over fails': ({'a': 105.1}, {'a': 100.0}, 0, 1),
    'what is far below passes': ({'a': 50.0}, {'a': 100.0}, 1, 0),
    'one in two may fail': ({'a': 10.0, 'b': 300.0}, {'a': 10.0, 'b': 200.0}, 1, 1),
    'a script without a budget fails': ({'a': 1.0, 'b': 1.0}, {'a': 1.0}, 1, 1),
    'a budget without a script fails': ({'a': 1.0}, {'a': 1.0, 'b': 1.0}, 1, 1),
}


def main():
    failed = 0
    for name, (measured, budgets, passes, failures) in CASES.items():
        found = guard.judge('instructions', measured, budgets)[:2]
        if found != (passes, failures):
            failed += 1
            print(f'FAIL {name}: {found}')
    print(f'judge: {len(CASES) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
