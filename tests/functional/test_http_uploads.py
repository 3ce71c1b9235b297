# SPDX-License-Identifier: MIT
"""Uploads as HTTP sees them: statuses, 100-continue, forms, limits."""

import base64
import hashlib
import json
import os
import time

from support import settings
from support.case import DaemonCase
from support.raw import RawConnection, chunked, request

BOUNDARY = 'Xx-boundary-xX'


def form(*parts, boundary=BOUNDARY):
    """multipart/form-data, RFC 7578; a part is (name, file name or None, content)."""
    body = b''
    for name, filename, content in parts:
        disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else '')
        body += (f'--{boundary}\r\nContent-Disposition: {disposition}\r\n'
                 f'Content-Type: application/octet-stream\r\n\r\n').encode() + content + b'\r\n'
    return body + f'--{boundary}--\r\n'.encode()


FORM_TYPE = f'Content-Type: multipart/form-data; boundary={BOUNDARY}'


class Uploads(DaemonCase):
    def setUp(self):
        super().setUp()
        self.daemon = self.start()

    def send(self, method, target, *fields, **how):
        return self.ask(self.daemon, method, target, *fields, **how)

    def test_post_saves_and_says_200_with_location_and_a_body_that_tells(self):
        for turn in range(2):
            answer = self.send('POST', '/new/folder/file.txt', body=b'version %d' % turn)
            self.assertEqual((answer.status, answer.reason), (200, 'OK'))
            self.assertTrue(answer.get('location').endswith('/new/folder/file.txt'))
            self.assertIn('file.txt', answer.text)
            self.assertIn('9', answer.text)
            self.assertEqual((self.root / 'new/folder/file.txt').read_bytes(), b'version %d' % turn)

    def test_post_tells_in_json_when_asked(self):
        answer = self.send('POST', '/a.txt', 'Accept: application/json', body=b'12345')
        told = json.loads(answer.body)
        self.assertEqual(told['size'], 5)
        self.assertIn('/a.txt', told['path'])
        self.assertEqual(told['etag'], self.send('GET', '/a.txt').get('etag'))

    def test_put_is_201_when_new_and_204_when_replaced(self):
        self.assertEqual(self.send('PUT', '/deep/er/a.txt', body=b'1').status, 201)
        self.assertEqual(self.send('PUT', '/deep/er/a.txt', body=b'2').status, 204)
        self.assertEqual((self.root / 'deep/er/a.txt').read_bytes(), b'2')

    def test_bodies_of_all_sizes_arrive_unchanged(self):
        connection = self.connect(self.daemon)
        for size in (0, 1, 255, 4096, 65535, 65536, 65537, 1 << 20, (5 << 20) + 3):
            body = os.urandom(size)
            self.assertIn(connection.ask('PUT', '/sized.bin', body=body).status, (201, 204))
            self.assertEqual((self.root / 'sized.bin').read_bytes(), body)
            connection.send(request('PUT', '/chunked.bin', 'Transfer-Encoding: chunked'),
                            chunked(*(body[at:at + 70_001] for at in range(0, size, 70_001))))
            self.assertIn(connection.read_response('PUT').status, (201, 204))
            self.assertEqual((self.root / 'chunked.bin').read_bytes(), body)
            self.assertEqual(connection.ask('GET', '/sized.bin').body, body)

    def test_names_are_decoded_once_and_kept_as_utf_8(self):
        for target, name in (('/%C3%A4%20b.txt', 'ä b.txt'), ('/100%2525.txt', '100%25.txt'), ('/a+b.txt', 'a+b.txt')):
            self.assertEqual(self.send('PUT', target, body=b'x').status, 201)
            self.assertTrue((self.root / name).exists(), self.names())
            self.assertEqual(self.send('GET', target).body, b'x')

    def test_an_upload_without_a_length_is_411(self):
        with RawConnection(self.daemon.port) as connection:
            connection.send('PUT /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n')
            self.assertEqual(connection.read_response('PUT').status, 411)
        self.assertEqual(self.names(), [])

    def test_an_upload_that_breaks_off_leaves_nothing(self):
        self.put('old.txt', 'old')
        for target in ('/old.txt', '/new.txt'):
            for how in ('half_close', 'reset', 'close'):
                connection = RawConnection(self.daemon.port)
                connection.send(request('PUT', target, 'Content-Length: 100000'), bytes(50_000))
                time.sleep(0.05)
                getattr(connection, how)()
                if how == 'half_close':
                    connection.read_until_close(settings.patience(3))
                    connection.close()
        self.eventually(lambda: self.names() == ['old.txt'], what='a clean folder')
        self.assertEqual((self.root / 'old.txt').read_bytes(), b'old')

    def test_a_reader_sees_the_old_version_until_the_new_one_is_whole(self):
        self.put('a.txt', 'old')
        connection = self.connect(self.daemon)
        connection.send(request('PUT', '/a.txt', 'Content-Length: 6'), b'new')
        time.sleep(0.1)
        self.assertEqual(self.send('GET', '/a.txt').body, b'old')
        connection.send(b'est')
        self.assertEqual(connection.read_response('PUT').status, 204)
        self.assertEqual(self.send('GET', '/a.txt').body, b'newest')

    def test_a_digest_is_no_reason_to_refuse_when_it_is_right(self):
        digest = base64.b64encode(hashlib.sha256(b'body').digest()).decode()
        self.assertEqual(self.send('PUT', '/d.txt', f'Content-Digest: sha-256=:{digest}:', body=b'body').status, 201)


