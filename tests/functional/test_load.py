# SPDX-License-Identifier: MIT
"""A thousand keep-alive connections, mixed reads and writes, every byte checked; and who is too many."""

import re
import time

from support import settings
from support.case import DaemonCase
from support.load import drive, sealed_of_size


class Load(DaemonCase):
    timeout = 240

    def setUp(self):
        super().setUp()
        self.shared = []
        for number, size in enumerate((65, 300, 1024, 4096, 10_000, 60_000, 200_000, 700_000)):
            for copy in range(6 if size < 60_000 else 2):
                name = f'shared/{number}-{copy}.bin'
                self.put(name, sealed_of_size(size, name))
                self.shared.append(name)

    def carry(self, connections, seconds, *options, **how):
        # Under a thousand connections T(n) is its minimum; a client starved by this very machine's other
        # side must not be taken for an idle one.
        daemon = self.start('--timeout-min', '60', '--timeout-max', '60', '--stall-timeout', '120', *options)
        tally = drive(daemon.port, seconds, connections, self.shared, **how)
        settings.say(str(tally))
        self.assertEqual(tally.failures, 0, str(tally))
        self.assertEqual(tally.connects, connections)
        self.assertGreaterEqual(tally.answers, connections)
        self.assertEqual(self.ask(daemon, 'GET', f'/{self.shared[0]}').status, 200)
        self.eventually(lambda: daemon.sockets() <= 8, 5, 'every connection gone')
        return daemon

    def test_1000_connections_with_mixed_reads_and_writes(self):
        self.carry(1000, settings.counted(5, 30))
        torn = [name for name in self.names() if '.filesrv' in name]
        self.assertEqual(torn, [])

    def test_200_connections_with_every_second_request_a_write(self):
        self.carry(200, settings.counted(2, 20), '--durability', 'data', writes_every=2)

    def test_200_connections_on_two_reactors(self):
        self.carry(200, settings.counted(2, 20), '--reactors', '2')

    def test_every_lease_taken_is_returned_and_every_request_begun_has_ended(self):
        daemon = self.carry(40, settings.counted(1, 20), '--log-level', 'debug')
        self.assertEqual(daemon.finish(), [])
        totals = re.search(r'totals: leases taken (\d+), returned (\d+); requests begun (\d+), ended (\d+)', daemon.stderr)
        taken, returned, begun, ended = map(int, totals.groups())
        self.assertEqual((taken, begun), (returned, ended))
        self.assertGreater(begun, 40)

    def test_connections_that_come_and_go_leave_nothing(self):
        daemon = self.start()
        before = daemon.descriptors()
        for _ in range(settings.counted(500, 20_000)):
            self.assertEqual(self.ask(daemon, 'GET', f'/{self.shared[0]}', 'Connection: close').status, 200)
        self.eventually(lambda: daemon.descriptors() <= before + 4, what='the descriptors of before')


class TooMany(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')

    def refused(self, connection):
        """503 with Retry-After, unasked or as the answer, then the end."""
        try:
            connection.send('GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n')
        except OSError:
            pass                          # it was refused and closed already
        answer = connection.read_response()
        self.assertEqual(answer.status, 503)
        self.assertRegex(answer.get('retry-after'), r'\A\d+\Z')
        self.assertTrue(answer.closing)
        self.assertEqual(connection.read_until_close(settings.patience(8)), (b'', 'fin'))

    def comes_in(self, daemon):
        try:
            return self.ask(daemon, 'GET', '/a.txt').status == 200
        except OSError:
            return False                  # refused before it had asked

    def test_above_max_connections_there_is_503_with_retry_after(self):
        daemon = self.start('--max-connections', '10')
        kept = [self.connect(daemon) for _ in range(10)]
        for connection in kept:
            self.assertEqual(connection.ask('GET', '/a.txt').status, 200)
        for _ in range(5):
            self.refused(self.connect(daemon))
        for connection in kept:           # those who are in stay in
            self.assertEqual(connection.ask('GET', '/a.txt').status, 200)
        kept.pop().close()
        self.eventually(lambda: self.comes_in(daemon), what='the place that was left')

    def test_above_the_limit_of_one_address_others_still_come_in(self):
        daemon = self.start('--listen', '0.0.0.0:0', '--per-address', '3', '--read-only')
        kept = [self.connect(daemon) for _ in range(3)]
        for connection in kept:
            self.assertEqual(connection.ask('GET', '/a.txt').status, 200)
        self.refused(self.connect(daemon))
        other = self.connect(daemon, source='127.0.0.2')
        self.assertEqual(other.ask('GET', '/a.txt').status, 200)

    def test_the_descriptor_limit_is_survived(self):
        # More connections than descriptors: nobody hangs for ever, and the daemon serves on afterwards.
        command = ' '.join(('ulimit -n 64; exec', settings.DAEMON, '--root', str(self.root), '--listen localhost:0',
                            '--idle-shutdown 0 --control', str(self.home / 'few')))
        few = self.launch('-c', command, program='/bin/sh')
        few.wait_ready()
        crowd = [self.connect(few) for _ in range(100)]
        before = few.cpu_seconds()
        time.sleep(1)
        self.assertLess(few.cpu_seconds() - before, 0.3 * settings.SLOW, 'no busy loop at the limit')
        for connection in crowd:
            connection.close()
        self.eventually(lambda: self.comes_in(few), what='service')
