# SPDX-License-Identifier: MIT
"""Compressed siblings: which is sent, what its answer says, and that it is never stale (RFC 9110 section 12.5.3)."""

import base64
import gzip
import hashlib
import os
import subprocess
import time

from support import settings
from support.case import DaemonCase, tool
from support.raw import request

PLAIN = b'alpha beta gamma delta\n' * 400
ALL = 'Accept-Encoding: gzip, deflate, br, zstd'
GZIP = 'Accept-Encoding: gzip'
CODINGS = {'.zst': 'zstd', '.br': 'br', '.gz': 'gzip'}
REST = 0.03          # an entry younger than a clock tick is not kept; this is longer


class Precompressed(DaemonCase):
    options = ('--precompressed',)

    def setUp(self):
        super().setUp()
        self.put('a.txt', PLAIN, age=3600)
        self.daemon = self.start(*self.options)
        self.connection = self.connect(self.daemon)

    def siblings(self, *endings, name='a.txt', age=3600):
        for ending in endings:
            self.put(name + ending, self.encoded(ending), age=age)

    @staticmethod
    def encoded(ending):
        # Only gzip is decoded here; of the others it matters that they arrive as they lie.
        return gzip.compress(PLAIN, mtime=0) if ending == '.gz' else f'as if it were {ending}'.encode() * 30

    def get(self, *fields, target='/a.txt', method='GET', **how):
        return self.connection.ask(method, target, *fields, **how)

    def stored(self, name, body):
        """An upload's tag is strong at once."""
        self.assertIn(self.get(target=name, method='PUT', body=body).status, (201, 204))

    def is_plain(self, answer, body=PLAIN):
        self.assertEqual((answer.status, answer.body), (200, body))
        self.assertIsNone(answer.get('content-encoding'))
        self.assertEqual(answer.all('vary'), ['Accept-Encoding'])

    def is_encoded(self, answer, ending, body=None):
        self.assertEqual((answer.status, answer.get('content-encoding')), (200, CODINGS[ending]))
        self.assertEqual(answer.body, self.encoded(ending) if body is None else body)
        self.assertEqual(answer.get('content-type').replace(' ', ''), 'text/plain;charset=utf-8')
        self.assertEqual(answer.all('vary'), ['Accept-Encoding'])
        self.assertEqual(answer.get('accept-ranges'), 'bytes')


class Selection(Precompressed):
    def test_the_client_s_weights_decide_and_equals_go_by_usual_size(self):
        self.siblings('.gz', '.br', '.zst')
        for fields, ending in (('gzip, deflate, br, zstd', '.zst'), ('gzip, br', '.br'), ('gzip', '.gz'), ('*', '.zst'),
                               ('gzip, br;q=0.9', '.gz'), ('zstd;q=0, *', '.br'), ('identity;q=0.5, gzip;q=0.6', '.gz'),
                               ('identity;q=0, x-gzip', '.gz')):
            with self.subTest(fields):
                self.is_encoded(self.get(f'Accept-Encoding: {fields}'), ending)
        for fields in ('', 'identity', 'deflate', 'gzip;q=0', '*;q=0', 'identity, gzip;q=0.5', 'identity;q=0, deflate'):
            with self.subTest(fields):
                self.is_plain(self.get(f'Accept-Encoding: {fields}'))
        self.is_plain(self.get())

    def test_only_the_siblings_that_are_there_are_sent(self):
        self.is_plain(self.get(ALL))
        self.siblings('.gz')
        self.is_encoded(self.get(ALL), '.gz')
        self.is_plain(self.get('Accept-Encoding: br, zstd'))
        self.is_plain(self.get('Accept-Encoding: gzip;q=0.3, *;q=0.5'))

    def test_a_head_is_the_head_of_what_a_get_would_send(self):
        self.siblings('.gz')
        for fields in ((), (GZIP,)):
            get, head = self.get(*fields), self.get(*fields, method='HEAD')
            self.assertEqual(head.body, b'')
            self.assertEqual([field for field in head.fields if field[0] != 'date'],
                             [field for field in get.fields if field[0] != 'date'])

    def test_what_lies_compressed_is_served_as_it_is_by_its_own_name(self):
        self.siblings('.gz')
        self.put('a.tar.gz', b'archive')
        self.put('a.tar.gz.br', b'twice')
        for name, kind in (('/a.txt.gz', 'application/gzip'), ('/a.tar.gz', None)):
            answer = self.get(ALL, target=name)
            self.assertEqual(answer.status, 200)
            self.assertIsNone(answer.get('content-encoding'))
            self.assertIsNone(answer.get('vary'))
            self.assertNotIn('text', answer.get('content-type'))
            if kind:
                self.assertEqual(answer.get('content-type'), kind)
        self.assertEqual(answer.body, b'archive')

    def test_a_folder_s_index_is_sent_compressed(self):
        self.put('site/index.html', PLAIN, age=60)
        self.siblings('.gz', name='site/index.html', age=60)
        answer = self.get(GZIP, target='/site/')
        self.assertEqual((answer.get('content-encoding'), answer.body), ('gzip', self.encoded('.gz')))
        self.assertTrue(answer.get('content-type').startswith('text/html'))

    def test_nothing_but_a_readable_file_inside_the_root_stands_in(self):
        outside = self.home / 'outside.gz'
        outside.write_bytes(b'secret')
        (self.root / 'a.txt.zst').mkdir()
        os.mkfifo(self.root / 'a.txt.br')
        (self.root / 'a.txt.gz').symlink_to(outside)
        self.is_plain(self.get(ALL))
        (self.root / 'a.txt.gz').unlink()
        self.put('kept/inside.gz', self.encoded('.gz'))
        (self.root / 'a.txt.gz').symlink_to('kept/inside.gz')
        self.is_encoded(self.get(ALL), '.gz')

    def test_a_sibling_alone_is_no_file(self):
        self.siblings('.gz', name='b.txt')
        self.assertEqual(self.get(ALL, target='/b.txt').status, 404)
        self.siblings('.gz', name='.hidden')
        self.put('.hidden', b'x')
        self.assertEqual(self.get(ALL, target='/.hidden').status, 404)

    def test_the_longest_names_have_no_siblings_and_are_served(self):
        name = 'n' * 255
        self.put(name, PLAIN)
        self.is_plain(self.get(ALL, target=f'/{name}'))

    def test_a_large_sibling_is_streamed(self):
        body = os.urandom(1_500_000)
        self.put('a.txt.br', body)
        for _ in range(3):
            self.is_encoded(self.get(ALL), '.br', body)

    def test_curl_decodes_what_it_asked_for(self):
        self.siblings('.gz')
        done = subprocess.run([tool('curl'), '-sS', '--fail', '--compressed', '-H', 'Accept-Encoding: gzip',
                               f'{self.daemon.url}/a.txt'], capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, PLAIN), done.stderr)


