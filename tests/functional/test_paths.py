# SPDX-License-Identifier: MIT
"""Names in requests and on disk: decoded once, any byte kept, never outside the root."""

import ctypes
import html
import json
import os
import re
import socket
import threading
import time
import urllib.parse

from support import settings
from support.case import DaemonCase, STAGING

# What is no UTF-8 and yet a name: Latin-1, a cut sequence, overlong slash and dot, a surrogate, a byte that never is.
ODD_NAMES = (b'caf\xe9.txt', b'cut\xe2\x82', b'\xc0\xaf', b'\xc0\xae\xc0\xae', b'sur\xed\xa0\x80', b'\xff\xfe')
PLAIN_NAMES = ('a b.txt', "quote'\".txt", '<b>&amp;.txt', 'back\\slash', 'per%cent', '%41', 'ques?tion#hash', 'a:b', ';,=+$@!',
               '\u00e4\u4e16\U0001f600', 'tab\tnew\nline', '...', '..x', '-', '~', 'trailing ', ' leading', '\x7f')


AT_FDCWD, RENAME_EXCHANGE = -100, 2     # fcntl.h, renameat2(2)


def quoted(name):
    return '/' + urllib.parse.quote(name, safe='')


class Names(DaemonCase):
    def setUp(self):
        super().setUp()
        self.daemon = self.start('--hidden')
        self.connection = self.connect(self.daemon)

    def on_disk(self):
        return sorted(name for name in os.listdir(os.fsencode(self.root)) if name != STAGING.encode())

    def test_every_byte_of_a_name_comes_back_by_put_get_listing_and_link(self):
        names = [name.encode() for name in PLAIN_NAMES] + list(ODD_NAMES)
        names += [bytes((65, byte)) for byte in range(1, 256) if byte != ord('/')]
        for name in set(names):
            self.assertIn(self.connection.ask('PUT', quoted(name), body=name).status, (201,), name)
        self.assertEqual(self.on_disk(), sorted(set(names)))
        for name in set(names):
            self.assertEqual(self.connection.ask('GET', quoted(name)).body, name)
        page = self.connection.ask('GET', '/', 'Accept: text/html').body.decode()   # strictly UTF-8
        links = [html.unescape(link) for link in re.findall(r'<a [^>]*href="([^"]*)"', page)]
        listed = {urllib.parse.unquote_to_bytes(link) for link in links if not link.startswith('?')}
        self.assertLessEqual(set(names), {name.removeprefix(b'./').removeprefix(b'/') for name in listed})
        for link in links:
            if link.strip('./') and not link.startswith('?'):
                target = urllib.parse.urljoin('/', link)
                self.assertTrue(target.startswith('/'), link)
                self.assertEqual(self.connection.ask('GET', target).status, 200, link)
        items = json.loads(self.connection.ask('GET', '/?json').body)
        self.assertEqual(len(items['items'] if isinstance(items, dict) else items), len(set(names)))

    def test_location_of_an_odd_name_leads_to_it(self):
        for name in ODD_NAMES + tuple(name.encode() for name in PLAIN_NAMES):
            answer = self.connection.ask('POST', quoted(b'in') + quoted(name), body=name)
            location = answer.get('location')
            self.assertRegex(location, r'^/[^/]')
            self.assertEqual(self.connection.ask('GET', location).body, name)

    def test_escapes_are_undone_once(self):
        self.assertEqual(self.connection.ask('PUT', '/%2541', body=b'x').status, 201)
        self.assertEqual(self.on_disk(), [b'%41'])
        self.assertEqual(self.connection.ask('GET', '/A').status, 404)
        self.assertEqual(self.connection.ask('GET', '/%2541').status, 200)

    def test_what_no_name_can_hold_is_400_for_reading_and_writing(self):
        for target in ('/a%00b', '/%00', '/a%2fb', '/a%2Fb', '/..%2f..%2fetc', '/bad%', '/bad%4', '/bad%4g', '/bad%%41',
                       '/a%u0041', '/' + 'n' * 256, '/' + '%c3%a4' * 128, '/d/' + 'n' * 256 + '/f'):
            for method in ('PUT', 'POST'):
                self.assertEqual(self.ask(self.daemon, method, target, body=b'x').status, 400, target)
            self.assertIn(self.ask(self.daemon, 'GET', target).status, (400,) if '%' in target else (400, 404), target)
        self.assertEqual(self.on_disk(), [])

    def test_names_of_255_bytes_and_paths_up_to_the_request_line_are_taken(self):
        for name in ('n' * 255, 'ä' * 127 + 'n', '%' * 255):
            self.assertEqual(self.connection.ask('PUT', quoted(name), body=b'x').status, 201)
            self.assertEqual(self.connection.ask('GET', quoted(name)).body, b'x')
        deep = '/'.join(['d' * 200] * 20)
        self.assertEqual(self.connection.ask('PUT', f'/{deep}/f', body=b'deep').status, 201)
        self.assertEqual(self.connection.ask('GET', f'/{deep}/f').body, b'deep')
        self.assertEqual(self.connection.ask('PUT', '/' + '/'.join(['d' * 200] * 21), body=b'x').status, 400)

    def test_dot_segments_and_slashes_in_a_row_are_resolved_before_anything_is_looked_up(self):
        self.put('a/b.txt', 'b')
        for target in ('/a/b.txt', '//a//b.txt', '/./a/./b.txt', '/x/../a/b.txt', '/a/c/../b.txt', '/../../a/b.txt',
                       '/%2e/a/b.txt', '/x/%2e%2E/a/b.txt', '/x/.%2e/a/b.txt', '///a/b.txt', '/a/%2e/b.txt'):
            self.assertEqual(self.connection.ask('GET', target).body, b'b', target)
            self.assertEqual(self.connection.ask('PUT', target, body=b'b').status, 204, target)
        for target in ('/..', '/.', '//', '/a/..', '/a/.', '/%2e%2e'):
            self.assertEqual(self.ask(self.daemon, 'PUT', target, body=b'x').status, 409, target)

    def test_a_redirect_never_names_another_host(self):
        self.put('evil.example/x', 'x')
        for target in ('//evil.example', '/%2e//evil.example', '/.//evil.example', '/x/..//evil.example'):
            answer = self.connection.ask('GET', target)
            self.assertEqual((answer.status, answer.get('location')), (301, '/evil.example/'), target)
        for target in ('/\\evil.example', '/%5cevil.example', '/%5c%5cevil.example'):
            (self.root / urllib.parse.unquote(target[1:])).mkdir(exist_ok=True)
            answer = self.connection.ask('GET', target)
            self.assertEqual(answer.status, 301)
            self.assertRegex(answer.get('location'), r'^/%5C(%5C)?evil\.example/$')

    def test_reserved_names_are_404_wherever_they_stand(self):
        for target in (f'/{STAGING}', f'/{STAGING}/x', f'/a/{STAGING}/x', '/.filesrv-upload-x', '/a/.filesrv-upload-',
                       f'/%2e{STAGING[1:]}/x', f'/x/../{STAGING}/y'):
            self.assertEqual(self.ask(self.daemon, 'PUT', target, body=b'x').status, 404, target)
            self.assertEqual(self.ask(self.daemon, 'POST', target, body=b'x').status, 404, target)
            self.assertEqual(self.connection.ask('GET', target).status, 404, target)
        self.assertEqual(self.on_disk(), [])


