# SPDX-License-Identifier: MIT
"""Small uploads into memory, which the polling thread stores itself: like any other upload, and behind nobody's disk."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from support import settings
from support.blocked import BlockedCase
from support.case import DaemonCase
from support.raw import request

MEMORY = pathlib.Path('/dev/shm')            # shm_overview(7)
LATER = re.compile(r'^(date|etag|last-modified|keep-alive)$', re.IGNORECASE)


class InMemory(DaemonCase):
    """The root is in memory, and a worker has been in it."""

    def setUp(self):
        super().setUp()
        kind = subprocess.run(['stat', '-f', '-c', '%T', MEMORY], capture_output=True, text=True, check=False).stdout.strip()
        if kind != 'tmpfs' or not os.access(MEMORY, os.W_OK):
            raise unittest.SkipTest(f'{MEMORY} is no file system in memory')
        shutil.rmtree(self.root)
        self.root = self.in_memory()

    def in_memory(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix='filesrv-test.', dir=MEMORY))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def start_ready(self, *options, **how):
        daemon = self.start('--log-level', 'debug', *options, **how)
        for number in range(3):              # the first proves what the file system can, the second sees to the folder
            self.assertEqual(self.ask(daemon, 'PUT', f'/ready-{number}', body=b'x').status, 201)
        return daemon

    def check_holders(self, held, targets):
        """Some are the polling thread's, where it may answer: when the machine mounts something just then, one may not be."""
        by_workers = [target for target in targets if target in held]
        self.assertEqual(by_workers == targets, settings.INLINE_BATCH == '0', f'{by_workers} of {targets}')

    def left_to_workers(self, daemon):
        """The targets of the debug lines that say which worker holds which request."""
        return re.findall(r'worker-\d+ holds .*? PUT (\S+)', daemon.stderr)


class AtOnce(InMemory):
    def test_only_what_is_new_small_and_plain_is_stored_by_the_polling_thread(self):
        daemon = self.start_ready()
        by_workers = ['/old', '/digest', '/chunked', '/below/file', '/large']
        self.put('old', 'old')
        # Each on a connection of its own: the worker that has one may go on with what comes next.
        self.assertEqual(self.ask(daemon, 'PUT', '/new', body=b'new').status, 201)
        self.assertEqual(self.ask(daemon, 'PUT', '/empty', 'Content-Length: 0').status, 201)
        self.assertEqual(self.ask(daemon, 'PUT', '/condition', 'If-None-Match: *', body=b'c').status, 201)
        self.assertEqual(self.ask(daemon, 'PUT', '/old', body=b'newer').status, 204)
        self.assertEqual(self.ask(daemon, 'PUT', '/digest', 'Repr-Digest: sha-256=:AAAA:', body=b'd').status, 400)
        self.assertEqual(self.ask(daemon, 'PUT', '/chunked', 'Transfer-Encoding: chunked', body=b'1\r\nc\r\n0\r\n\r\n').status, 201)
        self.assertEqual(self.ask(daemon, 'PUT', '/below/file', body=b'b').status, 201)
        self.assertEqual(self.ask(daemon, 'PUT', '/large', body=bytes(100_000)).status, 201)
        stored = {'new': b'new', 'empty': b'', 'condition': b'c', 'old': b'newer', 'chunked': b'c', 'below/file': b'b',
                  'large': bytes(100_000)}
        for name, content in stored.items():
            self.assertEqual((self.root / name).read_bytes(), content, name)
            self.assertEqual(self.ask(daemon, 'GET', f'/{name}').body, content)
        self.assertFalse((self.root / 'digest').exists())
        held = self.left_to_workers(daemon)
        self.assertLessEqual(set(by_workers), set(held))
        self.check_holders(held, ['/new', '/empty', '/condition'])

    def test_requests_in_one_segment_with_an_upload_are_answered_in_order_and_see_it(self):
        daemon = self.start_ready()
        connection = self.connect(daemon)
        for turn in range(20):
            name = f'/file-{turn}'
            connection.send(request('GET', name) + request('PUT', name, body=b'first') + request('GET', name) +
                            request('PUT', name, body=b'second') + request('GET', name) + request('PUT', f'{name}b', body=b'') +
                            request('GET', f'{name}b'))
            statuses, bodies = [], []
            for method in ('GET', 'PUT', 'GET', 'PUT', 'GET', 'PUT', 'GET'):
                response = connection.read_response(method)
                statuses.append(response.status)
                bodies.append(response.body)
            self.assertEqual(statuses, [404, 201, 200, 204, 200, 201, 200])
            self.assertEqual([bodies[2], bodies[4], bodies[6]], [b'first', b'second', b''])

    def test_hundreds_of_uploads_in_one_go_are_all_stored_in_order(self):
        daemon = self.start_ready()
        connection = self.connect(daemon)
        connection.send(b''.join(request('PUT', f'/many-{number:03}', body=b'%d' % number) for number in range(300)))
        for number in range(300):
            response = connection.read_response('PUT')
            self.assertEqual((response.status, response.get('location')), (201, f'/many-{number:03}'))
        for number in range(300):
            self.assertEqual((self.root / f'many-{number:03}').read_bytes(), b'%d' % number)

    def test_the_answer_is_the_same_whoever_stores_it(self):
        cases = [('PUT', ()), ('PUT', ('Accept: application/json',)), ('PUT', ('Accept: text/html',)), ('POST', ()),
                 ('POST', ('Accept: application/json',)), ('PUT', ('If-None-Match: *',)), ('PUT', ('If-Match: "x"',)),
                 ('PUT', ('Expect: 100-continue',)), ('PUT', ('Connection: close',)), ('PUT', ('Content-Range: bytes 0-3/4',)),
                 ('PUT', ('Sec-Fetch-Site: cross-site',)), ('PUT', ('Content-Type: text/plain',))]
        daemons = [self.start_ready(), self.start_ready('--inline-batch', '0', root=self.in_memory())]
        for number, (method, fields) in enumerate(cases):
            with self.subTest(method=method, fields=fields):
                answers = []
                for daemon in daemons:
                    connection = self.connect(daemon)
                    connection.send(request(method, f'/case-{number}', *fields, body=b'body'))
                    response = connection.read_response(method)
                    kept = [(name, value) for name, value in response.fields if not LATER.match(name)]
                    answers.append((response.status, kept, re.sub(rb'[0-9a-f]+-[0-9a-f]+|"etag".*', b'', response.body)))
                self.assertEqual(*answers)

    def test_a_tag_told_by_an_upload_is_strong_and_holds(self):
        daemon = self.start_ready()
        connection = self.connect(daemon)
        tags = []
        for turn in range(10):
            told = connection.ask('PUT', '/file', body=b'%d' % turn)
            self.assertEqual(told.status, 201)
            tag = told.get('etag')
            self.assertTrue(tag.startswith('"'))
            self.assertEqual(connection.ask('GET', '/file').get('etag'), tag)
            self.assertEqual(connection.ask('GET', '/file', f'If-None-Match: {tag}').status, 304)
            tags.append(tag)
            (self.root / 'file').unlink()
        self.assertEqual(len(set(tags)), 10)

    def test_a_folder_that_was_swapped_takes_what_is_sent_afterwards(self):
        daemon = self.start_ready()
        connection = self.connect(daemon)
        for turn in range(5):
            for number in range(3):
                self.assertEqual(connection.ask('PUT', f'/folder/{number}', body=b'x').status, 201)
            (self.root / 'folder').rename(self.root / f'old-{turn}')
            (self.root / 'folder').mkdir()
            self.assertEqual(connection.ask('PUT', '/folder/new', body=b'x').status, 201)
            self.assertEqual(os.listdir(self.root / 'folder'), ['new'])
            self.assertEqual(sorted(os.listdir(self.root / f'old-{turn}')), ['0', '1', '2'])
            shutil.rmtree(self.root / 'folder')


