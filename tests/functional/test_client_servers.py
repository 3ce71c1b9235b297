# SPDX-License-Identifier: MIT
"""filesrv-client with servers that are not ours: nginx, lighttpd's DAV, and scripts that do what no server should."""

import glob
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time

from support import settings
from support.batch import BatchCase, BrokenDownloads, read_head
from support.case import tool

OK = 'HTTP/1.1 200 OK\r\nETag: "v1"\r\n'


class Misbehaving(BatchCase):
    # [what the server says, the exit status, what the client says]
    ANSWERS = (
        ('HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nno such', 1, '404 Not Found: no such\n'),
        ('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n', 1, '500 Oops\n'),
        ('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n', 1, '503 Service Unavailable\n'),
        ('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n', 1, '503 Service Unavailable\n'),
        ('HTTP/1.1 302 Found\r\nLocation: http://else.where/\r\nContent-Length: 0\r\n\r\n', 1, '302 Found, to http://else.where/\n'),
        ('HTTP/1.1 204 No Content\r\n\r\n', 1, '204 No Content brings no file\n'),
        ('HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/9\r\nContent-Length: 5\r\n\r\nhello', 1, 'no range was asked for\n'),
        (OK + 'Content-Length: nine\r\n\r\nhello', 3, 'does not answer in HTTP/1.1\n'),
        ('HTTP/1.1 200 OK\r\nX: ' + 'x' * 500_000 + '\r\n\r\nhello', 3, 'answers with a field that is too long\n'),
        ('SSH-2.0-OpenSSH_9.2\r\n', 3, 'does not answer in HTTP/1.1\n'),
        ('\0' * 1000, 3, 'does not answer in HTTP/1.1\n'),
    )

    def test_each_answer_that_brings_no_file_is_told_and_leaves_none(self):
        for answer, status, says in self.ANSWERS:
            with self.subTest(answer=answer[:40]):
                port, heads = self.answering(answer.encode())
                done = self.batch(['GET a.txt'], '127.0.0.1', port, '--retry', 0, status=status)
                self.assertIn(f'list:1: GET http://127.0.0.1:{port}/a.txt: ', done.stderr)
                self.assertIn(says, done.stderr)
                self.assertEqual(len(heads), 1)
                self.nothing_came()

    def test_an_upload_that_is_too_large_is_1_and_says_so(self):
        daemon = self.serve('--max-upload', '100K')
        for size in (200_000, 3_000_000):          # without Expect, and with it (RFC 9110 10.1.1)
            (self.here / 'a.bin').write_bytes(bytes(size))
            done = self.batch(['PUT a.bin'], '127.0.0.1', daemon.port, status=1)
            self.assertIn(': 413 ', done.stderr)
        self.assertEqual(self.names(), [])

    def test_a_server_that_stays_busy_is_given_up(self):
        busy = b'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
        port, heads = self.answering(busy, busy)
        done = self.batch(['GET a.txt'], '--retry', 1, '127.0.0.1', port, status=1)
        self.assertIn('503 Service Unavailable', done.stderr)
        self.assertEqual(len(heads), 2)
        self.nothing_came()

    def vanishing(self, head, body, line):
        """Asks a server that closes after each number of bytes; the records of the report."""
        whole = head.encode() + body
        port, _ = self.answering(*(whole[:cut] for cut in range(len(whole))))
        done = self.batch([line.format(cut) for cut in range(len(whole))], '--retry', 0, '--report', 'json', '127.0.0.1', port, status=3)
        return [json.loads(record) for record in done.stdout.splitlines()]

    def test_a_peer_that_vanishes_at_any_byte_leaves_no_file_of_that_name(self):
        for head, body in (('Content-Length: 11\r\n\r\n', b'hello world'),
                           ('Transfer-Encoding: chunked\r\n\r\n', b'5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n')):
            with self.subTest(head=head):
                records = self.vanishing(OK + head, body, 'GET {}.txt')
                failed = [record for record in records if record['error']]
                self.assertGreaterEqual(len(failed), len(records) - 1)
                for record in failed:
                    self.assertRegex(record['error'], 'closed the connection (without an|in the middle of the) answer')
                for path in self.here.iterdir():
                    if path.suffix == '.txt':        # all but the line end after the last chunk
                        self.assertEqual(path.read_text(), 'hello world')
                    if path.suffix == '.part':
                        self.assertTrue('hello world'.startswith(path.read_text()))

    def test_an_upload_is_not_taken_for_stored_before_the_answer_is_whole(self):
        (self.here / 'a.txt').write_text('hello')
        records = self.vanishing('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n', b'', 'PUT a.txt')
        self.assertTrue(all(record['error'] for record in records))


