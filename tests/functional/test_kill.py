# SPDX-License-Identifier: MIT
"""kill -9 during uploads: what was acknowledged is whole, everything else is absent, old or whole."""

import random
import shutil
import time

from support import settings
from support.case import DaemonCase, STAGING
from support.load import is_sealed, sealed_of_size
from support.raw import request
from support.uploader import Uploader

UPLOADERS = 8
NAMES = ('f0', 'f1', 'f2', 'new/deep/f3')      # the last needs folders that are made for it
SIZES = (100, 5000, 200_000, 1_500_000)


class KillMinusNine(DaemonCase):
    timeout = settings.counted(900, 3600)

    def test_a_kill_at_a_random_moment_tears_no_upload(self):
        chance = random.Random(2024)
        for turn in range(settings.counted(20, 500)):
            with self.subTest(round=turn):
                self.one_round(chance, turn)

    def one_round(self, chance, turn):
        old = sealed_of_size(3000, 'old')
        for number in range(UPLOADERS):
            self.put(f'u{number}/f0', old)
            for other in NAMES[1:3]:
                (self.root / f'u{number}/{other}').unlink(missing_ok=True)
            shutil.rmtree(self.root / f'u{number}/new', ignore_errors=True)
        daemon = self.start()
        uploaders = [Uploader(number, daemon.port, turn, names=[f'u{{}}/{name}' for name in NAMES], sizes=SIZES)
                     for number in range(UPLOADERS)]
        for uploader in uploaders:
            uploader.start()
        time.sleep(chance.uniform(0.005, 0.25))
        daemon.kill()
        for uploader in uploaders:
            uploader.join(10)
            self.assertFalse(uploader.is_alive())
            self.assertEqual(uploader.wrong, [])
            self.judge(uploader, old)
        self.judge_restart()

    def judge(self, uploader, old):
        for other in NAMES:
            name = f'u{uploader.number}/{other}'
            sent = uploader.begun.get(name, [])
            last = uploader.acknowledged.get(name, -1)
            path = self.root / name
            if not path.exists():
                self.assertEqual(last, -1, f'{name} was acknowledged and is gone')
                self.assertNotEqual(other, 'f0', f'{name} was there before and is gone')
                continue
            body = path.read_bytes()
            self.assertTrue(is_sealed(body), f'{name} is torn: {len(body)} bytes')
            # The one after the last acknowledged may have been committed just before its answer.
            allowed = sent[last:] if last >= 0 else sent + [old]
            self.assertIn(body, allowed, f'{name} holds neither what was acknowledged nor what came after')

    def judge_restart(self):
        daemon = self.start()
        page = self.ask(daemon, 'GET', '/').text + self.ask(daemon, 'GET', '/u0/').text
        self.assertNotIn('.filesrv', page)
        self.eventually(lambda: not any('.filesrv-' in name for name in self.names()), 3, 'staging swept')
        self.assertEqual(daemon.finish(), [])


class TwoDaemons(DaemonCase):
    def test_two_daemons_on_one_root_do_not_sweep_each_others_uploads(self):
        first = self.start()
        slow = self.connect(first)
        body = sealed_of_size(4 << 20, 'slow')
        slow.send(request('PUT', '/slow.bin', f'Content-Length: {len(body)}'), body[:2 << 20])
        self.eventually(lambda: self.names(), what='the staged file')
        for _ in range(3):
            second = self.start()                # it sweeps as it starts
            self.assertEqual(self.ask(second, 'PUT', '/other.bin', body=b'other').status // 100, 2)
            self.assertEqual(second.finish(), [])        # and may remove an empty folder as it leaves
        slow.send(body[2 << 20:])
        self.assertEqual(slow.read_response('PUT').status, 201)
        self.assertEqual((self.root / 'slow.bin').read_bytes(), body)

    def test_a_leftover_of_a_killed_daemon_is_swept_while_anothers_upload_lives(self):
        first, killed = self.start(), self.start()
        live, dead = self.connect(first), self.connect(killed)
        for connection, name in ((live, '/live.bin'), (dead, '/dead.bin')):
            connection.send(request('PUT', name, f'Content-Length: {4 << 20}'), bytes(2 << 20))
        staged = lambda: sum((self.root / name).is_file() for name in self.names())
        self.eventually(lambda: staged() >= 2, what='two staged files')
        time.sleep(0.1)
        killed.kill()
        before = staged()
        self.start()
        self.eventually(lambda: staged() < before, 3, 'the sweep')
        live.send(bytes(2 << 20))
        self.assertEqual(live.read_response('PUT').status, 201)
        self.assertEqual((self.root / 'live.bin').read_bytes(), bytes(4 << 20))
        self.eventually(lambda: STAGING not in ' '.join(self.names()), 3, 'nothing staged')
