# SPDX-License-Identifier: MIT
"""Listings: what they tell, that nothing in a name escapes, and that a huge folder costs next to nothing."""

import html.parser
import json
import os
import pathlib
import shutil
import socket
import tempfile
import time
import unittest
import urllib.parse
from datetime import datetime, timezone

from support import control, settings
from support.case import DaemonCase
from support.punctual import Punctual, once_in_time
from support.raw import RawConnection, request

HOSTILE = ('<b>&"x\'.txt', '%41%2e%2e', 'a b', 'line\nbreak', '#x?y', 'http:', '\\back', 'ä€😀', '\u202egpj.exe', '&amp;',
           'א', b'bad\xff\xfe', b'bad\xff\xfd', '~', ' ', 'x' * 255)


class Page(html.parser.HTMLParser):
    """The links of a page's table, in order, with the text in them; and the names of all elements."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.elements, self._href = [], set(), None
        self.in_table = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.in_table |= tag == 'table'
        if tag == 'a' and self.in_table:
            self._href = dict(attrs)['href']
            self.rows.append([self._href, ''])

    def handle_endtag(self, tag):
        if tag == 'a':
            self._href = None

    def handle_data(self, data):
        if self._href is not None:
            self.rows[-1][1] += data

    def names(self):
        """Names as bytes, folders with their slash, without the way up."""
        return [urllib.parse.unquote_to_bytes(href) for href, _ in self.rows if href != '../']


def name_of(row):
    """The bytes of a JSON row's name."""
    return urllib.parse.unquote_to_bytes(row['href']) if 'href' in row else row['name'].encode()


def in_order(folder):
    """What a listing must name: folders with a slash first, then byte by byte."""
    found = [(not entry.is_dir(), entry.name) for entry in os.scandir(os.fsencode(folder))]
    return [name + (b'' if is_file else b'/') for is_file, name in sorted(found)]