class Continue(DaemonCase):
    """100 (Continue) only after every check that needs no body has passed, RFC 9110 10.1.1."""

    def setUp(self):
        super().setUp()
        self.put('file.txt', 'x')
        self.daemon = self.start('--max-upload', '1000')

    def expect(self, method, target, length, *fields):
        connection = self.connect(self.daemon)
        connection.send(request(method, target, f'Content-Length: {length}', 'Expect: 100-continue', *fields))
        return connection, connection.read_response(method)

    def test_a_good_upload_is_asked_to_go_on(self):
        for method, final in (('PUT', 201), ('POST', 200)):
            connection, answer = self.expect(method, f'/{method}.txt', 5)
            self.assertEqual(answer.status, 100)
            self.assertTrue(connection.quiet_for(0.05))
            connection.send('hello')
            self.assertEqual(connection.read_response(method).status, final)
            self.assertEqual((self.root / f'{method}.txt').read_bytes(), b'hello')

    def test_an_upload_that_will_be_refused_gets_its_final_status_and_no_100(self):
        cases = ((413, 'PUT', '/big.bin', 1001, ()),
                 (412, 'PUT', '/file.txt', 5, ('If-None-Match: *',)),
                 (412, 'PUT', '/absent.txt', 5, ('If-Match: *',)),
                 (409, 'PUT', '/file.txt/below.txt', 5, ()),
                 (409, 'PUT', '/', 5, ()),
                 (404, 'PUT', '/.hidden', 5, ()),
                 (403, 'PUT', '/x.txt', 5, ('Sec-Fetch-Site: cross-site',)),
                 (421, 'PUT', 'http://example.com/x.txt', 5, ()),
                 (405, 'DELETE', '/file.txt', 5, ()))
        for status, method, target, length, fields in cases:
            with self.subTest(status=status, target=target):
                _, answer = self.expect(method, target, length, *fields)
                self.assertEqual(answer.status, status)
        self.assertEqual(self.names(), ['file.txt'])

    def test_a_client_that_does_not_wait_is_served_too(self):
        connection = self.connect(self.daemon)
        connection.send(request('PUT', '/eager.txt', 'Content-Length: 5', 'Expect: 100-continue') + b'hello')
        answer = connection.read_response('PUT')
        if answer.status == 100:                 # allowed, not required, when the body is already there
            answer = connection.read_response('PUT')
        self.assertEqual(answer.status, 201)

    def test_http_1_0_never_gets_a_100(self):
        connection = self.connect(self.daemon)
        connection.send(request('PUT', '/old.txt', 'Content-Length: 5', 'Expect: 100-continue', version='1.0'))
        self.assertTrue(connection.quiet_for(0.1))
        connection.send('hello')
        self.assertEqual(connection.read_response('PUT').status, 201)

    def test_an_unknown_expectation_is_417(self):
        connection = self.connect(self.daemon)
        connection.send(request('PUT', '/x.txt', 'Content-Length: 5', 'Expect: 200-maybe') + b'hello')
        self.assertEqual(connection.read_response('PUT').status, 417)


