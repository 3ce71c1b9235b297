# SPDX-License-Identifier: MIT
"""Forms as browsers, curl and attackers send them (RFC 7578): streamed, many parts, odd boundaries and names."""

import html
import json
import os
import re
import urllib.parse

from support import settings
from support.case import DaemonCase
from support.raw import RawConnection, request

MIB = 1 << 20


def part(disposition, content, boundary='B'):
    return f'--{boundary}\r\nContent-Disposition: form-data; name="f"; '.encode() + disposition + b'\r\n\r\n' + content + b'\r\n'


def file_part(name, content, boundary='B'):
    return part(f'filename="{name}"'.encode(), content, boundary)


class FormCase(DaemonCase):
    def post(self, daemon, body, *fields, boundary='B', target='/in/'):
        return self.ask(daemon, 'POST', target, f'Content-Type: multipart/form-data; boundary={boundary}', *fields,
                        body=body)


class Streaming(FormCase):
    timeout = 300

    def memory_kib(self, daemon):
        """What the process has for itself; pages of files are not counted."""
        with open(f'/proc/{daemon.pid}/status', encoding='ascii') as status:
            return next(int(line.split()[1]) for line in status if line.startswith('RssAnon:'))

    def test_a_form_is_never_held_in_memory(self):
        daemon = self.start('--durability', 'none')
        self.assertEqual(self.post(daemon, file_part('small', bytes(MIB)) + b'--B--\r\n').status, 200)
        before = self.memory_kib(daemon)
        size = settings.counted(64, 1024)
        head, tail = file_part('big', b'')[:-2], b'\r\n--B--\r\n'
        # Nothing but carriage returns is the worst case for whoever looks for boundaries.
        pieces = (os.urandom(MIB), b'\r' * MIB, b'\r\n--' * (MIB // 4))
        most = 0
        with RawConnection(daemon.port, timeout=120) as connection:
            connection.send(request('POST', '/in/', 'Content-Type: multipart/form-data; boundary=B',
                                    f'Content-Length: {len(head) + size * MIB + len(tail)}'), head)
            for number in range(size):
                connection.send(pieces[number % 3])
                most = max(most, self.memory_kib(daemon))
            connection.send(tail)
            self.assertEqual(connection.read_response('POST').status, 200)
        self.assertEqual((self.root / 'in/big').stat().st_size, size * MIB)
        settings.say(f'{size} MiB of form: {before} KiB before, at most {most} KiB')
        if settings.SLOW == 1:           # a sanitizer keeps freed memory for a while
            self.assertLess(most - before, 4096)

    def test_many_small_files_are_stored_and_one_above_the_limit_is_refused(self):
        # The limit itself, 10,000 parts, is met by parts without a file: those cost nothing.
        daemon = self.start('--durability', 'none')
        count = settings.counted(500, 10_000)
        files = [f'f{number:05}' for number in range(count)]
        body = part(b'x=y', b'') * (10_000 - count) + b''.join(file_part(name, name.encode()) for name in files)
        answer = self.post(daemon, body + b'--B--\r\n', 'Accept: application/json')
        self.assertEqual(answer.status, 200)
        self.assertEqual([file['path'] for file in json.loads(answer.body)], [f'/in/{name}' for name in files])
        self.assertEqual(sorted(os.listdir(self.root / 'in')), files)
        self.assertEqual((self.root / 'in' / files[-1]).read_text(), files[-1])
        answer = self.post(daemon, body + file_part('more', b'') + b'--B--\r\n', 'Accept: application/json')
        self.assertEqual(answer.status, 400)
        self.assertEqual(len(json.loads(answer.body)['stored']), count - 1)
        self.assertFalse((self.root / 'in/more').exists())


class Boundaries(FormCase):
    def setUp(self):
        super().setUp()
        self.daemon = self.start()

    def test_boundaries_of_every_legal_kind_are_understood(self):
        for field, boundary in (('B' * 70, 'B' * 70), ('"a b:c?d"', 'a b:c?d'), ("'()+_,-./=", None),
                                ("\"'()+_,-./:=? x\"", "'()+_,-./:=? x"), ('"\\a\\b"', 'ab'), ('-', '-'), ('"--"', '--')):
            if boundary is None:         # no token: it has to be quoted
                self.assertEqual(self.post(self.daemon, b'', boundary=field).status, 400, field)
                continue
            # What differs from the boundary in its last byte, stands within a line, or lacks its CR is data.
            content = f'--{boundary}\r\n\n--{boundary}--\r\r\n--{boundary[:-1]}!x\r\n-x'.encode() * 9
            # The boundary at the very start would be one: data that begins a line is the sender's mistake.
            content = b'x' + content.replace(b'\r\n\n', b'\n\n')
            body = file_part('f', content, boundary) + f'--{boundary}--'.encode()
            self.assertEqual(self.post(self.daemon, body, boundary=field).status, 200, field)
            self.assertEqual((self.root / 'in/f').read_bytes(), content, field)

    def test_boundaries_that_are_none_are_refused_before_the_body(self):
        for field in ('B' * 71, '', '""', '"B ', '"B "', 'B; boundary=C', '"B\u00e4"', 'a b', '"a\tb"', 'a@b'):
            with RawConnection(self.daemon.port) as connection:
                connection.send(request('POST', '/in/', f'Content-Type: multipart/form-data; boundary={field}',
                                        'Content-Length: 1000'))
                self.assertEqual(connection.read_response('POST').status, 400, field)

    def test_a_form_without_its_last_boundary_stores_nothing_of_that_file_and_names_the_others(self):
        whole = file_part('whole', b'1') + file_part('cut', b'2')
        for rest in (b'', b'--B', b'--B-', b'--B\r\n', b'--B\n', b'--B\r', b'--B \t\r\nX', b'--C--\r\n'):
            answer = self.post(self.daemon, whole + rest, 'Accept: application/json')
            self.assertEqual(answer.status, 400, rest)
            told = json.loads(answer.body)
            self.assertEqual([file['path'] for file in told['stored']], ['/in/whole'], rest)
            self.assertEqual(told['failed'], '/in/cut', rest)
            self.assertEqual(self.names(self.root / 'in'), ['whole'], rest)
        self.assertEqual(self.post(self.daemon, whole + b'--B-- \t\r\nepilogue\r\n--B\r\n').status, 200)

    def test_line_ends_other_than_crlf_are_no_boundaries(self):
        form = file_part('f', b'1') + b'--B--\r\n'
        for bad in (form.replace(b'\r\n', b'\n'), form.replace(b'\r\n', b'\r'), form.replace(b'--B\r\n', b'--B\n')):
            self.assertEqual(self.post(self.daemon, bad).status, 400)
        self.assertEqual(self.names(), [])
        self.assertEqual(self.post(self.daemon, b'\r\n' + form).status, 200)
        self.assertEqual(self.post(self.daemon, b'preamble\r\n' + form).status, 200)
        self.assertEqual(self.post(self.daemon, form.replace(b'--B\r\n', b'--B  \r\n')).status, 200)


class WayBack(FormCase):
    def test_the_page_of_a_form_leads_back_to_its_folder_with_and_without_a_final_slash(self):
        daemon = self.start()
        form = file_part('f', b'1') + b'--B--\r\n'
        for name in ('in', 'a/b c', '50%', 'what?', 'n#1', 'a&b;amp', '"q"\'<i>', 'Fr\u00fch/\u4e16'):
            target = '/' + urllib.parse.quote(name)
            for end in ('', '/', '?x=/y', '/?x=/y'):
                for body, status in ((form, 200), (form[:-4], 400)):   # a page of an error has the link, too
                    page = self.post(daemon, body, 'Accept: text/html', target=target + end)
                    self.assertEqual(page.status, status, target + end)
                    links = re.findall(r'<a href="([^"]*)">Back', page.body.decode())
                    back = [urllib.parse.urljoin(target + end, html.unescape(link)) for link in links]
                    self.assertEqual(back, [target + '/'])
            self.assertEqual(self.ask(daemon, 'GET', target + '/f').status, 200)
        self.assertIn(b'<a href="/">Back', self.post(daemon, form, 'Accept: text/html', target='/').body)


class FileNames(FormCase):
    def setUp(self):
        super().setUp()
        self.daemon = self.start()

    def test_names_as_clients_write_them(self):
        cases = ((b'filename="plain.txt"', 'plain.txt'), (b'filename=token.txt', 'token.txt'),
                 (b'filename="say %22hi%22"', 'say "hi"'), (b'filename="say \\"hi\\""', 'say "hi"'),
                 ('filename="\u00e4\u4e16\U0001f600.txt"'.encode(), '\u00e4\u4e16\U0001f600.txt'),
                 (b'filename="semi;colon=x"', 'semi;colon=x'), (b'FileName="case.txt"', 'case.txt'),
                 (b'filename="per%25cent%41"', 'per%25cent%41'), (b'filename="C:\\\\dir\\\\win.txt"', 'win.txt'),
                 (b'filename="../../../etc/up.txt"', 'up.txt'), (b'filename="a/b/c.txt"', 'c.txt'),
                 (b'filename="x.txt"; filename*=UTF-8\'\'y.txt', 'x.txt'), (b'filename=" blank "', ' blank '),
                 (b'filename="' + b'n' * 255 + b'"', 'n' * 255), (b'filename="caf\xe9"', os.fsdecode(b'caf\xe9')))
        for disposition, name in cases:
            content = name.encode(errors='surrogateescape')
            answer = self.post(self.daemon, part(disposition, content) + b'--B--\r\n')
            self.assertEqual(answer.status, 200, (disposition, answer))
            self.assertEqual((self.root / 'in' / name).read_bytes(), content)
            (self.root / 'in' / name).unlink()
        self.assertEqual(self.names(), ['in'])

    def test_names_that_cannot_be_are_refused(self):
        for status, disposition in ((400, b'filename="' + b'n' * 256 + b'"'), (400, b'filename="a\0b"'), (400, b'filename=".."'),
                                    (400, b'filename="x/"'), (404, b'filename=".hidden"'), (404, b'filename=".filesrv-staging"'),
                                    (404, b'filename=".filesrv-upload-1"'), (400, b'filename="open'),
                                    (400, b'filename="a"; filename="b"'), (400, b'filename*=UTF-8\'\'only.txt')):
            answer = self.post(self.daemon, part(disposition, b'x') + b'--B--\r\n')
            self.assertEqual(answer.status, status, (disposition, answer))
        self.assertEqual(self.names(), [])

    def test_of_one_name_twice_the_later_stays_unless_a_condition_forbids_it(self):
        form = file_part('f', b'1') + file_part('f', b'22') + b'--B--\r\n'
        self.assertEqual(self.post(self.daemon, form).status, 200)
        self.assertEqual((self.root / 'in/f').read_bytes(), b'22')
        (self.root / 'in/f').unlink()
        answer = self.post(self.daemon, form, 'If-None-Match: *', 'Accept: application/json')
        self.assertEqual((answer.status, json.loads(answer.body)['failed']), (412, '/in/f'))
        self.assertEqual((self.root / 'in/f').read_bytes(), b'1')

    def test_a_form_that_fails_in_its_middle_says_what_is_stored_in_the_form_its_reader_wants(self):
        (self.root / 'in').mkdir()
        (self.root / 'in/taken').mkdir()
        form = file_part('<one>', b'1') + file_part('taken', b'2') + file_part('three', b'3') + b'--B--\r\n'
        text = self.post(self.daemon, form)
        self.assertEqual(text.status, 409)
        self.assertRegex(text.text, r'\nnot stored /in/taken\nstored /in/<one>, 1 byte')
        page = self.post(self.daemon, form, 'Accept: text/html')
        self.assertIn('Not stored: <bdi>/in/taken</bdi>', page.text)
        self.assertIn('href="/in/%3Cone%3E"', page.text)
        told = json.loads(self.post(self.daemon, form, 'Accept: application/json').body)
        self.assertEqual((told['status'], told['failed']), (409, '/in/taken'))
        self.assertEqual([file['path'] for file in told['stored']], ['/in/<one>'])
        self.assertEqual(told['stored'][0]['etag'], self.ask(self.daemon, 'GET', '/in/%3Cone%3E').get('etag'))