class WhatIsNoFile(DaemonCase):
    def test_a_write_to_a_pipe_a_socket_or_a_device_is_a_4xx_at_once_and_leaves_it(self):
        os.mkfifo(self.root / 'fifo')
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.root / 'socket'))
        names = ['fifo', 'socket']
        if os.geteuid() == 0:
            try:
                os.mknod(self.root / 'null', 0o020666, os.makedev(1, 3))
                names.append('null')
            except OSError:
                settings.say('no device: this machine lets nobody make one')
        daemon = self.start('--allow-delete')
        kinds = {name: os.lstat(self.root / name).st_mode for name in names}
        for name in names:
            for method in ('GET', 'HEAD', 'PUT', 'POST', 'DELETE'):
                for target in (f'/{name}', f'/{name}/below'):
                    began = time.monotonic()
                    status = self.ask(daemon, method, target, body=b'x' if method in ('PUT', 'POST') else b'').status
                    self.assertIn(status, (404,) if target == f'/{name}' else (404, 409), f'{method} {target}')
                    self.assertLess(time.monotonic() - began, settings.patience(0.5))
        self.assertEqual({name: os.lstat(self.root / name).st_mode for name in names}, kinds)

    def test_links_are_written_through_only_where_they_stay_inside(self):
        self.put('real.txt', 'old').chmod(0o640)
        outside = self.home / 'outside'
        outside.mkdir()
        for name, to in (('rel', 'real.txt'), ('two', 'rel'), ('new', 'made.txt'), ('deep', 'not/there/yet.txt'),
                         ('out', '../outside/x'), ('abs', str(self.root / 'real.txt')), ('loop', 'loop'),
                         ('folder', '../outside'), ('up', '..'), ('staged', f'{STAGING}/x'), ('here', '.')):
            (self.root / name).symlink_to(to)
        daemon = self.start()
        for status, target in ((204, '/rel'), (204, '/two'), (201, '/new'), (201, '/deep'), (404, '/out'), (404, '/abs'),
                               (404, '/loop'), (404, '/folder/x'), (404, '/up/outside/x'), (404, '/staged'),
                               (204, '/here/real.txt'), (201, '/here/again.txt')):
            self.assertEqual(self.ask(daemon, 'PUT', target, body=target.encode()).status, status, target)
        self.assertEqual((self.root / 'real.txt').read_text(), '/here/real.txt')
        self.assertEqual(os.stat(self.root / 'real.txt').st_mode & 0o7777, 0o640)
        self.assertEqual((self.root / 'not/there/yet.txt').read_text(), '/deep')
        self.assertEqual(os.listdir(outside), [])
        strict = self.start('--no-follow-symlinks')
        for target in ('/rel', '/new', '/here/real.txt', '/here/more.txt', '/out'):
            self.assertEqual(self.ask(strict, 'PUT', target, body=b'no').status, 404, target)
            self.assertEqual(self.ask(strict, 'GET', target).status, 404, target)
        self.assertTrue((self.root / 'rel').is_symlink())


