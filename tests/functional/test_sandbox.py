# SPDX-License-Identifier: MIT
"""The sandbox of the running daemon: that it is on, what it costs those who reload, and that it does not pile up."""

import pathlib
import signal
import struct
import unittest

from support import settings
from support.case import DaemonCase
from support.replacing import Replacing


def confinement(pid):
    """Lines of proc(5) that tell it: {name: number}."""
    lines = pathlib.Path(f'/proc/{pid}/status').read_text().splitlines()
    wanted = ('NoNewPrivs', 'Seccomp', 'Seccomp_filters')
    return {name: int(value) for name, value in (line.split(':', 1) for line in lines if line.startswith(wanted))}


def own_filters():
    """Of this process and so of the daemon's, whatever confines the tests themselves."""
    return confinement('self')['Seccomp_filters']


class Sandbox(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('a.txt', b'alpha')
        (self.home / 'logs').mkdir()
        (self.home / 'elsewhere').mkdir()

    def configured(self, *options, log='logs/access.log'):
        self.file = self.home / 'filesrv.toml'
        self.file.write_text(f'access_log = "common:{self.home}/{log}"\n')
        return self.start('--config', self.file, *options)

    def reload(self, daemon, log):
        before = daemon.stderr.count('reload: ')
        self.file.write_text(f'access_log = "common:{self.home}/{log}"\n')
        daemon.signal(signal.SIGHUP)
        self.eventually(lambda: daemon.stderr.count('reload: ') > before, 3, 'the reload')

    @unittest.skipIf(settings.SLOW > 1, 'a build with sanitizers does not filter system calls')
    def test_every_thread_is_filtered(self):
        daemon = self.start('--workers', '3:3')
        for thread in daemon.threads():
            found = confinement(f'{daemon.pid}/task/{thread}')
            self.assertEqual(found, {'NoNewPrivs': 1, 'Seccomp': 2, 'Seccomp_filters': own_filters() + 1})

    def test_without_it_nothing_is_given_up(self):
        daemon = self.start('--no-sandbox')
        self.assertEqual(confinement(daemon.pid), confinement('self'))

    def test_a_log_that_a_link_leads_to_is_opened_anew_after_it_was_moved_away(self):
        (self.home / 'logs/access.log').symlink_to(self.home / 'elsewhere/real.log')
        daemon = self.configured()
        (self.home / 'elsewhere/real.log').rename(self.home / 'elsewhere/real.log.1')
        self.reload(daemon, 'logs/access.log')
        self.ask(daemon, 'GET', '/a.txt')
        self.eventually(lambda: (self.home / 'elsewhere/real.log').is_file(), 3, 'the new file')
        self.eventually(lambda: 'GET /a.txt' in (self.home / 'elsewhere/real.log').read_text(), 3, 'the line')

    def test_a_zone_in_a_file_of_ones_own_is_read_while_it_can_be(self):
        zone, log = self.home / 'elsewhere/zone', self.home / 'logs/access.log'
        counts, kind = struct.pack('>6I', 0, 0, 0, 0, 1, 4), struct.pack('>iBB', 5 * 3600 + 1800, 0, 0)    # tzfile(5)
        zone.write_bytes(b'TZif' + bytes(16) + counts + kind + b'OWN\0')
        daemon = self.start('--access-log', f'common:{log}', environment={'TZ': f':{zone}'})
        self.ask(daemon, 'GET', '/a.txt')
        self.eventually(lambda: log.is_file() and ' +0530] ' in log.read_text(), 3, 'a line with that zone')

    def test_a_log_may_move_within_its_folder_but_not_out_of_it(self):
        daemon = self.configured()
        if 'no Landlock' in daemon.stderr:
            self.skipTest('this kernel has no Landlock')
        self.reload(daemon, 'logs/other.log')
        self.ask(daemon, 'GET', '/a.txt')
        self.eventually(lambda: 'GET /a.txt' in (self.home / 'logs/other.log').read_text(), 3, 'the line')
        self.reload(daemon, 'elsewhere/access.log')
        self.assertRegex(daemon.stderr, 'reload: access log: .*elsewhere/access.log: Permission denied; the old one stays '
                                        r'\(the sandbox was made for its folder: SIGUSR2 starts anew without losing anybody\)')
        self.assertFalse((self.home / 'elsewhere/access.log').exists())
        self.ask(daemon, 'GET', '/a.txt')
        self.eventually(lambda: (self.home / 'logs/other.log').read_text().count('GET /a.txt') == 2, 3, 'the second line')

    def test_without_it_a_log_may_move_anywhere(self):
        daemon = self.configured('--no-sandbox')
        self.reload(daemon, 'elsewhere/access.log')
        self.ask(daemon, 'GET', '/a.txt')
        self.eventually(lambda: 'GET /a.txt' in (self.home / 'elsewhere/access.log').read_text(), 3, 'the line')


class Successors(Replacing):
    @unittest.skipIf(settings.SLOW > 1, 'a build with sanitizers does not filter system calls')
    def test_filters_do_not_pile_up_from_one_to_the_next(self):
        self.put('a.txt', b'alpha')
        line = self.line()
        for _ in range(settings.counted(20, 50)):    # a process has 16 domains of Landlock at most
            line.replace()
        self.assertEqual(self.ask_line(line, 'GET', '/a.txt').body, b'alpha')
        self.assertEqual(confinement(line.pids[-1])['Seccomp_filters'], own_filters() + 1)
        self.stop_line(line)
