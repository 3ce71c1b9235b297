# SPDX-License-Identifier: MIT
"""The power goes: after any call of the daemon, whatever the disk had not been told to keep may be there or not.

A daemon that takes uploads is recorded; then every moment of the record is judged as the last one.
"""

import random
import time
import unittest

from support import disk, recorded, settings
from support.case import DaemonCase, STAGING
from support.load import sealed_of_size
from support.uploader import Uploader

UPLOADERS = 4
# Replaced and made anew, in folders of one's own that have to be made, in folders that several make at once, by all, and
# where nothing can be staged but beside the target.
NAMES = ('u{}/f0', 'u{}/f1', 'u{}/new/deep/f2', 'shared/{}', 'shared/more/{}', 'shared/all', 'group/{}')
SIZES = (100, 5000, 40_000, 300_000)
BEFORE = [*(f'u{number}/f0' for number in range(UPLOADERS)), 'group/0']
GROUP_MODE = 0o2775          # what is made in it belongs to its group: inode(7), "set-group-ID"


def hidden(name):
    return name.startswith(b'.filesrv-')


def crowded(tree):
    """Staged folders in which others have put names before the folder's own was on the disk.

    No sweep takes them apart: they hold more than is made out of sight. They want a disk that keeps a
    folder's later names and loses its earlier rename, which none with a journal does.
    """
    above = [path.rpartition(b'/')[0].decode() for path in tree]
    return tuple({'/'.join(path.split('/')[:2]) for path in above if path.startswith(f'{STAGING}/') and above.count(path) > 1})


class Record:
    """One run of a daemon: its calls, and what its clients sent and were told."""

    def __init__(self, recorder, root, before, uploaders):
        self.calls, self.root, self.before = recorder.calls(), root, before
        self.sent = {name: [body] for name, body in before.items()}      # and what came after it
        self.everybodys = set()
        self.histories = {uploader.own_port: uploader.history for uploader in uploaders}
        for uploader in uploaders:
            for name, versions in uploader.begun.items():
                if len(self.sent.setdefault(name, [None])) > 1:
                    self.everybodys.add(name)
                self.sent[name] += versions

    def replay(self, forget=()):
        """`forget`: calls that are left out of it."""
        calls = [self._copy(call) for call in self.calls if call not in forget]
        return disk.Replay(calls, self.root, self._top())

    @staticmethod
    def _copy(call):
        call.done = None
        return call

    def _top(self):
        top = disk.Node()
        for name, body in self.before.items():
            folder = top
            *folders, last = name.encode().split(b'/')
            for one in folders:
                folder = folder.names.setdefault(one, disk.Node())
            folder.names[last] = disk.Node(body)
        return top.keep()

    def acknowledgements(self, replay):
        """(moment at which it began to leave, name, version), in their order."""
        counts = dict.fromkeys(self.histories, 0)
        found = []
        for moment, port, said in sorted(replay.answers):
            if said.startswith(b'HTTP/1.1 2'):
                found.append((moment, *self.histories[port][counts[port]]))
                counts[port] += 1
        assert counts == {port: len(history) for port, history in self.histories.items()}, 'answers that nobody got'
        return found

    def wrong_with(self, tree, acknowledged, keeps_names):
        """What a client would complain about who finds this on the disk."""
        for path, content in tree.items():
            if content is not None and content not in self.sent.get(path.decode(), ()):
                yield f'{path.decode()} is torn: {len(content)} bytes'
        for name, versions in self.sent.items():
            last = acknowledged.get(name)
            if not keeps_names or (last is None and versions[0] is None):
                continue
            content = tree.get(name.encode())
            allowed = versions if last is None or name in self.everybodys else versions[last + 1:]
            if content not in allowed or content is None and name in self.everybodys:
                yield f'{name} was {"there" if last is None else "acknowledged"} and is {"gone" if content is None else "an older one"}'


