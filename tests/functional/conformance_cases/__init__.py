# SPDX-License-Identifier: MIT
"""The cases of the conformance suite, a module a chapter; see ../conformance for how they are run."""

from . import (chunks, connections, digests, heads, hosts, lengths, methods, parts, paths, preconditions, ranges,
               uploads, validators, versions, write_conditions)

CHAPTERS = (lengths, chunks, heads, versions, hosts, methods, validators, preconditions, write_conditions, ranges,
            parts, paths, uploads, digests, connections)
ALONE = paths.ALONE
CASES = [case for chapter in CHAPTERS for case in chapter.CASES] + ALONE