class Unreadable(Precompressed):
    def test_a_sibling_that_may_not_be_read_is_passed_over(self):
        self.siblings('.gz')
        (self.root / 'a.txt.gz').chmod(0)
        self.daemon = self.start_as_nobody(*self.options)
        self.connection = self.connect(self.daemon)
        self.is_plain(self.get(ALL))


class Off(Precompressed):
    options = ()

    def test_without_the_option_nothing_is_chosen_and_nothing_varies(self):
        self.siblings('.gz', '.br', '.zst')
        answer = self.get(ALL)
        self.assertEqual((answer.status, answer.body), (200, PLAIN))
        self.assertIsNone(answer.get('vary'))
        self.assertIsNone(answer.get('content-encoding'))


class Validators(Precompressed):
    def setUp(self):
        super().setUp()
        self.packed = gzip.compress(PLAIN)
        self.stored('/a.txt', PLAIN)
        self.stored('/a.txt.gz', self.packed)
        self.plain_tag = self.get().get('etag')
        self.tag = self.get(GZIP).get('etag')

    def test_the_tags_of_one_address_differ(self):
        twin = os.stat(self.root / 'a.txt')
        self.put('a.txt.br', bytes(len(PLAIN)))
        os.utime(self.root / 'a.txt.br', ns=(twin.st_atime_ns, twin.st_mtime_ns))
        tags = [self.plain_tag, self.tag, self.get('Accept-Encoding: br').get('etag')]
        self.assertEqual(len({tag.removeprefix('W/') for tag in tags}), 3, tags)
        self.assertRegex(self.tag, r'\A"[^"]+"\Z')

    def test_conditions_speak_of_what_is_selected(self):                    # RFC 9110 section 13.2
        fresh = self.get(GZIP, f'If-None-Match: {self.tag}')
        self.assertEqual((fresh.status, fresh.get('etag'), fresh.all('vary')), (304, self.tag, ['Accept-Encoding']))
        self.assertEqual(self.get(f'If-None-Match: {self.plain_tag}').status, 304)
        self.is_encoded(self.get(GZIP, f'If-None-Match: {self.plain_tag}'), '.gz', self.packed)
        self.is_plain(self.get(f'If-None-Match: {self.tag}'))
        self.assertEqual(self.get(GZIP, f'If-Match: {self.tag}').status, 200)
        refused = self.get(GZIP, f'If-Match: {self.plain_tag}')
        self.assertEqual((refused.status, refused.all('vary')), (412, ['Accept-Encoding']))

    def test_ranges_are_of_the_encoded_bytes(self):                         # RFC 9110 section 14.2
        part = self.get(GZIP, 'Range: bytes=5-14')
        self.assertEqual((part.status, part.body), (206, self.packed[5:15]))
        self.assertEqual(part.get('content-range'), f'bytes 5-14/{len(self.packed)}')
        self.assertEqual((part.get('content-encoding'), part.get('etag')), ('gzip', self.tag))
        self.assertEqual(self.get(GZIP, 'Range: bytes=5-14', f'If-Range: {self.tag}').status, 206)
        whole = self.get(GZIP, 'Range: bytes=5-14', f'If-Range: {self.plain_tag}')
        self.is_encoded(whole, '.gz', self.packed)
        several = 'Range: bytes=0-3,8-9'            # an encoded multipart body would not be what it says
        self.is_encoded(self.get(GZIP, several), '.gz', self.packed)
        self.assertEqual(self.get(several).status, 206)
        beyond = self.get(GZIP, f'Range: bytes={len(self.packed)}-')
        self.assertEqual((beyond.status, beyond.get('content-range')), (416, f'bytes */{len(self.packed)}'))
        self.assertEqual(beyond.all('vary'), ['Accept-Encoding'])
        self.assertEqual(self.get(f'Range: bytes={len(self.packed)}-').status, 206)

    def test_digests_are_of_the_encoded_bytes(self):                        # RFC 9530 section 3
        for body, fields in ((self.packed, [GZIP]), (PLAIN, [])):
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            for _ in range(3):
                answer = self.get(*fields, 'Want-Repr-Digest: sha-256=1')
                self.assertEqual((answer.body, answer.get('repr-digest')), (body, f'sha-256=:{digest}:'))

    def test_last_modified_is_the_sibling_s(self):
        os.utime(self.root / 'a.txt', (1_000_000_000,) * 2)
        os.utime(self.root / 'a.txt.gz', (1_000_000_500,) * 2)
        stamp, plain_stamp = self.get(GZIP).get('last-modified'), self.get().get('last-modified')
        self.assertEqual(stamp, 'Sun, 09 Sep 2001 01:55:00 GMT')
        self.assertEqual(self.get(GZIP, f'If-Modified-Since: {stamp}').status, 304)
        self.assertEqual(self.get(GZIP, f'If-Modified-Since: {plain_stamp}').status, 200)

    def test_the_tag_of_an_encoded_answer_guards_no_upload(self):
        refused = self.get(f'If-Match: {self.tag}', method='PUT', body=b'new')
        self.assertEqual(refused.status, 412)
        self.assertEqual(self.get(f'If-Match: {self.plain_tag}', method='PUT', body=b'new').status, 204)
        # The sibling is older now.
        self.is_plain(self.get(GZIP), b'new')