class Small(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('folder/one.txt', 'one', age=100)
        self.put('folder/sub/two.txt', 'two')
        self.daemon = self.start()

    def get(self, target, *fields, **how):
        return self.ask(self.daemon, 'GET', target, *fields, **how)

    def test_json_tells_what_the_folder_holds(self):
        os.symlink('one.txt', self.root / 'folder/link')
        os.symlink('/etc/passwd', self.root / 'folder/leaves')
        os.symlink('nowhere', self.root / 'folder/dangles')
        os.mkfifo(self.root / 'folder/fifo')
        self.put('folder/.hidden')
        rows = json.loads(self.get('/folder/?json').body)
        self.assertEqual([row['name'] for row in rows], ['sub', 'link', 'one.txt'])
        self.assertEqual([row['type'] for row in rows], ['folder', 'file', 'file'])
        for row in rows:
            found = os.stat(self.root / 'folder' / row['name'])
            self.assertEqual(row['mtime'], datetime.fromtimestamp(int(found.st_mtime), timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'))
            self.assertEqual(row.get('size'), found.st_size if row['type'] == 'file' else None)

    def test_the_tags_of_the_rows_are_those_of_the_files(self):
        self.put('folder/old.txt', 'old')
        self.ask(self.daemon, 'PUT', '/folder/mine.txt', body=b'uploaded just now')
        rows = json.loads(self.get('/folder/?json').body)
        for row in rows[1:]:
            self.assertEqual(row['etag'], self.get('/folder/' + row['name']).get('etag'), row)
        self.assertNotIn('etag', rows[0])

    def test_every_link_leads_to_its_file_whatever_the_name(self):
        for number, name in enumerate(HOSTILE):
            path = os.path.join(os.fsencode(self.root), b'folder', os.fsencode(name))
            with open(path, 'wb') as file:
                file.write(b'%d' % number)
        expected = in_order(self.root / 'folder')
        page = Page(self.get('/folder/').text)
        self.assertEqual(page.names(), expected)
        self.assertFalse(page.elements & {'b', 'script', 'img'}, page.elements)
        rows = json.loads(self.get('/folder/?json').body)
        self.assertEqual([name_of(row) for row in rows], [name.rstrip(b'/') for name in expected])
        for href, text in page.rows[2:]:
            name = urllib.parse.unquote_to_bytes(href)
            self.assertEqual(self.get('/folder/' + href).body, (self.root / 'folder' / os.fsdecode(name)).read_bytes())
            self.assertEqual(text, ''.join('\ufffd' if c < ' ' or c == '\u202e' else c for c in name.decode(errors='replace')))

    def test_a_page_runs_no_scripts_and_leads_upwards(self):
        answer = self.get('/folder/sub/')
        policy = answer.get('content-security-policy')
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn('script', policy)
        self.assertIn('<a href="../">../</a>', answer.text)
        self.assertIn('<a href="../../">', answer.text)
        self.assertNotIn('"../', self.get('/').text)

    def test_a_short_listing_has_a_length_and_a_tag_that_never_lies(self):
        answer = self.get('/folder/')
        self.assertEqual(int(answer.get('content-length')), len(answer.body))
        tag = answer.get('etag')
        self.assertRegex(tag, r'^"[0-9a-f]{32}"$')
        head = self.ask(self.daemon, 'HEAD', '/folder/')
        for name in ('content-length', 'etag', 'content-type', 'vary'):
            self.assertEqual(head.get(name), answer.get(name), name)
        again = self.get('/folder/', f'If-None-Match: {tag}')
        self.assertEqual((again.status, again.body), (304, b''))
        for name in ('etag', 'cache-control', 'vary', 'date'):
            self.assertIsNotNone(again.get(name), name)
        self.assertEqual(self.get('/folder/', 'If-Match: "other"').status, 412)
        self.assertEqual(self.get('/folder/', f'If-Match: {tag}').status, 200)
        with open(self.root / 'folder/one.txt', 'ab') as file:      # the folder's own time does not change by that
            file.write(b'more')
        self.assertEqual(self.get('/folder/', f'If-None-Match: {tag}').status, 200)

    def test_html_and_json_have_tags_of_their_own_and_vary(self):
        page, rows = self.get('/folder/'), self.get('/folder/', 'Accept: application/json')
        self.assertNotEqual(page.get('etag'), rows.get('etag'))
        self.assertEqual((page.get('vary'), rows.get('vary')), ('Accept', 'Accept'))
        self.assertEqual(rows.get('content-type'), 'application/json')

    def test_an_unreadable_folder_is_403(self):
        daemon = self.start_as_nobody()
        os.chmod(self.root / 'folder/sub', 0o311)
        self.assertEqual(self.ask(daemon, 'GET', '/folder/sub/').status, 403)
        self.assertEqual(self.ask(daemon, 'GET', '/folder/sub/two.txt').status, 200)


class Large(Punctual, DaemonCase):
    """A folder whose listing is far longer than what is made at a time."""

    count = settings.counted(20_000, 50_000)

    @classmethod
    def setUpClass(cls):
        cls.large = pathlib.Path(tempfile.mkdtemp(prefix='filesrv-large.'))
        os.chmod(cls.large, 0o755)
        cls.fill(cls.large / 'big', cls.count)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.large)

    @staticmethod
    def fill(folder, count):
        """Names of one file: ext4 takes long for new inodes where others have just been freed."""
        folder.mkdir()
        first = folder / f'000000-{"n" * 60}'
        first.touch()
        for number in range(1, count):
            os.link(first, folder / f'{number:06}-{"n" * 60}')

    def begin(self, daemon, target='/big/', **how):
        """A listing of which nothing but the head is read, and for which the kernel has little room."""
        connection = self.connect(daemon, receive_buffer=4096)
        connection.send(request('GET', target, **how))
        return connection

    @staticmethod
    def read_on(connection):
        """All that follows the head, at full speed."""
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        return connection._read_chunks()

    def test_all_of_it_comes_sorted_and_in_chunks(self):
        daemon = self.start(root=self.large)
        with RawConnection(daemon.port) as connection:
            page = connection.ask('GET', '/big/')
            rows = connection.ask('GET', '/big/?json')
        expected = in_order(self.large / 'big')
        for answer in (page, rows):
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.get('transfer-encoding'), 'chunked')
            self.assertIsNone(answer.get('etag'))
        self.assertEqual(Page(page.text).names(), expected)
        self.assertEqual([name_of(row) for row in json.loads(rows.body)], expected)
        self.assertTrue(page.text.endswith('</html>\n'))

    def test_http_1_0_reads_to_the_end_of_the_connection(self):
        daemon = self.start(root=self.large)
        with RawConnection(daemon.port) as connection:
            connection.send(request('GET', '/big/?json', version='1.0'))
            head = connection.read_head()
            body, how = connection.read_until_close()
        self.assertEqual((head.get('transfer-encoding'), head.get('content-length'), how), (None, None, 'fin'))
        self.assertEqual(len(json.loads(body)), self.count)

    def test_a_last_chunk_that_waits_for_room_ends_the_listing_and_not_the_daemon(self):
        """A Unix socket is full behind some piece or other: over folders of so many lengths also behind the last one."""
        for number in range(16):
            self.fill(self.root / f'd{number}', 2400 + 90 * number)
        path, log = self.home / 'listener', self.home / 'access.log'
        daemon = self.start('--listen', f'unix:{path}', '--access-log', f'common:{log}')
        for number in range(16):
            with RawConnection(path=path) as connection:
                connection.send(request('GET', f'/d{number}/'))
                received = b''
                while not received.endswith(b'\r\n0\r\n\r\n'):
                    piece = connection.socket.recv(16 << 10)
                    self.assertNotEqual(piece, b'', f'cut off after {len(received)} bytes: {daemon.report()}')
                    received += piece
                    time.sleep(0.0005)
                self.assertEqual(connection.ask('HEAD', f'/d{number}/').status, 200)
        self.eventually(lambda: log.read_text().count('GET /d') == 16, what='a line of each listing')

    def test_of_a_listing_under_way_nobody_is_told_a_total(self):
        control_path = self.home / 'control.sock'
        daemon = self.start('--control', control_path, root=self.large)
        connection = self.begin(daemon)
        connection.read_head()
        shown = lambda: [one['transfer'] for one in control.ask(control_path, 'connections')['connections'] if one['transfer']]
        self.eventually(shown, what='the transfer')
        self.assertEqual([(one['direction'], one['total']) for one in shown()], [('download', None)])

    def test_head_has_no_body_and_no_length_and_the_connection_goes_on(self):
        daemon = self.start(root=self.large)
        with RawConnection(daemon.port) as connection:
            head = connection.ask('HEAD', '/big/')
            self.assertEqual((head.status, head.get('content-length')), (200, None))
            self.assertEqual(connection.ask('GET', '/').status, 200)

    def test_requests_behind_a_long_listing_are_answered_in_order(self):
        daemon = self.start(root=self.large)
        with RawConnection(daemon.port) as connection:
            connection.send(request('GET', '/big/?json') + request('GET', '/none') + request('GET', '/big/?json'))
            self.assertEqual([len(connection.read_response().body) > 1 << 20 for _ in range(3)], [True, False, True])

    def test_a_listing_is_made_while_it_is_read(self):
        daemon = self.start(root=self.large)
        connection = self.begin(daemon)
        self.assertEqual(connection.read_head().status, 200)
        last = self.large / 'big' / 'zzz-came-later'
        last.touch()
        self.addCleanup(last.unlink)
        connection.send(request('GET', '/none', 'Connection: close'))
        rest, _ = connection.read_until_close()
        self.assertIn(last.name.encode(), rest)

    def test_slow_readers_hold_no_worker_and_little_memory(self):
        daemon = self.start('--workers', '2:2', root=self.large)
        self.assertEqual(self.ask(daemon, 'GET', '/big/').status, 200)
        before = self.resident(daemon)
        connections = [self.begin(daemon) for _ in range(20)]
        for connection in connections:
            self.assertEqual(connection.read_head().status, 200)
        self.assertEqual(self.ask(daemon, 'GET', '/none').status, 404)      # a worker was free to look
        if settings.SLOW == 1:                                              # sanitizers keep what is freed
            self.assertLess(self.resident(daemon) - before, 25 << 20)       # twenty whole pages are 80 MB

    @staticmethod
    def resident(daemon):
        """Bytes of memory, proc(5)."""
        return int(pathlib.Path(f'/proc/{daemon.pid}/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE')

    def test_who_leaves_in_the_middle_leaves_nothing_behind(self):
        daemon = self.start(root=self.large)
        self.assertEqual(self.ask(daemon, 'GET', '/').status, 200)
        before = daemon.descriptors()
        for end in (RawConnection.reset, RawConnection.close):
            connection = self.begin(daemon)
            connection.read_head()
            end(connection)
        self.eventually(lambda: daemon.descriptors() <= before, what='as many descriptors as before')

    def test_what_stays_is_listed_once_when_the_folder_changes_meanwhile(self):
        daemon = self.start(root=self.large)
        folder = self.large / 'changing'
        self.fill(folder, 8000)
        names = sorted(os.listdir(folder))
        self.addCleanup(shutil.rmtree, self.large / 'moved')
        connection = self.begin(daemon, '/changing/?json')
        head = connection.read_head()
        for name in names[::2]:
            os.unlink(folder / name)
        for number in range(500):
            (folder / f'new{number}').touch()
        folder.rename(self.large / 'moved')
        found = [row['name'] for row in json.loads(self.read_on(connection))]
        self.assertEqual(head.status, 200)
        self.assertEqual([name for name in found if name in set(names[1::2])], names[1::2])
        self.assertEqual(len(found), len(set(found)))

    def test_a_folder_closed_meanwhile_cuts_its_listing_and_leaves_no_name_out(self):
        daemon = self.start_as_nobody(root=self.large)
        self.fill(self.large / 'closed', 8000)
        self.own(self.large / 'closed')
        connection = self.begin(daemon, '/closed/')
        connection.read_head()
        os.chmod(self.large / 'closed', 0)
        rest, _ = connection.read_until_close()
        self.assertNotIn(b'</html>', rest)

    def test_what_was_made_of_a_listing_that_failed_reaches_nobody_else(self):
        daemon = self.start_as_nobody('--workers', '1:1', root=self.large)
        folder = self.large / 'failing'
        self.fill(folder, 8000)
        self.own(folder)
        cut = 0
        for turn in range(20):                   # closed at another moment each time, mostly in the middle of a piece
            connection = self.connect(daemon)
            connection.send(request('GET', '/failing/', version='1.0'))
            connection.read_head()
            time.sleep(turn * 0.0005)
            os.chmod(folder, 0)
            cut += b'</html>' not in connection.read_until_close()[0]
            self.assertEqual(self.ask(daemon, 'GET', '/none').status, 404)
            os.chmod(folder, 0o755)
        self.assertGreater(cut, 0)

    def test_http_1_0_sees_that_a_listing_was_cut_off(self):
        daemon = self.start('--stall-timeout', '0.5', '--timeout-max', '1', '--timeout-min', '1', root=self.large)
        idle = daemon.sockets()
        for cut in (lambda: self.eventually(lambda: daemon.sockets() <= idle, what='the close'), daemon.kill):
            connection = self.begin(daemon, version='1.0')
            connection.read_head()
            cut()
            _, how = connection.read_until_close()
            self.assertEqual(how, 'rst')

    @once_in_time
    def test_many_listings_let_others_go_first(self):
        daemon = self.start('--workers', '2:2', root=self.large)
        self.addCleanup((self.large / 'put.txt').unlink, missing_ok=True)
        readers = [self.begin(daemon) for _ in range(40)]
        writer = self.connect(daemon)
        before = daemon.run_seconds()
        self.assertIn(writer.ask('PUT', '/put.txt', body=b'x').status, (201, 204))
        took = daemon.run_seconds() - before         # of work that went first, however slow the machine
        for reader in readers:
            self.assertEqual(reader.read_head().status, 200)
        settings.say(f'a PUT among {len(readers)} listings waited for {took:.3f} s of work')
        self.soon(took, 1.5)

    def test_a_folder_removed_meanwhile_ends_its_listing(self):
        daemon = self.start(root=self.large)
        self.fill(self.large / 'gone', 8000)
        connection = self.begin(daemon, '/gone/')
        connection.read_head()
        shutil.rmtree(self.large / 'gone')
        self.assertTrue(self.read_on(connection).endswith(b'</html>\n'))
        self.assertEqual(connection.ask('GET', '/gone/').status, 404)


if __name__ == '__main__':
    unittest.main()
