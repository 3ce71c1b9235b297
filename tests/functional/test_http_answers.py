# SPDX-License-Identifier: MIT
"""Methods, Host and cross-site rules, validators, preconditions, ranges (RFC 9110)."""

import email.utils
import json
import os
import time

from support.case import DaemonCase
from support.raw import RawConnection, request

BODY = bytes(range(256)) * 40


class Answers(DaemonCase):
    def setUp(self):
        super().setUp()
        # An hour old by mtime; ctime is now, so tests of strong tags wait or upload instead.
        self.put('a.txt', 'alpha\n', age=3600)
        self.put('b.bin', BODY, age=3600)
        self.put('folder/inner.txt', 'inner\n')
        self.daemon = self.start()

    def get(self, target, *fields, method='GET', **how):
        return self.ask(self.daemon, method, target, *fields, **how)

    def strong_tag(self, name='/stored.bin', body=BODY):
        """An upload's tag is strong at once: its mtime is ours."""
        self.assertIn(self.get(name, method='PUT', body=body).status, (201, 204))
        tag = self.get(name).get('etag')
        self.assertRegex(tag, r'\A"[^"]+"\Z')
        return tag


class Methods(Answers):
    def test_get_has_the_fields_of_a_file(self):
        answer = self.get('/a.txt')
        self.assertEqual((answer.status, answer.body), (200, b'alpha\n'))
        self.assertEqual(answer.get('content-length'), '6')
        self.assertEqual(answer.get('content-type').replace(' ', '').lower(), 'text/plain;charset=utf-8')
        self.assertEqual(answer.get('accept-ranges'), 'bytes')
        self.assertEqual(answer.get('x-content-type-options'), 'nosniff')
        self.assertEqual(answer.get('cache-control'), 'no-cache')
        self.assertRegex(answer.get('etag'), r'\A(W/)?"[^"]+"\Z')
        self.assertEqual(email.utils.parsedate_to_datetime(answer.get('last-modified')).timestamp(),
                         int((self.root / 'a.txt').stat().st_mtime))
        self.assertIsNone(answer.get('server'))

    def test_head_is_get_without_a_body(self):
        connection = self.connect(self.daemon)
        for name in ('/a.txt', '/b.bin', '/folder/', '/missing', '/'):
            head, get = connection.ask('HEAD', name), connection.ask('GET', name)
            drop = {'date', 'keep-alive', 'transfer-encoding', 'content-length'}
            self.assertEqual(head.status, get.status)
            self.assertEqual([field for field in head.fields if field[0] not in drop],
                             [field for field in get.fields if field[0] not in drop], name)
            if get.status == 200 and head.get('content-length') is not None:
                self.assertEqual(int(head.get('content-length')), len(get.body))

    def test_options_names_the_methods(self):
        for target in ('/a.txt', '*', '/'):
            answer = self.get(target, method='OPTIONS')
            self.assertIn(answer.status, (200, 204))
            allowed = {word.strip() for word in answer.get('allow').split(',')}
            self.assertLessEqual({'GET', 'HEAD', 'OPTIONS', 'PUT', 'POST'}, allowed)
            self.assertNotIn('DELETE', allowed)

    def test_known_methods_that_are_not_allowed_are_405_with_allow(self):
        for method in ('DELETE', 'TRACE'):
            self.assertEqual(self.get('/a.txt', method=method).status, 405, method)
        with RawConnection(self.daemon.port) as connection:
            connection.send('CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n')
            self.assertIn(connection.read_response().status, (400, 405, 501))

    def test_unknown_methods_are_501(self):
        for method in ('BREW', 'get', 'GETT', 'M-SEARCH'):
            self.assertEqual(self.get('/a.txt', method=method).status, 501, method)

    def test_asterisk_is_for_options_only(self):
        self.assertEqual(self.get('*').status, 400)

    def test_other_major_versions_are_505(self):
        for version in ('2.0', '3.0', '0.9'):
            with RawConnection(self.daemon.port) as connection:
                connection.send(f'GET /a.txt HTTP/{version}\r\nHost: localhost\r\n\r\n')
                self.assertIn(connection.read_response().status, (505,) if version != '0.9' else (400, 505))

    def test_a_missing_name_is_404(self):
        answer = self.get('/missing.txt')
        self.assertEqual((answer.status, answer.reason), (404, 'Not Found'))

    def test_a_get_with_a_body_keeps_the_connection_in_step(self):
        connection = self.connect(self.daemon)
        connection.send(request('GET', '/a.txt', body=b'ignored') + request('GET', '/b.bin'))
        self.assertEqual(connection.read_response().body, b'alpha\n')
        try:
            self.assertEqual(connection.read_response().body, BODY)
        except AssertionError:
            self.assertEqual(connection.buffer, b'')      # closing instead is right too, garbage is not

    def test_a_folder_without_its_slash_redirects_and_keeps_the_query(self):
        answer = self.get('/folder?x=1')
        self.assertIn(answer.status, (301, 302, 307, 308))
        self.assertEqual(answer.get('location'), '/folder/?x=1')

    def test_a_folder_with_an_index_serves_it(self):
        self.put('site/index.html', '<p>home</p>')
        answer = self.get('/site/')
        self.assertEqual((answer.status, answer.body), (200, b'<p>home</p>'))
        self.assertTrue(answer.get('content-type').startswith('text/html'))

    def test_a_listing_names_the_entries_and_escapes_them(self):
        self.put('folder/<b>&"x.txt')
        answer = self.get('/folder/')
        self.assertEqual(answer.status, 200)
        self.assertIn('inner.txt', answer.text)
        self.assertIn('&lt;b&gt;&amp;', answer.text)
        self.assertNotIn('<b>&', answer.text)

    def test_a_listing_comes_as_json_on_request(self):
        for target, fields in (('/folder/?json', ()), ('/folder/', ('Accept: application/json',))):
            answer = self.get(target, *fields)
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.get('content-type').startswith('application/json'))
            self.assertIn('inner.txt', json.dumps(json.loads(answer.body)))