class BesideBlocked(InMemory, BlockedCase):
    def test_uploads_are_stored_while_the_only_worker_hangs(self):
        if settings.INLINE_BATCH == '0':
            self.skipTest('with 0 the reactor stores nothing itself')
        daemon = self.start_ready('--workers', '1:1', program=settings.FAULTS,
                                  environment={'FILESRV_TEST_SLOW_OPEN': 'slow:0.5'})
        blocked = self.connect(daemon, timeout=60)
        connection = self.connect(daemon)
        blocked.send(request('PUT', '/slow/file', body=b'slow'))
        for number in range(20):
            self.assertEqual(connection.ask('PUT', f'/fast-{number}', body=b'fast').status, 201)
        self.assertEqual(blocked.read_response('PUT').status, 201)
        held = self.left_to_workers(daemon)
        self.assertIn('/slow/file', held)
        self.check_holders(held, [f'/fast-{number}' for number in range(20)])


class FullMemory(InMemory):
    def test_a_full_tmpfs_is_507_and_nothing_is_left_of_what_was_begun(self):
        folder = self.root / 'small'
        folder.mkdir()
        if os.geteuid() != 0 or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder],
                                               stderr=subprocess.DEVNULL, check=False).returncode != 0:
            raise unittest.SkipTest('no rights to mount a tmpfs')
        self.addCleanup(subprocess.run, ['umount', '-l', folder], check=True)
        daemon = self.start_ready(root=folder)
        connection = self.connect(daemon)
        before = os.statvfs(folder).f_bfree
        hog = folder / 'hog'
        hog.write_bytes(bytes((before - 2) * os.statvfs(folder).f_bsize))
        for number in range(5):
            self.assertEqual(connection.ask('PUT', f'/no-room-{number}', body=bytes(16 << 10)).status, 507)
        self.assertEqual(connection.ask('PUT', '/room', body=b'x').status, 201)
        self.assertEqual(self.names(folder), ['hog', 'ready-0', 'ready-1', 'ready-2', 'room'])
        hog.unlink()
        self.assertEqual(connection.ask('PUT', '/room-again', body=bytes(16 << 10)).status, 201)
        self.eventually(lambda: os.statvfs(folder).f_bfree == before - 1 - 4, what='the space')