class Limits(DaemonCase):
    def test_max_upload_at_the_limit_and_one_above(self):
        daemon = self.start('--max-upload', '1000')
        self.assertEqual(self.ask(daemon, 'PUT', '/a.bin', body=bytes(1000)).status, 201)
        self.assertEqual(self.ask(daemon, 'PUT', '/b.bin', body=bytes(1001)).status, 413)
        for size, statuses in ((1000, (201,)), (1001, (413,))):
            with RawConnection(daemon.port) as connection:
                connection.send(request('PUT', f'/c{size}.bin', 'Transfer-Encoding: chunked'), chunked(bytes(size)))
                self.assertIn(connection.read_response('PUT').status, statuses)
        self.assertEqual(self.names(), ['a.bin', 'c1000.bin'])

    def test_min_free_refuses_with_507_before_the_body(self):
        daemon = self.start('--min-free', str(1 << 60))
        connection = self.connect(daemon)
        connection.send(request('PUT', '/a.bin', 'Content-Length: 10'))
        self.assertEqual(connection.read_response('PUT').status, 507)
        self.assertEqual(self.names(), [])

    def test_read_only_is_405_for_every_write(self):
        self.put('a.txt', 'alpha')
        daemon = self.start('--read-only')
        for method in ('PUT', 'POST', 'DELETE'):
            answer = self.ask(daemon, method, '/a.txt', body=b'x')
            self.assertEqual(answer.status, 405)
            self.assertNotIn('PUT', answer.get('allow'))
        self.assertNotIn('<form', self.ask(daemon, 'GET', '/').text)
        self.assertEqual((self.root / 'a.txt').read_bytes(), b'alpha')

    def test_delete_when_it_is_allowed(self):
        self.put('a.txt')
        daemon = self.start('--allow-delete')
        self.assertEqual(self.ask(daemon, 'DELETE', '/a.txt', 'If-Match: "x"').status, 412)
        self.assertIn(self.ask(daemon, 'DELETE', '/a.txt').status, (200, 204))
        self.assertEqual(self.ask(daemon, 'DELETE', '/a.txt').status, 404)
        self.assertEqual(self.names(), [])

    def test_delete_takes_files_only_and_says_why_else(self):
        self.put('folder/kept.txt', 'k')
        self.put('.hidden', 'h')
        (self.root / 'link').symlink_to('folder/kept.txt')
        (self.root / 'out').symlink_to('../outside')
        daemon = self.start('--allow-delete')
        # Made by the daemon: its tag is strong at once, that of a file just made by others is weak and matches nothing.
        tag = self.ask(daemon, 'PUT', '/file.txt', body=b'f').get('etag')
        for status, target, fields in ((409, '/folder', ()), (409, '/folder/', ()), (409, '/', ()), (404, '/absent', ()),
                                       (409, '/file.txt/below', ()), (404, '/absent/below', ()), (404, '/.hidden', ()),
                                       (404, '/.filesrv-staging', ()), (404, '/out', ()), (400, '/a%00', ()),
                                       (412, '/file.txt', ('If-None-Match: *',)), (403, '/file.txt', ('Origin: null',)),
                                       (204, '/link', ()), (204, '/file.txt', (f'If-Match: {tag}',))):
            with self.subTest(target=target, fields=fields):
                self.assertEqual(self.ask(daemon, 'DELETE', target, *fields).status, status)
        self.assertEqual(self.names(), ['.hidden', 'folder', 'folder/kept.txt', 'out'])
        self.assertEqual(self.ask(self.start(), 'DELETE', '/folder/kept.txt').status, 405)

    def test_what_may_not_be_deleted_is_403(self):
        self.put('folder/kept.txt', 'k')
        daemon = self.start_as_nobody('--allow-delete')
        (self.root / 'folder').chmod(0o555)
        self.assertEqual(self.ask(daemon, 'DELETE', '/folder/kept.txt').status, 403)
        self.assertEqual(self.names(), ['folder', 'folder/kept.txt'])

    def test_a_client_that_goes_on_sending_reads_its_413(self):
        daemon = self.start('--max-upload', '100000')
        for field in ('Transfer-Encoding: chunked', f'Content-Length: {8 << 20}'):
            with RawConnection(daemon.port) as connection:
                body = bytes(8 << 20)
                connection.send(request('PUT', '/big.bin', field), chunked(body) if 'chunked' in field else body)
                answer = connection.read_response('PUT')
                self.assertEqual((answer.status, answer.closing), (413, True))
                self.assertEqual(connection.read_until_close()[1], 'fin')
        self.assertEqual(self.names(), [])

    def test_a_part_of_a_file_or_an_encoded_one_is_refused(self):
        self.put('a.bin', 'whole')
        daemon = self.start()
        for status, field in ((400, 'Content-Range: bytes 0-1/5'), (400, 'Content-Range: bytes */5'),
                              (415, 'Content-Encoding: gzip')):
            for method in ('PUT', 'POST'):
                self.assertEqual(self.ask(daemon, method, '/a.bin', field, body=b'xx').status, status)
        self.assertEqual((self.root / 'a.bin').read_bytes(), b'whole')

    def test_every_durability_stores(self):
        for mode in ('full', 'data', 'none'):
            daemon = self.start('--durability', mode)
            self.assertEqual(self.ask(daemon, 'PUT', f'/{mode}.txt', body=mode.encode()).status, 201)
            self.assertEqual((self.root / f'{mode}.txt').read_text(), mode)