class WhoMayAsk(Answers):
    """The Host rule against rebound names, and the rule against pages of other sites."""

    def test_loopback_names_are_served(self):
        for host in ('localhost', f'localhost:{self.daemon.port}', 'LOCALHOST', 'app.localhost', '127.0.0.1',
                     '127.8.9.1:80', '[::1]', f'[::1]:{self.daemon.port}'):
            self.assertEqual(self.get('/a.txt', host=host).status, 200, host)

    def test_other_names_are_421_and_the_text_names_the_option(self):
        for host in ('example.com', 'localhost.example.com', 'notlocalhost', '192.0.2.1', '[2001:db8::1]',
                     '127.0.0.1.example.com'):
            answer = self.get('/a.txt', host=host)
            self.assertEqual(answer.status, 421, host)
            self.assertIn('--host', answer.text)
            self.assertNotIn(b'alpha', answer.body)

    def test_a_named_host_is_served_beside_loopback(self):
        daemon = self.start('--host', 'files.example')
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt', host='files.example').status, 200)
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt', host='Files.Example:8080').status, 200)
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt').status, 200)
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt', host='other.example').status, 421)

    def test_any_host_is_served_with_an_asterisk(self):
        daemon = self.start('--host', '*')
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt', host='whatever.example').status, 200)

    def test_the_absolute_target_wins_over_host(self):
        self.assertEqual(self.get('http://example.com/a.txt').status, 421)
        self.assertEqual(self.get('http://localhost/a.txt', host='example.com').status, 200)

    def test_a_page_of_another_site_cannot_write(self):
        for fields in (('Sec-Fetch-Site: cross-site',), ('Sec-Fetch-Site: same-site',),
                       ('Origin: http://evil.example',), ('Origin: null',),
                       ('Origin: http://localhost:1',), ('Sec-Fetch-Site: cross-site', 'Origin: http://localhost')):
            for method in ('POST', 'PUT'):
                self.assertEqual(self.get('/x.txt', *fields, method=method, body=b'x').status, 403, fields)
        self.assertFalse((self.root / 'x.txt').exists())

    def test_the_own_page_and_plain_clients_can_write(self):
        for fields in ((), ('Sec-Fetch-Site: same-origin',), ('Sec-Fetch-Site: none',),
                       (f'Origin: http://{self.daemon.host}',)):
            answer = self.get('/x.txt', *fields, method='POST', body=b'x', host=self.daemon.host)
            self.assertEqual(answer.status, 200, fields)

    def test_a_page_of_another_site_may_read(self):
        self.assertEqual(self.get('/a.txt', 'Sec-Fetch-Site: cross-site').status, 200)


