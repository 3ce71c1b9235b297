# SPDX-License-Identifier: MIT
"""Who decides first: preconditions (RFC 9110 section 13.2) against all else that an answer may be, for every method."""

import email.utils
import os
import time

from support.case import DaemonCase
from support.raw import request

FIRST, SECOND = b'first\n', b'other\n'
VALIDATORS = {'date', 'etag', 'cache-control', 'connection', 'keep-alive'}


class Conditions(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('folder/inner.txt', 'inner\n')
        self.daemon = self.start('--allow-delete')
        self.connection = self.connect(self.daemon)

    def ask_on(self, method, target, *fields, body=b''):
        return self.connection.ask(method, target, *fields, body=body)

    def store(self, content=FIRST):
        """Puts the file in place; its tag and its date."""
        self.assertIn(self.ask_on('PUT', '/file.txt', body=content).status, (201, 204))
        answer = self.ask_on('HEAD', '/file.txt')
        return answer.get('etag'), answer.get('last-modified')

    def test_a_write_is_decided_by_what_is_there(self):                        # 13.1.1, 13.1.2, 13.1.4
        past = email.utils.formatdate(0, usegmt=True)
        future = email.utils.formatdate(time.time() + 3600, usegmt=True)
        tag, date = self.store()
        other = '"other"'
        # field, and whether it lets a write over the file through, and a write where nothing is
        rows = [(f'If-Match: {tag}', True, False), ('If-Match: *', True, False), (f'If-Match: {other}', False, False),
                (f'If-Match: {other}, {tag}', True, False), (f'If-Match: W/{tag}', False, False),
                ('If-None-Match: *', False, True), (f'If-None-Match: {tag}', False, True),
                (f'If-None-Match: W/{tag}', False, True), (f'If-None-Match: {other}', True, True),
                (f'If-Unmodified-Since: {date}', True, True), (f'If-Unmodified-Since: {past}', False, True),
                ('If-Unmodified-Since: yesterday', True, True), (f'If-Modified-Since: {future}', True, True)]
        for method, replaced, created in (('PUT', 204, 201), ('POST', 200, 200), ('DELETE', 204, 404)):
            for field, over_file, over_nothing in rows:
                with self.subTest(f'{method} {field}'):
                    tag_now, date_now = self.store()
                    field_now = field.replace(tag, tag_now).replace(date, date_now)
                    body = b'' if method == 'DELETE' else SECOND
                    status = self.ask_on(method, '/file.txt', field_now, body=body).status
                    self.assertEqual(status, replaced if over_file else 412)
                    if not over_file:
                        self.assertEqual((self.root / 'file.txt').read_bytes(), FIRST)
                    # 13.2.1: a DELETE of nothing is 404 whatever its conditions say.
                    status = self.ask_on(method, '/none.txt', field_now, body=body).status
                    self.assertEqual(status, created if over_nothing or method == 'DELETE' else 412)
                    (self.root / 'none.txt').unlink(missing_ok=True)

    def test_a_condition_is_not_looked_at_where_the_answer_would_be_an_error_without_it(self):       # 13.2.1
        self.put('a-file', FIRST)
        for method, target, status in (('GET', '/missing', 404), ('HEAD', '/missing', 404), ('GET', '/folder', 301),
                                       ('PUT', '/folder', 409), ('POST', '/folder', 409), ('PUT', '/a-file/x', 409),
                                       ('PUT', '/.hidden', 404), ('DELETE', '/folder', 409), ('PATCH', '/a-file', 405),
                                       ('TRACE', '/a-file', 405), ('OPTIONS', '/a-file', 204), ('OPTIONS', '*', 204)):
            for field in ('If-Match: "x"', 'If-Match: *', 'If-None-Match: *',
                          'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT'):
                with self.subTest(f'{method} {target} {field}'):
                    self.assertEqual(self.ask_on(method, target, field).status, status)

    def test_a_failed_condition_of_a_write_is_told_before_the_body(self):       # 10.1.1, 13.2.1
        self.store()
        for method in ('PUT', 'POST'):
            for target, field in (('/file.txt', 'If-None-Match: *'), ('/file.txt', 'If-Match: "x"'),
                                  ('/none', 'If-Match: *')):
                with self.subTest(f'{method} {target} {field}'):
                    connection = self.connect(self.daemon)
                    connection.send(request(method, target, field, 'Expect: 100-continue', 'Content-Length: 6'))
                    self.assertEqual(connection.read_response().status, 412)
        self.assertEqual((self.root / 'file.txt').read_bytes(), FIRST)

    def test_a_304_has_exactly_the_fields_it_must_have(self):                  # 15.4.5
        tag, date = self.store()
        for method in ('GET', 'HEAD'):
            for field in (f'If-None-Match: {tag}', 'If-None-Match: *', f'If-Modified-Since: {date}'):
                answer = self.ask_on(method, '/file.txt', field)
                self.assertEqual(answer.status, 304, field)
                self.assertEqual({name for name, _ in answer.fields}, VALIDATORS, field)
                self.assertEqual(answer.get('etag'), tag)

    def test_a_head_is_the_head_of_the_get(self):                              # 9.3.2
        tag, date = self.store()
        self.put('site/index.html', '<p>home</p>', age=60)
        future = self.put('future.txt', 'x')
        os.utime(future, (time.time() + 7200,) * 2)
        self.put('empty', b'', age=60)
        self.put('big.bin', os.urandom(3 << 20), age=60)
        for target in ('/file.txt', '/future.txt', '/empty', '/big.bin', '/folder', '/folder/', '/folder/?json',
                       '/site/', '/site', '/missing', '/.hidden', '/file.txt/', '/%00', '*'):
            for fields in ((), (f'If-None-Match: {tag}',), ('If-Match: "x"',), (f'If-Modified-Since: {date}',),
                           ('Accept: text/html',), ('Accept: application/json',), ('Connection: close',),
                           ('Host: other',)):
                with self.subTest(f'{target} {fields}'):
                    get, head = (self.ask(self.daemon, method, target, *fields) for method in ('GET', 'HEAD'))
                    self.assertEqual((head.status, head.reason), (get.status, get.reason))
                    # What is known only while a body is made may be left out.
                    known = {'date', 'keep-alive', 'last-modified', 'content-length', 'transfer-encoding'}
                    fixed = lambda answer: [field for field in answer.fields if field[0] not in known]
                    self.assertEqual(fixed(head), fixed(get))
                    for name in known - {'date', 'keep-alive'}:
                        if name != 'last-modified' or target != '/future.txt':
                            self.assertIn(head.get(name), (get.get(name), None))

    def test_a_file_from_the_future_was_changed_when_it_is_asked_for(self):     # 8.8.2.1
        path = self.put('future.txt', 'x')
        os.utime(path, (time.time() + 7200,) * 2)
        for turn in range(3):
            for method in ('GET', 'HEAD'):
                answer = self.ask_on(method, '/future.txt')
                self.assertEqual(answer.get('last-modified'), answer.get('date'), f'{method} {turn}')
            time.sleep(0.6)