class Continued(BatchCase):
    """What came before a break is kept, and is never mixed with another version."""

    CUT = (OK + 'Content-Length: 11\r\n\r\nhello').encode()
    NEW = b'HTTP/1.1 200 OK\r\nETag: "v2"\r\nContent-Length: 11\r\n\r\nHELLO WORLD'

    def get(self, content, *answers):
        port, heads = self.answering(self.CUT, *answers)
        self.batch(['GET a.txt'], '127.0.0.1', port)
        self.assertEqual((self.here / 'a.txt').read_text(), content)
        self.assertIn('\r\nRange: bytes=5-\r\n', heads[1])
        self.assertIn('\r\nIf-Range: "v1"\r\n', heads[1])
        self.assertEqual(sorted(path.name for path in self.here.iterdir()), ['a.txt', 'list'])

    def test_the_rest_is_asked_for_and_put_behind(self):
        self.get('hello world', b'HTTP/1.1 206 Partial Content\r\nETag: "v1"\r\nContent-Range: bytes 5-10/11\r\nContent-Length: 6\r\n\r\n world')

    def test_another_version_starts_over(self):
        self.get('HELLO WORLD', self.NEW)

    def test_a_range_of_another_version_or_place_is_not_believed(self):
        for fields in ('ETag: "v2"\r\nContent-Range: bytes 5-10/11', 'ETag: "v1"\r\nContent-Range: bytes 4-9/11',
                       'ETag: "v1"\r\nContent-Range: bytes 5-10/12', 'ETag: "v1"'):
            with self.subTest(fields=fields):
                part = f'HTTP/1.1 206 Partial Content\r\n{fields}\r\nContent-Length: 6\r\nConnection: close\r\n\r\n WORLD'
                self.get('HELLO WORLD', part.encode(), self.NEW)


