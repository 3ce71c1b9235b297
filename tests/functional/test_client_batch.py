# SPDX-License-Identifier: MIT
"""filesrv-client with a file of requests: against filesrvd, and against servers that behave badly."""

import base64
import collections
import filecmp
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

from support import recorded, settings
from support.batch import BatchCase, BrokenDownloads
from support.relay import Relay

KINDS = ('txt', 'jpg', 'png', 'html')

# [a line, what the complaint says of it]
MALFORMED = (
    ('GTE a', 'the nearest known one is GET'), ('PUSH a', "unknown verb 'PUSH'"), ('LS a', 'unknown verb'), ('a.txt', 'unknown verb'),
    ('--GET a', 'unknown verb'), ('\x1b[2J a', r"unknown verb '\x1B[2J'"), ('GET', 'GET needs a path'), ('POST', 'POST needs a path'),
    ('client_get', 'GET needs a path'), ('-', "a '-' and no request"), ("GET ''", 'the path is empty'), ('GET /', 'is a folder'),
    ('GET folder/', 'is a folder'), ('POST .', 'is a folder'), ('DELETE /', 'is a folder'), ('GET ../a', "holds '..'"),
    ('POST ../a', "holds '..'"), ('GET a/../../b', "holds '..'"),
    ('GET http://localhost/a', 'is a URL; write PATH HOST PORT'), ('GET a host:80', 'is a host with a port; write HOST PORT'),
    ('GET a ho/st', 'is not a host name'), ("GET a ''", 'is not a host name'), ('GET a *', 'is not a host name'),
    ('GET a host 0', 'is not a port'), ('GET a host 65536', 'is not a port'), ('GET a host -1', 'is not a port'),
    ('GET a host 80x', 'is not a port'), ('GET a host 80 more', 'too many words'), ("GET 'a", "a ' has no end"), ('GET "a', 'a " has no end'),
    ('GET a\\', 'a backslash ends the line'), ('GET a\0b', 'holds a NUL'), ('GET ' + 'a' * 16384, 'longer than'),
)


class Session(BatchCase):
    def fill(self):
        for number, kind in enumerate(KINDS):
            self.put(f'server/file.{kind}', os.urandom(100_000 + number))
            (self.here / 'client').mkdir(exist_ok=True)
            (self.here / f'client/mine.{kind}').write_bytes(os.urandom(50_000 + number))

    def both_sides_agree(self):
        for kind in KINDS:
            self.assertEqual((self.here / f'file.{kind}').read_bytes(), (self.root / f'server/file.{kind}').read_bytes())
            self.assertEqual((self.root / f'client/mine.{kind}').read_bytes(), (self.here / f'client/mine.{kind}').read_bytes())

    def test_gets_and_posts_of_each_kind_go_in_order_over_one_connection(self):
        self.fill()
        port = self.serve().port
        done = self.batch([f'client_get server/file.{kind}' for kind in KINDS] + [f'client_post client/mine.{kind}' for kind in KINDS],
                          'localhost', port)
        self.both_sides_agree()
        self.assertEqual(done.stdout, 'HTTP/1.1 200 OK\n' * 8)
        self.assertIn('8 succeeded, 0 failed', done.stderr)
        logged = self.logged(8)
        self.assertEqual([entry['method'] for entry in logged], ['GET'] * 4 + ['POST'] * 4)
        self.assertEqual(len({entry['port'] for entry in logged}), 1, 'one connection')

    def test_the_example_session_runs_as_it_is_installed(self):
        example = settings.SOURCE / 'packaging/examples/client-session'
        requests = [line.split() for line in example.read_text().splitlines() if line and not line.startswith(('#', '-'))]
        fetched = [path for verb, path in requests if verb == 'GET']
        sent = [path for verb, path in requests if verb in ('POST', 'client_post')]
        self.assertEqual((len(fetched), len(sent), len(requests)), (4, 4, 8))
        (self.here / 'client').mkdir()
        for number, path in enumerate(fetched + sent):
            (self.put(path) if path in fetched else self.here / path).write_bytes(os.urandom(10_000 + number))
        done = self.batch([example.read_text()], 'localhost', self.serve().port)
        for path in fetched:
            self.assertEqual((self.here / path.split('/')[1]).read_bytes(), (self.root / path).read_bytes())
        for path in sent:
            self.assertEqual((self.root / path).read_bytes(), (self.here / path).read_bytes())
        self.assertIn('8 succeeded, 0 failed, 1 failed as they may', done.stderr)
        self.assertEqual(len({entry['port'] for entry in self.logged(9)}), 1, 'one connection')

    def test_lines_may_name_their_server(self):
        self.fill()
        port = self.serve().port
        self.batch([f'GET server/file.{kind} localhost {port}' for kind in KINDS] +
                   [f'POST client/mine.{kind} 127.0.0.1 {port}' for kind in KINDS], 'localhost', 1)
        self.both_sides_agree()

    def test_many_at_once_bring_the_same_files_and_a_record_each(self):
        for number in range(200):
            self.put(f'{number}.bin', os.urandom(1000 + number))
        (self.here / 'out').mkdir()
        done = self.batch([f'GET {number}.bin' for number in range(200)], '-j', 8, '--verify', '--report', 'json', '-o', 'out',
                          'localhost', self.serve().port)
        for number in range(200):
            self.assertEqual((self.here / f'out/{number}.bin').read_bytes(), (self.root / f'{number}.bin').read_bytes())
        records = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(sorted(record['line'] for record in records), list(range(1, 201)))
        self.assertTrue(all(record['verified'] and record['status'] == 200 for record in records))
        self.assertLessEqual(len({entry['port'] for entry in self.logged(200)}), 8)