class Forms(DaemonCase):
    def setUp(self):
        super().setUp()
        self.root.joinpath('inbox').mkdir()
        self.daemon = self.start()

    def post(self, body, *fields, target='/inbox/', kind=FORM_TYPE):
        return self.ask(self.daemon, 'POST', target, kind, *fields, body=body)

    def test_the_listing_carries_a_form_without_scripts(self):
        page = self.ask(self.daemon, 'GET', '/inbox/').text.lower()
        self.assertRegex(page, r'<form[^>]*multipart/form-data')
        self.assertRegex(page, r'<input[^>]*type="?file')
        self.assertNotIn('<script', page)

    def test_a_form_torn_within_a_boundary_leaves_the_old_file(self):
        for rest in (b'x second half\r\n--BOUND--\r\n', b' junk', b'-x', b''):
            with self.subTest(rest):
                self.put('inbox/v', 'ORIGINAL')
                body = (b'--BOUND\r\nContent-Disposition: form-data; name="f"; filename="v"\r\n\r\n'
                        b'first half\r\n--BOUND' + rest)
                answer = self.ask(self.daemon, 'POST', '/inbox/', 'Content-Type: multipart/form-data; boundary=BOUND',
                                  body=body)
                self.assertEqual(answer.status, 400)
                self.assertEqual((self.root / 'inbox/v').read_bytes(), b'ORIGINAL')

    def test_every_file_part_is_saved(self):
        body = form(('note', None, b'no file'), ('a', 'one.txt', b'first'), ('b', 'two words.bin', bytes(100_000)))
        self.assertEqual(self.post(body).status, 200)
        self.assertEqual(self.names(self.root / 'inbox'), ['one.txt', 'two words.bin'])
        self.assertEqual((self.root / 'inbox/one.txt').read_bytes(), b'first')
        self.assertEqual((self.root / 'inbox/two words.bin').read_bytes(), bytes(100_000))

    def test_a_form_that_accepts_html_gets_a_page_with_links(self):
        answer = self.post(form(('f', 'one.txt', b'x')), 'Accept: text/html,*/*;q=0.8')
        self.assertTrue(answer.get('content-type').startswith('text/html'))
        self.assertRegex(answer.text, r'<a href="[^"]*one\.txt"')

    def test_a_body_that_looks_like_boundaries_arrives_unchanged(self):
        # A shortened boundary, and a whole one behind a bare LF: neither ends a part.
        content = f'\r\n--{BOUNDARY[:-1]}\r\n--\r\n-\r\r\n-x\n--{BOUNDARY}\r\n'.encode() * 50
        self.assertEqual(self.post(form(('f', 'b.bin', content))).status, 200)
        self.assertEqual((self.root / 'inbox/b.bin').read_bytes(), content)

    def test_a_form_in_many_pieces_arrives_unchanged(self):
        content = os.urandom(700)
        message = request('POST', '/inbox/', FORM_TYPE, body=form(('f', 'split.bin', content)))
        for cut in range(120, len(message), 37):
            with RawConnection(self.daemon.port) as connection:
                connection.send(message[:cut])
                time.sleep(0.001)
                connection.send(message[cut:])
                self.assertEqual(connection.read_response('POST').status, 200, f'cut at {cut}')
            self.assertEqual((self.root / 'inbox/split.bin').read_bytes(), content)

    def test_file_names_cannot_leave_the_folder(self):
        for name in ('../escape.txt', '/etc/escape.txt', 'sub/escape.txt', '..', '.', '.hidden', 'a\\..\\b'):
            self.post(form(('f', name, b'x')))
        outside = [name for name in self.names() if not name.startswith('inbox')]
        self.assertEqual(outside, [])
        self.assertFalse((self.home / 'escape.txt').exists())
        self.assertFalse((self.root / 'inbox/.hidden').exists())

    def test_a_form_that_is_cut_or_malformed_stores_no_torn_file(self):
        whole = form(('f', 'torn.txt', b'x' * 500))
        bad = (whole[:-40], whole.replace(BOUNDARY.encode(), b'other'), b'', b'junk')
        for body in bad:
            self.assertEqual(self.post(body).status, 400)
        self.assertEqual(self.post(whole, kind='Content-Type: multipart/form-data').status, 400)
        self.assertEqual(self.names(self.root / 'inbox'), [])

    def test_a_cross_site_form_is_refused(self):
        answer = self.post(form(('f', 'evil.txt', b'x')), 'Origin: http://evil.example')
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.names(self.root / 'inbox'), [])
