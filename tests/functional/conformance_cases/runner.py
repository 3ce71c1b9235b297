# SPDX-License-Identifier: MIT
"""Runs cases side by side against one peer, and those that must be alone after them."""

import concurrent.futures
import dataclasses

from support.raw import FramingError

from . import ALONE, CASES
from .model import Case

JOBS = 16


@dataclasses.dataclass(frozen=True)
class Outcome:
    case: Case
    complaint: str | None          # what did not hold


def run(case, peer) -> Outcome:
    try:
        case.run(peer)
    except AssertionError as failure:
        kind = 'malformed answer: ' if isinstance(failure, FramingError) else ''
        return Outcome(case, f'{kind}{failure}')
    except (OSError, AttributeError, TypeError, ValueError) as error:
        # An answer that is missing (None), lacks a field or ends in a reset meets a case that took it for granted.
        return Outcome(case, f'{type(error).__name__}: {error}')
    return Outcome(case, None)


def fitting(peer, words=None):
    """The cases that this peer can be asked, and whose title holds the words."""
    named = [case for case in CASES if not words or words.lower() in case.title.lower()]
    return [case for case in named if case.needs <= peer.abilities]


def run_all(chosen, peer, jobs=JOBS):
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda case: run(case, peer), [case for case in chosen if case not in ALONE])
    yield from (run(case, peer) for case in chosen if case in ALONE)