class Mistakes(BatchCase):
    def test_a_malformed_line_is_named_before_anything_is_sent(self):
        self.put('good.txt')
        port = self.serve().port
        self.assertGreaterEqual(len(MALFORMED), 30)
        for line, says in MALFORMED:
            with self.subTest(line=line[:40]):
                done = self.batch(['GET good.txt', '', line], 'localhost', port, status=2)
                self.assertRegex(done.stderr, r'\Alist:3: [^\n]+\n\Z')
                self.assertIn(says, done.stderr)
                self.assertEqual(done.stdout, '')
        self.nothing_came()
        self.assertFalse(self.log.exists() and self.log.read_text())

    def test_a_dry_run_says_what_would_be_done_and_connects_to_nobody(self):
        done = self.batch(['GET a/b.txt', 'POST c.txt other'], '--dry-run', 'localhost', 1)
        self.assertEqual(done.stdout, 'GET http://localhost:1/a/b.txt into ./b.txt\nPOST http://other:8080/c.txt from c.txt\n')

    def test_an_unknown_option_or_file_is_a_mistake_of_usage(self):
        for words, says in ((['--btach', 'x'], '--batch'), (['--batch', 'missing'], 'missing'), (['--batch', 'list', '-j', '0'], '-j'),
                            (['localhost', 'x'], "'x' is not a port"), (['--batch', ''], '--batch: must not be empty'),
                            (['--output=', 'localhost'], '--output: must not be empty')):
            done = subprocess.run([settings.CLIENT, *words], cwd=self.here, capture_output=True, text=True, check=False,
                                  stdin=subprocess.DEVNULL, timeout=settings.patience(10))
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(says, done.stderr)


