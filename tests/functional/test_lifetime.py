# SPDX-License-Identifier: MIT
"""Lifetime counters: kept over exits and kills, added up by several processes, and never a reason to stop."""

import fcntl
import json
import os
import shutil
import subprocess
import threading
import time

from support import settings
from support.case import DaemonCase, tool


class KeptCase(DaemonCase):
    def setUp(self):
        super().setUp()
        self.state = self.home / 'state'
        self.file = self.state / 'lifetime.json'

    def kept(self):
        return json.loads(self.file.read_text())

    def serve(self, requests, *options, **how):
        daemon = self.start('--state', self.state, *options, **how)
        for number in range(requests):
            self.assertEqual(self.ask(daemon, 'PUT', f'/{number}', body=b'12345').status // 100, 2)
        return daemon


class Kept(KeptCase):
    def test_totals_grow_over_many_starts(self):
        for count in range(1, 21):
            self.serve(2).finish()
            kept = self.kept()
            self.assertEqual((kept['schema'], kept['starts'], kept['requests'], kept['uploads'], kept['errors']),
                             (1, count, 2 * count, 2 * count, 0))
            self.assertGreaterEqual(kept['bytes_received'], 10 * count)
            self.assertGreater(kept['bytes_sent'], 0)
            self.assertIn('leaving: asked to', kept['last_exit']['reason'])
            self.assertLess(abs(kept['last_exit']['time'] - time.time()), settings.patience(5))

    def test_an_idle_exit_is_told_as_the_reason(self):
        self.serve(1, '--idle-shutdown', '0.2').wait()
        self.assertEqual(self.kept()['last_exit']['reason'], 'leaving: no request for 0.2 s')

    def test_whoever_is_connected_meets_the_end_before_the_counters_are_written(self):
        # What is sent to a process that waits for its disk only to leave would be lost.
        daemon = self.serve(0, '--idle-shutdown', '2')
        connection = self.connect(daemon)
        self.eventually(self.file.exists, 5, 'the first write')
        with open(self.state / 'lifetime.lock', 'rb') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(connection.ask('GET', '/').status, 200)
            self.assertEqual(connection.read_until_close(settings.patience(5)), (b'', 'fin'))
            self.assertTrue(daemon.running())
        self.assertEqual(daemon.wait(), 0)
        self.assertEqual((self.kept()['starts'], self.kept()['requests']), (1, 1))

    def test_a_kill_loses_five_seconds_at_most(self):
        daemon = self.serve(3)
        self.eventually(lambda: self.file.exists() and self.kept()['uploads'] == 3, 7, 'the first write')
        daemon.kill()
        self.assertEqual(self.kept()['starts'], 1)
        self.serve(1).finish()
        self.assertEqual((self.kept()['starts'], self.kept()['requests']), (2, 4))

    def test_an_unused_daemon_writes_its_start_and_sleeps(self):
        daemon = self.serve(0)
        self.eventually(self.file.exists, 5, 'the first write')
        time.sleep(1.5)
        written = self.file.stat().st_mtime_ns
        self.assertTrue(daemon.rests(1.5, 0.005 * settings.SLOW))
        self.assertEqual(self.file.stat().st_mtime_ns, written)

    def test_processes_with_one_folder_add_up(self):
        def live():
            daemon = self.serve(5)
            daemon.finish()

        for _ in range(3):
            lives = [threading.Thread(target=live) for _ in range(4)]
            for one in lives:
                one.start()
            for one in lives:
                one.join()
        self.assertEqual((self.kept()['starts'], self.kept()['requests']), (12, 60))

    def test_the_managers_first_folder_is_taken(self):
        daemon = self.start(environment={'STATE_DIRECTORY': f'{self.state}:{self.home}/other', 'XDG_STATE_HOME': '/nowhere'})
        daemon.finish()
        self.assertEqual(self.kept()['starts'], 1)
        self.start(environment={'XDG_STATE_HOME': str(self.home / 'xdg')}).finish()
        self.assertTrue((self.home / 'xdg/filesrv/lifetime.json').exists())


class Hostile(KeptCase):
    def lives_on(self, *warnings, **how):
        daemon = self.serve(1, **how)
        self.assertEqual(daemon.finish(), [])
        told = [line for line in daemon.stderr.splitlines() if 'lifetime' in line]
        self.assertEqual(len(told), len(warnings), told)
        for line, warning in zip(told, warnings):
            self.assertIn(warning, line)

    def test_a_broken_file_is_set_aside(self):
        self.state.mkdir()
        for text in ('{"schema": 1, "requ', '[]', '{"schema": 2}', '{"schema": 1, "requests": -1}', '\0' * 100):
            self.file.write_text(text)
            self.lives_on('is broken')
            self.assertEqual(self.kept()['starts'], 1)
            self.assertEqual((self.state / 'lifetime.json.broken').read_text(), text)
        self.file.write_text('')         # what a power cut may leave of a file somebody else wrote
        self.lives_on()

    def test_a_folder_that_cannot_be_written_is_told_once(self):
        if os.geteuid() == 0:
            self.state.write_text('a file where the folder should be')
            return self.lives_on('lifetime counters are not kept')
        self.state.mkdir(mode=0o500)
        self.lives_on('lifetime counters are not kept')

    def test_a_folder_that_is_removed_while_it_runs_is_told_with_what_brings_it_back(self):
        for anew, words in ((False, 'the folder is gone'), (True, 'if the folder was made anew')):
            daemon = self.serve(1)
            if 'no Landlock' in daemon.stderr:
                self.skipTest('this system has no Landlock: the folder is made again')
            self.eventually(self.file.exists, 10, 'the first write')
            shutil.rmtree(self.state)
            if anew:
                self.state.mkdir()
            self.assertEqual(self.ask(daemon, 'GET', '/0').status, 200)
            self.eventually(lambda: 'not kept' in daemon.stderr, 20, 'the next write')
            self.assertEqual(daemon.finish(), [])
            told = [line for line in daemon.stderr.splitlines() if 'lifetime' in line]
            self.assertEqual(len(told), 1, told)
            for word in (f'lifetime counters are not kept: {self.state}: ', words, 'filesrvctl upgrade'):
                self.assertIn(word, told[0])
        self.serve(1).finish()                   # which makes it, or takes it as it is
        self.assertEqual(self.kept()['starts'], 1)

    def test_a_full_disk_keeps_the_old_file(self):
        if os.geteuid() != 0:
            self.skipTest('mounting a small file system needs root')
        self.state.mkdir()
        done = subprocess.run([tool('mount'), '-t', 'tmpfs', '-o', 'size=16k', 'full', self.state], capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f'nothing can be mounted here: {done.stderr.strip()}')
        self.addCleanup(subprocess.run, [tool('umount'), '-l', self.state])
        self.serve(1).finish()
        with open(self.state / 'filler', 'wb', buffering=0) as filler:
            try:
                while filler.write(b'x' * 4096):
                    pass
            except OSError:
                pass
        before = self.kept()
        self.lives_on('lifetime counters are not kept')
        self.assertEqual(self.kept(), before)
        (self.state / 'filler').unlink()
        self.serve(1).finish()
        self.assertEqual(self.kept()['starts'], 2)

    def test_what_a_kill_left_behind_is_no_obstacle(self):
        self.state.mkdir()
        (self.state / 'lifetime.json.new').write_text('half')
        self.serve(1).finish()
        self.assertEqual(self.kept()['starts'], 1)
        self.assertEqual(sorted(path.name for path in self.state.iterdir()), ['lifetime.json', 'lifetime.lock'])


class ReadOnly(KeptCase):
    def test_an_ordinary_user_without_rights_serves_all_the_same(self):
        daemon = self.start_as_nobody('--state', '/proc/self')
        self.assertEqual(self.ask(daemon, 'GET', '/').status, 200)
        daemon.finish()
        self.assertIn('lifetime counters are not kept', daemon.stderr)