class Staleness(Precompressed):
    """As in test_staleness: half a request, the change, the rest; what is tested was cached before."""

    rounds = 20

    def after(self, change):
        self.get(ALL)
        self.get()
        time.sleep(REST)
        for _ in range(2):
            self.get(ALL)
            self.get()
        message = request('GET', '/a.txt', ALL)
        self.connection.send(message[:20])
        change()
        self.connection.send(message[20:])
        return self.connection.read_response()

    def test_a_sibling_is_seen_as_soon_as_it_is_there_and_gone(self):
        sibling = self.root / 'a.txt.gz'
        for number in range(settings.counted(self.rounds, 2000)):
            body = b'packed %d' % number
            self.is_encoded(self.after(lambda body=body: sibling.write_bytes(body)), '.gz', body)
            self.is_plain(self.after(sibling.unlink))

    def test_a_replaced_sibling_is_seen(self):
        self.siblings('.gz')
        size = len(self.encoded('.gz'))
        for number in range(settings.counted(self.rounds, 2000)):
            body = (b'%d ' % number).ljust(size, b'.')

            def replace(body=body, in_place=number % 2):
                with open(self.root / ('a.txt.gz' if in_place else 'fresh'), 'r+b' if in_place else 'wb') as file:
                    file.write(body)
                if not in_place:
                    os.rename(self.root / 'fresh', self.root / 'a.txt.gz')
            self.is_encoded(self.after(replace), '.gz', body)

    def test_a_sibling_that_becomes_older_is_not_sent(self):
        self.siblings('.gz')
        for number in range(settings.counted(self.rounds, 2000)):
            body = b'plain %d' % number
            sibling, plain = self.root / 'a.txt.gz', self.root / 'a.txt'
            self.is_plain(self.after(lambda body=body: plain.write_bytes(body)), body)
            now = time.time_ns() + number
            self.is_encoded(self.after(lambda now=now: os.utime(sibling, ns=(now, now))), '.gz')
            earlier = plain.stat().st_mtime_ns - 1
            self.is_plain(self.after(lambda earlier=earlier: os.utime(sibling, ns=(earlier, earlier))), body)
            same = earlier + 1
            self.is_encoded(self.after(lambda same=same: os.utime(sibling, ns=(same, same))), '.gz')

    def test_without_the_plain_file_there_is_nothing(self):
        self.siblings('.gz')
        answer = self.after((self.root / 'a.txt').unlink)
        self.assertEqual(answer.status, 404)