class Races(DaemonCase):
    """A folder and a link that leads out change places in a spin while it is read and written."""

    def test_no_swap_lets_a_read_or_a_write_out(self):
        outside = self.home / 'outside'
        outside.mkdir()
        (outside / 'secret.txt').write_text('secret')
        self.put('trap/secret.txt', 'harmless')
        (self.root / 'spare').symlink_to('../outside')
        stop = threading.Event()

        rename = ctypes.CDLL(None, use_errno=True).renameat2
        trap, spare = (os.fsencode(self.root / name) for name in ('trap', 'spare'))

        def swap():
            while not stop.is_set():
                self.assertEqual(rename(AT_FDCWD, trap, AT_FDCWD, spare, RENAME_EXCHANGE), 0)

        statuses = {}

        def work(number):
            connection = self.connect(daemon)
            for turn in range(settings.counted(500, 25_000)):
                method, target, body = (('GET', '/trap/secret.txt', b''), ('PUT', '/trap/secret.txt', b'harmless'),
                                        ('PUT', f'/trap/new-{number}', b'harmless'), ('GET', '/trap/', b''),
                                        ('PUT', f'/trap/made-{number}-{turn}/deep/f', b'harmless'))[turn % 5]
                answer = connection.ask(method, target, body=body)
                statuses.setdefault((method, answer.status), 0)
                statuses[(method, answer.status)] += 1
                if answer.status == 200 and target.endswith('secret.txt'):
                    self.assertEqual(answer.body, b'harmless')

        daemon = self.start('--durability', 'none')
        threads = [threading.Thread(target=swap)] + [threading.Thread(target=work, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads[1:]:
            thread.join()
        stop.set()
        threads[0].join()
        allowed = {('GET', 200), ('GET', 404), ('PUT', 201), ('PUT', 204), ('PUT', 404)}
        self.assertLessEqual(set(statuses), allowed, statuses)
        self.assertEqual(os.listdir(outside), ['secret.txt'])
        self.assertEqual((outside / 'secret.txt').read_text(), 'secret')