class Failures(BatchCase):
    def test_a_missing_file_is_1_and_the_rest_goes_on_unless_told_otherwise(self):
        self.put('good.txt', 'good')
        port = self.serve().port
        done = self.batch(['GET missing.txt', 'GET good.txt'], 'localhost', port, status=1)
        self.assertIn('list:1: GET http://localhost:%d/missing.txt: 404 Not Found: There is nothing under this name.\n' % port, done.stderr)
        self.assertEqual((self.here / 'good.txt').read_text(), 'good')
        self.batch(['- GET missing.txt'], 'localhost', port)
        (self.here / 'good.txt').unlink()
        done = self.batch(['GET missing.txt', 'GET good.txt'], '--fail-early', 'localhost', port, status=1)
        self.assertIn('1 not begun', done.stderr)
        self.nothing_came()

    def test_no_server_is_3(self):
        done = self.batch(['GET a'], '--retry', 0, '127.0.0.1', 1, status=3)
        self.assertIn('cannot connect to 127.0.0.1:1: Connection refused', done.stderr)
        self.nothing_came()

    def test_a_server_that_is_away_does_not_hold_up_another(self):
        self.put('b.txt', 'there')
        for parallel in (1, 4):
            self.batch(['GET a.txt', f'GET b.txt 127.0.0.1 {self.serve().port}'], '-j', parallel, '--retry', 1, '127.0.0.1', 1, status=3)
            self.assertEqual((self.here / 'b.txt').read_text(), 'there')
            (self.here / 'b.txt').unlink()

    def test_what_cannot_be_read_or_written_here_is_1_and_named(self):
        self.put('a.txt')
        (self.here / 'folder').mkdir()
        (self.here / 'a.txt').mkdir()
        lines = ['PUT missing', 'PUT folder', 'GET a.txt']
        done = self.batch(lines, 'localhost', self.serve().port, status=1)
        for says in ('/missing: open missing: No such file or directory\n', '/folder: folder is a folder\n', '/a.txt: a.txt is a folder here\n'):
            self.assertIn(says, done.stderr)
        self.assertEqual(self.names(), ['a.txt'])

    def test_a_report_that_cannot_be_written_is_1(self):
        self.put('a.txt')
        done = self.batch(['GET a.txt'], '--report', 'json', '--report-file', '/dev/full', 'localhost', self.serve().port, status=1)
        self.assertIn('the report could not be written whole', done.stderr)
        self.assertTrue((self.here / 'a.txt').exists())

    def test_files_that_are_there_are_not_clobbered_on_either_side(self):
        self.put('a.txt', 'there')
        (self.here / 'a.txt').write_text('here')
        port = self.serve().port
        self.batch(['GET a.txt', 'PUT a.txt'], '--no-clobber', 'localhost', port, status=1)
        self.assertEqual([(self.here / 'a.txt').read_text(), (self.root / 'a.txt').read_text()], ['here', 'there'])

    def test_a_wrong_digest_leaves_no_file(self):
        wrong = base64.b64encode(hashlib.sha256(b'other').digest()).decode()
        answer = f'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nRepr-Digest: sha-256=:{wrong}:\r\n\r\nhello'.encode()
        port, heads = self.answering(answer)
        done = self.batch(['GET a.txt'], '--verify', '127.0.0.1', port, status=1)
        self.assertIn('digest', done.stderr)
        self.assertIn('Want-Repr-Digest: sha-256=10', heads[0])
        self.nothing_came()

    def test_a_server_without_digests_leaves_a_download_unverified_and_that_is_told(self):
        port, _ = self.answering(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello')
        done = self.batch(['GET a.txt'], '--verify', '127.0.0.1', port)
        self.assertIn('1 succeeded (1 not verified: the server gives no digest), 0 failed', done.stderr)
        self.assertEqual((self.here / 'a.txt').read_text(), 'hello')

    def test_a_body_that_ends_too_soon_has_no_final_name(self):
        cut = b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: "v1"\r\n\r\nhello'
        port, _ = self.answering(cut)
        done = self.batch(['GET a.txt'], '--retry', 0, '127.0.0.1', port, status=3)
        self.assertIn('closed the connection in the middle of the answer', done.stderr)
        self.assertFalse((self.here / 'a.txt').exists())

    def test_a_busy_server_is_asked_again_after_what_it_says(self):
        busy = b'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
        port, heads = self.answering(busy, b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello')
        self.batch(['GET a.txt'], '127.0.0.1', port)
        self.assertEqual((self.here / 'a.txt').read_text(), 'hello')
        self.assertEqual(len(heads), 2)


class FromDaemon(BrokenDownloads):
    def setUp(self):
        super().setUp()
        self.daemon = self.serve()
        self.send(os.urandom(self.size))

    def send(self, content):
        """By the daemon: a file that it has not stored itself has a weak entity tag while it is young, and no range is
        guarded by one (RFC 9110 13.1.5)."""
        server = http.client.HTTPConnection('127.0.0.1', self.daemon.port)
        server.request('PUT', '/big.bin', content, {'Content-Length': str(self.size)})
        self.assertIn(server.getresponse().status, (201, 204))
        server.close()


class Broken(FromDaemon):
    """What a kill, or a server that goes, leaves is continued."""

    def has_answered(self, status, count):
        """Not as the last line: the server may hear of an earlier client's end later."""
        ended = lambda: [(entry['status'], entry['bytes']) for entry in self.logged(1)]
        self.eventually(lambda: (status, count) in ended(), 5, f'{status} with {count} bytes in the access log')

    def test_a_killed_download_goes_on_where_it_ended(self):
        port, _ = self.break_off(self.daemon, signal.SIGKILL)
        had = self.part.stat().st_size
        self.finish(self.daemon, port)
        self.has_answered(206, self.size - had)

    def test_a_file_that_has_changed_meanwhile_starts_over(self):
        port, _ = self.break_off(self.daemon, signal.SIGKILL)
        self.send(os.urandom(self.size))
        self.finish(self.daemon, port)
        self.has_answered(200, self.size)

    def test_an_interrupt_is_130_and_keeps_what_has_come(self):
        port, status = self.break_off(self.daemon, signal.SIGINT)
        self.assertEqual(status, 130)
        had = self.part.stat().st_size
        self.finish(self.daemon, port)
        self.has_answered(206, self.size - had)


class KilledOften(FromDaemon):
    """Many kills, each at any byte; the soak takes a long file at full speed."""

    timeout = settings.counted(60, 600)
    size = settings.counted(3_000_000, 2 << 30)
    kills = settings.counted(2, 20)

    def setUp(self):
        super().setUp()
        self.relay = Relay(self.daemon.port, rate=settings.counted(1_500_000, 0))
        self.addCleanup(self.relay.close)

    def kill_one(self):
        """A download that gets on for some bytes; how many are there then."""
        there = lambda: self.part.stat().st_size if self.part.exists() else 0
        enough = there() + random.randrange(1, self.size * 8 // 10 // self.kills)
        client = self.in_background(['GET big.bin'], '127.0.0.1', self.relay.port)
        self.eventually(lambda: there() >= enough or client.poll() is not None, 120, f'{enough} bytes')
        client.kill()
        client.wait(settings.patience(10))
        self.assertFalse((self.here / 'big.bin').exists())
        return there()

    def test_a_download_killed_again_and_again_fetches_no_byte_twice(self):
        left = [self.kill_one() for _ in range(self.kills)]
        self.batch(['GET big.bin'], '127.0.0.1', self.relay.port)
        self.assertTrue(filecmp.cmp(self.here / 'big.bin', self.root / 'big.bin', shallow=False))
        self.assertEqual(sorted(path.name for path in self.here.iterdir()), ['big.bin', 'list'])
        asked = [re.search(rb'\r\nRange: bytes=(\d+)-\r\n', head) for head in self.relay.asked]
        self.assertEqual([match and int(match[1]) for match in asked], [None, *left])
        self.assertEqual(left, sorted(left))


class Traced(BatchCase):
    """What a download asks of the file system, as strace(1) sees it."""

    CALLS = ('flock', 'ftruncate', 'linkat', 'pwrite64', 'renameat', 'unlinkat', 'utimensat')

    def setUp(self):
        super().setUp()
        reason = 'sanitizers trace, and make calls of their own' if settings.SLOW > 1 else recorded.why_not()
        if reason:
            self.skipTest(reason)
        self.trace = self.home / 'trace'

    def run_traced(self, lines, *words, trace=CALLS, kill=None):
        """The exit status; `kill` = (call, how often it has come then)."""
        inject = ('-e', f'inject={kill[0]}:signal=KILL:when={kill[1]}') if kill else ()
        command = ['strace', '-f', '-o', self.trace, '-e', 'signal=none', '-e', 'trace=' + ','.join(f'?{name}' for name in trace), *inject]
        return subprocess.run([*command, *self.words(lines, '-q', *words)], cwd=self.here, env=settings.clean_environment(self.home),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=settings.patience(30), check=False).returncode

    def counts(self):
        return collections.Counter(re.findall(r'^\d+ +(\w+)\(', self.trace.read_text(), re.M))

    def test_a_kill_at_any_of_its_calls_leaves_no_part_of_a_file_under_its_name(self):
        port = self.serve().port
        for size, old in ((1000, 'old'), (1_200_000, None), (1000, None), (1_200_000, 'old'))[:settings.counted(2, 4)]:
            name = f'{size}.bin'
            content = self.put(name, os.urandom(size)).read_bytes()
            out = self.here / f'{size}.{old}'
            file = out / name

            def begin(out=out, old=old, file=file):
                shutil.rmtree(out, ignore_errors=True)
                out.mkdir()
                if old:
                    file.write_text(old)

            begin()
            words = [f'GET {name}'], '-o', out, '127.0.0.1', port
            self.assertEqual(self.run_traced(*words), 0)
            kills = [(call, number + 1) for call, count in self.counts().items() for number in range(min(count, 3))]
            self.assertGreaterEqual(len(kills), 3)         # written, dated, named
            for kill in kills:
                with self.subTest(size=size, old=old, kill=kill):
                    begin()
                    self.assertNotEqual(self.run_traced(*words, kill=kill), 0)
                    self.assertIn(file.read_bytes() if file.exists() else None, (old and old.encode(), content))
                    self.batch(*words)
                    self.assertEqual({path.name: path.read_bytes() for path in out.iterdir()}, {name: content})

    def test_a_small_file_costs_few_calls(self):
        number = 200
        for one in range(number):
            self.put(f'{one}.bin', os.urandom(1000))
        (self.here / 'out').mkdir()
        trace = (*self.CALLS, 'openat', 'close', 'newfstatat', 'statx', 'fcntl', 'fsync', 'fdatasync')
        status = self.run_traced([f'GET {one}.bin' for one in range(number)], '-j', 8, '-o', 'out', '127.0.0.1', self.serve().port, trace=trace)
        self.assertEqual(status, 0)
        if 'O_TMPFILE) = -1' in self.trace.read_text():
            self.skipTest('this file system has no nameless files')
        counts = self.counts()
        # A file opened, written, dated, named and closed; a remote file system is asked before whether it can be closed.
        self.assertLess(sum(counts.values()), 7 * number + 200, counts)
        self.assertLess(counts['newfstatat'] + counts['statx'], number // 2, 'looks for what is not there')
        for call in ('flock', 'ftruncate', 'renameat', 'unlinkat', 'fsync', 'fdatasync'):
            self.assertEqual(counts[call], 0, call)