class Preconditions(Answers):
    def test_a_matching_tag_gives_304_with_the_fields_it_must_have(self):
        tag = self.strong_tag()
        for value in (tag, f'W/{tag}', f'"other", {tag}', '*', f'"a","b" , {tag}'):
            answer = self.get('/stored.bin', f'If-None-Match: {value}')
            self.assertEqual(answer.status, 304, value)
            self.assertEqual(answer.get('etag'), tag)
            self.assertEqual(answer.get('cache-control'), 'no-cache')
            self.assertIsNone(answer.get('content-type'))
        self.assertEqual(self.get('/stored.bin', 'If-None-Match: "other"').status, 200)

    def test_lines_of_one_field_are_one_list(self):
        tag = self.strong_tag()
        self.assertEqual(self.get('/stored.bin', 'If-None-Match: "x"', f'If-None-Match: {tag}').status, 304)

    def test_modified_since_in_all_three_date_forms(self):
        when = int((self.root / 'a.txt').stat().st_mtime)
        gm = time.gmtime(when)
        forms = (time.strftime('%a, %d %b %Y %H:%M:%S GMT', gm), time.strftime('%A, %d-%b-%y %H:%M:%S GMT', gm),
                 time.strftime('%a %b ', gm) + f'{gm.tm_mday:2d}' + time.strftime(' %H:%M:%S %Y', gm))
        for form in forms:
            self.assertEqual(self.get('/a.txt', f'If-Modified-Since: {form}').status, 304, form)
            self.assertEqual(self.get('/a.txt', f'If-Unmodified-Since: {form}').status, 200, form)
        past = email.utils.formatdate(when - 1, usegmt=True)
        self.assertEqual(self.get('/a.txt', f'If-Modified-Since: {past}').status, 200)
        self.assertEqual(self.get('/a.txt', f'If-Unmodified-Since: {past}').status, 412)
        self.assertEqual(self.get('/a.txt', 'If-Modified-Since: yesterday').status, 200)

    def test_tags_go_before_dates(self):
        tag = self.strong_tag()
        future = email.utils.formatdate(time.time() + 60, usegmt=True)
        past = email.utils.formatdate(0, usegmt=True)
        self.assertEqual(self.get('/stored.bin', 'If-None-Match: "x"', f'If-Modified-Since: {future}').status, 200)
        self.assertEqual(self.get('/stored.bin', f'If-Match: {tag}', f'If-Unmodified-Since: {past}').status, 200)

    def test_if_match_guards_reads(self):
        tag = self.strong_tag()
        self.assertEqual(self.get('/stored.bin', f'If-Match: {tag}').status, 200)
        self.assertEqual(self.get('/stored.bin', 'If-Match: *').status, 200)
        self.assertEqual(self.get('/stored.bin', 'If-Match: "x"').status, 412)
        self.assertEqual(self.get('/stored.bin', f'If-Match: W/{tag}').status, 412)

    def test_if_match_and_if_none_match_guard_writes(self):
        tag = self.strong_tag()
        put = lambda *fields: self.get('/stored.bin', *fields, method='PUT', body=b'new').status
        self.assertEqual(put('If-None-Match: *'), 412)
        self.assertEqual(put('If-Match: "x"'), 412)
        self.assertEqual((self.root / 'stored.bin').read_bytes(), BODY)
        self.assertEqual(put(f'If-Match: {tag}'), 204)
        self.assertEqual(put(f'If-Match: {tag}'), 412)
        self.assertEqual(self.get('/none.bin', 'If-Match: *', method='PUT', body=b'x').status, 412)
        self.assertEqual(self.get('/none.bin', 'If-None-Match: *', method='PUT', body=b'x').status, 201)

    def test_two_bodies_of_one_size_written_at_once_have_two_tags(self):
        tags = {self.strong_tag(body=b'%05d' % turn) for turn in range(50)}
        self.assertEqual(len(tags), 50)

    def test_the_tag_of_a_fresh_foreign_change_is_weak_and_grows_strong(self):
        tag, asked = None, 0
        while tag is None or asked > path.stat().st_ctime + 1.5:       # so late that it may have grown strong
            path = self.put('foreign.txt', 'one')
            tag, asked = self.get('/foreign.txt').get('etag'), time.time()
        self.assertTrue(tag.startswith('W/"'), tag)
        wait = 2.2 - (time.time() - path.stat().st_ctime)
        time.sleep(max(0, wait))
        self.assertTrue(self.get('/foreign.txt').get('etag').startswith('"'))

    def test_last_modified_is_never_in_the_future(self):
        path = self.put('future.txt', 'x')
        os.utime(path, (time.time() + 7200,) * 2)
        answer = self.get('/future.txt')
        stamp = lambda name: email.utils.parsedate_to_datetime(answer.get(name))
        if answer.get('last-modified') is not None:
            self.assertLessEqual(stamp('last-modified'), stamp('date'))


