# SPDX-License-Identifier: MIT
"""Several ranges in one answer: multipart/byteranges (RFC 9110 sections 14.2 and 14.6), from memory and from a file."""

import os
import re
import time

from support.case import DaemonCase
from support.raw import RawConnection, request

SMALL = bytes(range(256)) * 40
LARGE = os.urandom(1 << 20) * 3          # too big to be kept in memory


def parts_of(answer):
    """[(first, last, size, bytes)] of a multipart/byteranges answer; raises when its framing is not exact."""
    boundary = re.fullmatch(r'multipart/byteranges; boundary=([0-9A-Za-z\'()+_,\-./:=?]{1,70})',
                            answer.get('content-type'))[1].encode()
    # There are clients, zsync for one, that want a CRLF before the first boundary as well.
    pieces = answer.body.split(b'\r\n--' + boundary)
    assert pieces[0] == b'' and pieces[-1] == b'--\r\n', (pieces[0], pieces[-1])
    parts = []
    for piece in pieces[1:-1]:
        head, body = piece.split(b'\r\n\r\n', 1)
        found = re.search(rb'\r\nContent-Range: bytes (\d+)-(\d+)/(\d+)(?:\r\n|\Z)', head)
        first, last, size = map(int, found.groups())
        assert len(body) == last - first + 1, (head, len(body))
        assert b'Content-Type: application/octet-stream' in head, head
        parts.append((first, last, size, body))
    return parts


