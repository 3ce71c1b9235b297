# SPDX-License-Identifier: MIT
"""All cases of the conformance suite against the daemon; `conformance` runs the same ones against any server."""

from conformance_cases import CASES, fixture, runner
from conformance_cases.peer import Peer
from support.case import DaemonCase

# What the daemon must be found able to do, or cases would be left out unseen.
ABILITIES = {'puts', 'posts', 'digests'}


class Conformance(DaemonCase):
    timeout = 120.0

    def setUp(self):
        super().setUp()
        fixture.prepare(self.root)
        daemon = self.start()
        self.peer = Peer('127.0.0.1', daemon.port, self.root, puts=True)
        self.peer.probe()

    def test_every_case_holds(self):
        self.assertLessEqual(ABILITIES, self.peer.abilities)
        for outcome in runner.run_all(runner.fitting(self.peer), self.peer):
            with self.subTest(outcome.case.title):
                self.assertIsNone(outcome.complaint)

    def test_titles_are_unique(self):
        titles = [case.title for case in CASES]
        self.assertEqual(sorted({title for title in titles if titles.count(title) > 1}), [])