class Ranges(Answers):
    def test_single_ranges(self):
        size = len(BODY)
        cases = {'0-0': (0, 0), '0-99': (0, 99), '100-199': (100, 199), '10239-': (10239, size - 1),
                 '5000-': (5000, size - 1), '-1': (size - 1, size - 1), '-500': (size - 500, size - 1),
                 '-999999': (0, size - 1), '100-999999': (100, size - 1),
                 '9999-99999999999999999999999': (9999, size - 1)}
        for text, (first, last) in cases.items():
            answer = self.get('/b.bin', f'Range: bytes={text}')
            self.assertEqual(answer.status, 206, text)
            self.assertEqual(answer.body, BODY[first:last + 1], text)
            self.assertEqual(answer.get('content-range'), f'bytes {first}-{last}/{size}')

    def test_ranges_that_cannot_be_satisfied_are_416(self):
        for text in ('10240-', '99999-100000', '-0', '99999999999999999999999-'):
            answer = self.get('/b.bin', f'Range: bytes={text}')
            self.assertEqual(answer.status, 416, text)
            self.assertEqual(answer.get('content-range'), f'bytes */{len(BODY)}')

    def test_ranges_that_are_none_are_ignored(self):
        for value in ('bytes=', 'bytes=a-b', 'bytes=5-2', 'bytes 0-5', 'lines=0-5', 'bytes=+5-9', 'bytes=0x0-5',
                      'bytes=--5', 'bytes=1-2-3'):
            answer = self.get('/b.bin', f'Range: {value}')
            self.assertIn(answer.status, (200, 416), value)
            if answer.status == 200:
                self.assertEqual(answer.body, BODY)

    def test_head_ignores_ranges(self):
        answer = self.get('/b.bin', 'Range: bytes=0-9', method='HEAD')
        self.assertEqual((answer.status, answer.get('content-length')), (200, str(len(BODY))))

    def test_if_range_with_tag_and_date(self):
        tag = self.strong_tag()
        part = lambda value: self.get('/stored.bin', 'Range: bytes=0-9', f'If-Range: {value}').status
        self.assertEqual(part(tag), 206)
        self.assertEqual(part('"other"'), 200)
        self.assertEqual(part(f'W/{tag}'), 200)
        modified = self.get('/a.txt').get('last-modified')
        status = lambda value: self.get('/a.txt', 'Range: bytes=0-1', f'If-Range: {value}').status
        self.assertEqual(status(modified), 206)
        self.assertEqual(status(email.utils.formatdate(0, usegmt=True)), 200)

    def test_a_precondition_goes_before_a_range(self):
        tag = self.strong_tag()
        self.assertEqual(self.get('/stored.bin', 'Range: bytes=0-9', f'If-None-Match: {tag}').status, 304)
        self.assertEqual(self.get('/stored.bin', 'Range: bytes=99999-', 'If-Match: "x"').status, 412)

    def test_an_empty_file_has_no_range(self):
        self.put('empty', b'')
        self.assertEqual(self.get('/empty').body, b'')
        self.assertEqual(self.get('/empty', 'Range: bytes=0-').status, 416)

    def test_big_files_come_whole_and_in_parts(self):
        big = os.urandom(3 << 20) * 4
        self.put('big.bin', big)
        self.assertEqual(self.get('/big.bin').body, big)
        answer = self.get('/big.bin', 'Range: bytes=5000000-9999999')
        self.assertEqual(answer.body, big[5_000_000:10_000_000])