class SeveralRanges(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('small.bin', SMALL, age=3600)
        self.put('large.bin', LARGE, age=3600)
        self.daemon = self.start()

    def get(self, name, ranges, *fields, connection=None):
        connection = connection or self.connect(self.daemon)
        return connection.ask('GET', name, f'Range: {ranges}', *fields)

    def check(self, name, content, ranges, wanted, **how):
        for _ in range(2):                   # from disk, then from the cache
            answer = self.get(name, f'bytes={ranges}', **how)
            self.assertEqual(answer.status, 206, ranges)
            self.assertIsNone(answer.get('content-range'))
            self.assertEqual(int(answer.get('content-length')), len(answer.body))
            self.assertRegex(answer.get('etag'), r'"[^"]+"')
            self.assertEqual(parts_of(answer), [(first, last, len(content), content[first:last + 1])
                                                for first, last in wanted], ranges)

    def test_parts_come_in_the_order_asked(self):
        for name, content in (('/small.bin', SMALL), ('/large.bin', LARGE)):
            end = len(content) - 1
            self.check(name, content, '0-0,-1', [(0, 0), (end, end)])
            self.check(name, content, '500-999, 0-99 ,2000-2000', [(500, 999), (0, 99), (2000, 2000)])
            self.check(name, content, '0-1,5-8,9000-', [(0, 1), (5, 8), (9000, end)])
            self.check(name, content, '-5,0-4', [(end - 4, end), (0, 4)])

    def test_what_cannot_be_satisfied_is_left_out(self):
        self.check('/small.bin', SMALL, '0-9,99999-,20-29', [(0, 9), (20, 29)])
        answer = self.get('/small.bin', 'bytes=0-9,99999-')
        self.assertEqual((answer.status, answer.get('content-range')), (206, f'bytes 0-9/{len(SMALL)}'))
        self.assertEqual(answer.body, SMALL[:10])
        self.assertEqual(self.get('/small.bin', 'bytes=99999-,88888-99999').status, 416)

    def test_overlapping_and_adjacent_ranges_are_joined(self):
        answer = self.get('/small.bin', 'bytes=0-9,5-19,20-29')
        self.assertEqual((answer.status, answer.get('content-range')), (206, f'bytes 0-29/{len(SMALL)}'))
        self.check('/small.bin', SMALL, '0-9,100-109,5-12', [(0, 12), (100, 109)])

    def test_ranges_never_amplify(self):
        """However the same bytes are asked for, they come once, and at most 32 part heads with them."""
        for name, content in (('/small.bin', SMALL), ('/large.bin', LARGE)):
            for ranges in (','.join(['0-'] * 20), ','.join(f'{n}-' for n in range(30)), ','.join(['0-5000,1-5001'] * 9)):
                answer = self.get(name, f'bytes={ranges}')
                self.assertIn(answer.status, (200, 206))
                self.assertLessEqual(len(answer.body), len(content))
            at_limit = ','.join(f'{n * 100}-{n * 100}' for n in range(32))
            answer = self.get(name, f'bytes={at_limit}')
            self.assertEqual((answer.status, len(parts_of(answer))), (206, 32))
            self.assertLess(len(answer.body), 32 * 256)
            beyond = self.get(name, f'bytes={at_limit},5000-5000')
            self.assertEqual((beyond.status, beyond.body), (200, content))

    def test_large_parts_of_a_large_file(self):
        middle = len(LARGE) // 2
        self.check('/large.bin', LARGE, f'0-{middle - 100},{middle}-', [(0, middle - 100), (middle, len(LARGE) - 1)])

    def test_the_boundary_differs_each_time(self):
        kinds = {self.get('/small.bin', 'bytes=0-0,9-9').get('content-type') for _ in range(20)}
        self.assertEqual(len(kinds), 20)

    def test_requests_behind_several_ranges_are_answered_in_order(self):
        for name, content in (('/small.bin', SMALL), ('/large.bin', LARGE)):
            connection = self.connect(self.daemon)
            several = request('GET', name, 'Range: bytes=1-2,5-6')
            connection.send(several + request('GET', name, 'Range: bytes=7-8') + several + request('HEAD', name))
            self.assertEqual([part[3] for part in parts_of(connection.read_response())], [content[1:3], content[5:7]])
            self.assertEqual(connection.read_response().body, content[7:9])
            self.assertEqual(len(parts_of(connection.read_response())), 2)
            self.assertEqual(int(connection.read_response('HEAD').get('content-length')), len(content))

    def test_http_1_0_gets_parts_and_a_close(self):
        connection = self.connect(self.daemon)
        connection.send(request('GET', '/large.bin', 'Range: bytes=0-0,9-9', version='1.0'))
        self.assertEqual(len(parts_of(connection.read_response())), 2)
        self.assertEqual(connection.read_until_close(), (b'', 'fin'))

    def test_if_range_guards_several_ranges(self):
        tag = self.get('/small.bin', 'bytes=0-0').get('etag')
        if not tag.startswith('W/'):
            self.assertEqual(self.get('/small.bin', 'bytes=0-0,9-9', f'If-Range: {tag}').status, 206)
        self.assertEqual(self.get('/small.bin', 'bytes=0-0,9-9', 'If-Range: "other"').body, SMALL)

    def test_a_slow_reader_of_several_ranges_gets_every_byte(self):
        self.put('huge.bin', LARGE * 8)
        size = len(LARGE) * 8
        with RawConnection(self.daemon.port, receive_buffer=4096) as slow:
            slow.send(request('GET', '/huge.bin', f'Range: bytes=0-{size // 2 - 10},{size // 2}-{size - 5}'))
            time.sleep(0.3)
            self.assertEqual(self.get('/small.bin', 'bytes=0-0').status, 206)
            parts = parts_of(slow.read_response())
        self.assertEqual([(first, last) for first, last, _, _ in parts], [(0, size // 2 - 10), (size // 2, size - 5)])
        self.assertEqual(parts[1][3], (LARGE * 8)[size // 2:size - 4])

    def test_readers_that_vanish_between_parts_disturb_nobody(self):
        self.put('huge.bin', LARGE * 8)
        for turn in range(12):
            leaving = RawConnection(self.daemon.port, receive_buffer=4096)
            leaving.send(request('GET', '/huge.bin', 'Range: bytes=0-9000000,10000000-'))
            if turn % 3:
                leaving.socket.recv(1000 * turn)
            leaving.reset() if turn % 2 else leaving.close()
        self.assertEqual(len(parts_of(self.get('/huge.bin', 'bytes=0-9,20-29'))), 2)
