# SPDX-License-Identifier: MIT
"""Replacement (SIGUSR2) under load without a service manager: nobody is lost."""

import os
import time

from support import settings
from support.replacing import Replacing
from support.steady import Crowd
from support.transfers import SlowTransfers


class UnderLoad(Replacing):
    timeout = 240.0

    def test_no_request_is_lost_over_replacements_under_load(self):
        self.replaced_under_load(settings.counted(10, 50))

    def test_no_request_is_lost_with_several_reactors_either(self):
        # The kernel wakes one poller for a newcomer, and that may be one that is just leaving.
        self.replaced_under_load(settings.counted(5, 50), '--reactors', '2')

    def replaced_under_load(self, count, *options):
        content = os.urandom(300_000)
        self.put('served.bin', content)
        line = self.line(*options)
        with Crowd(line.daemon.port, content) as crowd:
            for _ in range(count):
                before = crowd.total('answered')
                line.replace()
                self.eventually(lambda: crowd.total('answered') > before + 20, 10, 'answers of the successor')
            time.sleep(1.5)      # whoever thinks meets the end of a connection
        settings.say(f'{crowd.total("answered")} answers, {crowd.total("repeated")} repeated, {len(line.pids)} processes')
        self.assertEqual(crowd.notes(), [])
        for pid in line.pids[:-1]:
            self.assertEqual(line.wait(pid), 0)
        self.stop_line(line)

    def test_transfers_that_span_replacements_are_identical(self):
        seconds, count = settings.counted(3, 30), settings.counted(4, 10)
        content = os.urandom(12 << 20)
        self.put('big.bin', content)
        line = self.line()
        with SlowTransfers(line.daemon.port, content, seconds) as transfers:
            for _ in range(count):
                time.sleep(seconds / (count + 2))
                line.replace()
            self.assertEqual(line.running(), line.pids)
        self.assertEqual(transfers.notes, [])
        self.assertEqual((self.root / 'up.bin').read_bytes(), content)
        for pid in line.pids[:-1]:
            self.assertEqual(line.wait(pid), 0)
        self.stop_line(line)
