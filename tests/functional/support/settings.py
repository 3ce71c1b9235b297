# SPDX-License-Identifier: MIT
"""What the runner was asked for, as the suites see it. Read once, from the environment."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent
SOURCE = HERE.parent.parent

# Wall-clock budgets are multiplied by this: sanitizer builds run several times slower.
SLOW = float(os.environ.get('FILESRV_TEST_SLOW', '1'))

DAEMON = os.environ.get('FILESRV_TEST_DAEMON', str(SOURCE / 'build' / 'daemon' / 'filesrvd'))
# Built where libcurl and libedit are; its suites are skipped elsewhere.
CLIENT = os.environ.get('FILESRV_TEST_CLIENT', str(SOURCE / 'build' / 'tools' / 'filesrv-client' / 'filesrv-client'))
FAULTS = os.environ.get('FILESRV_TEST_FAULTS', str(SOURCE / 'build' / 'tests' / 'filesrvd-faults'))
MUTATE = os.environ.get('FILESRV_TEST_MUTATE', str(SOURCE / 'build' / 'tests' / 'fuzz' / 'mutate' / 'mutate'))
CTL = os.environ.get('FILESRV_TEST_CTL', str(SOURCE / 'build' / 'tools' / 'filesrvctl' / 'filesrvctl'))
# Where requests that failed are kept: a folder that outlives the run, made when needed.
FAILURES = os.environ.get('FILESRV_TEST_FAILURES', str(pathlib.Path(DAEMON).parent / 'mutated'))

# Seconds. Below the 19 after which a single idle connection is closed: who waits for another close must not meet that one.
LEAST_PATIENCE = 15.0

# None leaves the daemon's own default in force.
INLINE_BATCH = os.environ.get('FILESRV_TEST_INLINE_BATCH') or None

SOAK = os.environ.get('FILESRV_TEST_SLICE', 'ci') == 'soak'

SANITIZER_REPORTS = ('ERROR: AddressSanitizer', 'ERROR: LeakSanitizer', 'WARNING: ThreadSanitizer',
                     'runtime error: ', 'filesrv: bug: ')


def counted(ci: int, soak: int) -> int:
    """The size of a repeated test: short beside a build, whole when asked for."""
    return soak if SOAK else ci


def budget(seconds: float) -> float:
    """A wall-clock allowance, stretched for slow builds. Never use it for a lower bound."""
    return seconds * SLOW


def patience(seconds: float) -> float:
    """How long to wait for an event that must come. How soon it comes is the machine's affair, which may have other
    things to do and a disk that takes seconds to sync; so this is long, and costs time only where a test fails."""
    return max(seconds * SLOW, LEAST_PATIENCE)


def clean_environment(home: pathlib.Path) -> dict:
    """An environment in which the daemon finds nothing of the user's or of a service manager's."""
    kept = {name: value for name, value in os.environ.items()
            if name in ('PATH', 'LANG', 'LC_ALL', 'TMPDIR') or name.endswith('SAN_OPTIONS')}
    kept.update(HOME=str(home), XDG_STATE_HOME=str(home / 'state'), XDG_RUNTIME_DIR=str(home / 'runtime'))
    return kept


def say(text: str) -> None:
    """A line for the reader of the log, kept apart from the runner's own output."""
    print(f'    {text}', file=sys.stderr, flush=True)