class Judge:
    """Every moment as the last one, for the worst choices among what was not synced, and some at random."""

    def __init__(self, record, replay, full, at_random):
        self.record, self.full, self.at_random = record, full, at_random
        self.disk = disk.Disk(replay)
        self.moments = disk.Disk.moments(replay)
        self.acknowledgements = record.acknowledgements(replay)
        self.chance = random.Random(len(self.moments))
        self.cuts = self.states = 0
        self.wrong = []

    def choices(self):
        # With durability data, names are promised to nobody before the disk wants to keep them.
        yield disk.nothing, self.full
        yield disk.everything, True
        yield disk.names_alone, True
        yield disk.contents_alone, self.full
        for _ in range(self.at_random):
            yield disk.some(self.chance, self.chance.random()), self.full

    def run(self, at_each=lambda judge: None, most_wrong=5):
        acknowledged, told = {}, 0
        for moment in self.moments:
            while told < len(self.acknowledgements) and self.acknowledgements[told][0] <= moment:
                _, name, version = self.acknowledgements[told]
                acknowledged[name] = version
                told += 1
            self.disk.cut(moment)
            self.cuts += 1
            for chosen, keeps_names in self.choices():
                self.states += 1
                tree = self.disk.tree(chosen, hidden)
                self.wrong += [f'after line {moment}: {what}' for what in self.record.wrong_with(tree, acknowledged, keeps_names)]
            at_each(self)
            if len(self.wrong) >= most_wrong:
                break
        return self.wrong


class PowerCut(DaemonCase):
    timeout = 1200

    def setUp(self):
        reason = recorded.why_not()
        if reason:
            raise unittest.SkipTest(reason)
        super().setUp()

    def record(self, durability, most):
        before = {name: sealed_of_size(3000, name) for name in BEFORE}
        for name, body in before.items():
            self.put(name, body)
        (self.root / 'group').chmod(GROUP_MODE)
        recorder = recorded.Recorder(self.home)
        program, *words = [*recorder.command, settings.DAEMON, '--root', self.root, '--listen', 'localhost:0', '--idle-shutdown', '0',
                           '--control', self.home / 'control', '--durability', durability, '--allow-delete']
        if settings.INLINE_BATCH is not None:
            words += ['--inline-batch', settings.INLINE_BATCH]
        daemon = self.launch(*words, program=program, cwd=self.home).wait_ready()
        uploaders = [Uploader(number, daemon.port, durability, names=NAMES, sizes=SIZES, most=most, deletes=True)
                     for number in range(UPLOADERS)]
        for uploader in uploaders:
            uploader.start()
        for uploader in uploaders:
            uploader.join(self.timeout)
            self.assertEqual(uploader.wrong, [])
        recorder.stop(daemon.process)
        daemon.wait()
        return Record(recorder, self.root, before, uploaders)

    def judge(self, durability, restarts):
        record = self.record(durability, settings.counted(12, 150))
        judge = Judge(record, record.replay(), durability == 'full', settings.counted(3, 20))
        began = time.monotonic()
        every = len(judge.moments) // restarts
        self.assertEqual(judge.run(lambda judge: judge.cuts % every == 0 and self.restart(judge)), [])
        settings.say(f'{durability}: {len(judge.acknowledgements)} answers, {len(record.calls)} calls, power cut at '
                     f'{judge.cuts} moments: {judge.states} disks judged in {time.monotonic() - began:.1f} s')
        return record

    def restart(self, judge):
        """A daemon on such a disk serves what is whole and sweeps what is not."""
        folder = self.home / f'after.{judge.cuts}'
        tree = judge.disk.tree(disk.some(judge.chance, 0.7))
        for path, content in sorted(tree.items()):
            place = folder / path.decode()
            if content is None:
                place.mkdir(parents=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
        (folder / 'group').chmod(GROUP_MODE)
        daemon = self.start(root=folder)
        for name in ('u0/new/deep/f2', 'group/other'):      # leftovers beside a target go when that folder is written
            self.assertEqual(self.ask(daemon, 'PUT', f'/{name}', body=b'again').status // 100, 2)
        spared = crowded(tree)
        self.eventually(lambda: not any('.filesrv-' in name and not name.startswith(spared) for name in self.names(folder)),
                        5, 'staging swept')
        for path, content in tree.items():
            if content is not None and b'.filesrv-' not in path and path != b'u0/new/deep/f2':
                self.assertEqual(self.ask(daemon, 'GET', f'/{path.decode()}').body, content)
        self.assertEqual(daemon.finish(), [])
        self.daemons.remove(daemon)

    def prove_that_it_finds(self, record):
        """The same record without some of the syncs must be found wrong."""
        synced = record.replay().synced
        for is_folder, finds in ((False, 'is torn'), (True, 'acknowledged and is')):
            forget = {call for call, node in synced if node.is_folder == is_folder}
            wrong = Judge(record, record.replay(forget), True, 0).run(most_wrong=1)
            self.assertIn(finds, wrong[0] if wrong else 'nothing')

    def test_an_acknowledged_upload_is_whole_wherever_the_power_goes(self):
        record = self.judge('full', settings.counted(4, 100))
        self.prove_that_it_finds(record)

    def test_with_durability_data_no_name_ever_leads_to_half_a_file(self):
        self.judge('data', settings.counted(2, 50))