class Closing(BatchCase):
    """A server that closes a kept connection when the next request comes."""

    @staticmethod
    def once(connection):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
        read_head(connection)

    def test_the_request_goes_over_a_new_connection_at_once(self):
        (self.here / 'c.txt').write_text('mine')
        port, heads = self.answering(self.once, self.once, b'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')
        done = self.batch(['GET a.txt', 'GET b.txt', 'PUT c.txt'], '--retry', 0, '127.0.0.1', port)
        self.assertIn('3 succeeded, 0 failed', done.stderr)
        self.assertEqual([head.split()[1] for head in heads], ['/a.txt', '/b.txt', '/c.txt'])
        self.assertEqual((self.here / 'b.txt').read_text(), 'hello')

    def test_it_goes_only_once_more(self):
        port, heads = self.answering(self.once, b'', b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
        done = self.batch(['GET a.txt', 'GET b.txt'], '--retry', 0, '127.0.0.1', port, status=3)
        self.assertIn('/b.txt: 127.0.0.1:%d closed the connection without an answer' % port, done.stderr)
        self.assertEqual(len(heads), 2)
        self.assertFalse((self.here / 'b.txt').exists())


class Slow(BatchCase):
    def test_who_is_silent_is_given_up_and_who_dribbles_is_not(self):
        let_go = []
        self.addCleanup(lambda: [end.close() for end in let_go])

        def dribble(connection):
            connection.sendall((OK + 'Content-Length: 35\r\n\r\n').encode())
            for _ in range(35):
                time.sleep(0.1)
                connection.sendall(b'x')

        def stall(connection):
            connection.sendall((OK + 'Content-Length: 11\r\n\r\nhello').encode())
            let_go.append(connection.dup())

        ports = [self.answering(answer)[0] for answer in (dribble, stall, lambda connection: let_go.append(connection.dup()))]
        done = self.batch([f'GET {number} 127.0.0.1 {port}' for number, port in enumerate(ports)], '-j', 3, '--stall-timeout', 3,
                          '--report', 'json', status=3)
        records = sorted((json.loads(record) for record in done.stdout.splitlines()), key=lambda record: record['line'])
        self.assertEqual([record['error'] for record in records], [None, 'no byte for 3 s', 'no byte for 3 s'])
        self.assertTrue(all(record['seconds'] >= 3 for record in records))
        self.assertEqual((self.here / '0').read_text(), 'x' * 35)
        self.assertFalse((self.here / '1').exists() or (self.here / '2').exists())


class DiskFull(BatchCase):
    def test_no_file_has_its_name_when_the_disk_is_full(self):
        own = ['unshare', '--mount'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
        mount = 'mount -t tmpfs -o size=256k,mode=700 tmpfs out'
        (self.here / 'out').mkdir()
        if subprocess.run([*own, 'sh', '-c', mount], cwd=self.here, capture_output=True, check=False).returncode != 0:
            self.skipTest('no mounts of its own are allowed here')
        self.put('big.bin', os.urandom(3_000_000))
        self.put('small.bin', os.urandom(50_000))
        daemon = self.serve()
        words = self.words(['GET big.bin', 'GET small.bin'], '-o', 'out', '127.0.0.1', daemon.port)
        done = subprocess.run([*own, 'sh', '-c', f'{mount} || exit 99; "$@"; status=$?; ls out >&2; exit $status', 'sh', *words],
                              cwd=self.here, env=settings.clean_environment(self.home), capture_output=True, text=True,
                              timeout=settings.patience(30), check=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn('/big.bin: write big.bin.part: No space left on device', done.stderr)
        self.assertRegex(done.stderr, r'/small.bin: \w+ small.bin(.part)?: No space left on device')
        self.assertNotRegex(done.stderr, r'(?m)^(big|small)\.bin$')


class OtherServer(BrokenDownloads):
    """A server of another make, in the foreground, on a port that was free a moment ago."""

    port = 0

    def run_server(self, make_words):
        for _ in range(5):
            with socket.create_server(('127.0.0.1', 0)) as listener:
                self.port = listener.getsockname()[1]
            with open(self.home / 'server.err', 'wb') as errors:
                server = subprocess.Popen(make_words(self.port), stdout=errors, stderr=errors, stdin=subprocess.DEVNULL)
            self.addCleanup(server.wait)
            self.addCleanup(server.terminate)
            self.eventually(lambda: server.poll() is not None or self.is_answering(), 10, 'a server that answers')
            if server.poll() is None:
                return
        self.fail((self.home / 'server.err').read_text())

    def is_answering(self):
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', self.port)) == 0

    @staticmethod
    def program(name):
        return shutil.which(name, path='/usr/sbin:/usr/local/sbin') or tool(name)


class Nginx(OtherServer):
    def setUp(self):
        super().setUp()
        nginx = self.program('nginx')
        (self.home / 'tmp').mkdir()
        temporary = ''.join(f'{kind}_temp_path {self.home}/tmp;' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        who = 'user root;' if os.geteuid() == 0 else ''

        def words(port):
            (self.home / 'nginx.conf').write_text(
                f'{who} daemon off; master_process off; pid {self.home}/nginx.pid; error_log stderr; events {{}}\n'
                f"http {{ {temporary} log_format one '$status $body_bytes_sent'; access_log {self.home}/nginx.log one;\n"
                f'server {{ listen 127.0.0.1:{port}; root {self.root}; }} }}\n')
            return [nginx, '-c', self.home / 'nginx.conf', '-e', 'stderr']

        self.run_server(words)

    def served(self):
        return (self.home / 'nginx.log').read_text().splitlines()

    def test_many_files_come_over_eight_connections(self):
        content = {f'{number}.bin': random.randbytes(number * 1000) for number in range(100)}
        for name, one in content.items():
            self.put(name, one)
        self.batch([f'GET {name}' for name in content], '-j', 8, '127.0.0.1', self.port)
        self.assertEqual({path.name: path.read_bytes() for path in self.here.glob('*.bin')}, content)

    def test_a_killed_download_goes_on_and_a_changed_file_starts_over(self):
        for changed in (False, True):
            with self.subTest(changed=changed):
                self.put('big.bin', random.randbytes(self.size), age=100 - changed)
                port, _ = self.break_off(self, signal.SIGKILL)
                had = self.part.stat().st_size
                if changed:
                    self.put('big.bin', random.randbytes(self.size), age=50)
                self.finish(self, port)
                answer = f'200 {self.size}' if changed else f'206 {self.size - had}'
                self.eventually(lambda wanted=answer: wanted in self.served(), 5, f'{answer} in the access log')
                (self.here / 'big.bin').unlink()

    def test_a_missing_file_and_a_method_it_does_not_have_are_1(self):
        (self.here / 'a.txt').write_text('hello')
        done = self.batch(['GET missing', 'PUT a.txt'], '127.0.0.1', self.port, status=1)
        self.assertIn('/missing: 404 Not Found\n', done.stderr)
        self.assertIn('/a.txt: 405 Not Allowed\n', done.stderr)
        self.assertFalse((self.here / 'missing').exists())


class Lighttpd(OtherServer):
    def setUp(self):
        super().setUp()
        lighttpd = self.program('lighttpd')
        if not glob.glob('/usr/lib*/lighttpd/mod_webdav.so'):
            self.skipTest("lighttpd's mod_webdav is not installed")

        def words(port):
            (self.home / 'lighttpd.conf').write_text(
                'server.modules = ("mod_webdav")\nwebdav.activate = "enable"\nwebdav.is-readonly = "disable"\n'
                f'server.document-root = "{self.root}"\nserver.upload-dirs = ("{self.home}")\n'
                f'server.bind = "127.0.0.1"\nserver.port = {port}\n')
            return [lighttpd, '-D', '-f', self.home / 'lighttpd.conf']

        self.run_server(words)

    def test_uploads_arrive_and_come_back_whole(self):
        content = {'empty.bin': b'', 'small.bin': b'hello', 'a b+%.bin': random.randbytes(70_000), 'big.bin': random.randbytes(self.size)}
        for name, one in content.items():
            (self.here / name).write_bytes(one)
        self.batch([f"PUT '{name}'" for name in content], '-j', 2, '127.0.0.1', self.port)
        self.assertEqual({path.name: path.read_bytes() for path in self.root.iterdir()}, content)
        (self.here / 'back').mkdir()
        self.batch([f"GET '{name}'" for name in content], '-j', 2, '-o', 'back', '127.0.0.1', self.port)
        self.assertEqual({path.name: path.read_bytes() for path in (self.here / 'back').iterdir()}, content)

    def test_a_file_that_is_there_is_not_clobbered(self):
        self.put('a.txt', 'there')
        (self.here / 'a.txt').write_text('here')
        done = self.batch(['PUT a.txt'], '--no-clobber', '127.0.0.1', self.port, status=1)
        self.assertIn('it is there already (--no-clobber)', done.stderr)
        self.assertEqual((self.root / 'a.txt').read_text(), 'there')
        self.batch(['PUT a.txt'], '127.0.0.1', self.port)
        self.assertEqual((self.root / 'a.txt').read_text(), 'here')
