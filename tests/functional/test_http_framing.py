# SPDX-License-Identifier: MIT
"""Framing without ambiguity (RFC 9112): after a doubtful message nothing more is served."""

import time

from support import settings
from support.case import DaemonCase
from support.raw import RawConnection, chunked, parse_head, request

HOST = 'Host: localhost'
SECRET = b'this must not be served after a framing error\n'
AFTER = request('GET', '/secret.txt')


def post(*fields, body=b'', version='1.1'):
    return ('\r\n'.join([f'POST /up.txt HTTP/{version}', HOST, *fields]) + '\r\n\r\n').encode('latin-1') + body


def get(*fields):
    return ('\r\n'.join(['GET /secret.txt HTTP/1.1', HOST, *fields]) + '\r\n\r\n').encode('latin-1')


def in_chunks(size, rest=b'hello\r\n0\r\n\r\n'):
    return post('Transfer-Encoding: chunked', body=size + b'\r\n' + rest)


# name: (bytes, statuses that are right)
LENGTHS = {
    'both length headers': (post('Content-Length: 5', 'Transfer-Encoding: chunked', body=b'0\r\n\r\n'), {400}),
    'both, the other way round': (post('Transfer-Encoding: chunked', 'Content-Length: 5', body=b'0\r\n\r\n'), {400}),
    'both in HTTP/1.0': (post('Content-Length: 5', 'Transfer-Encoding: chunked', body=b'0\r\n\r\n', version='1.0'), {400}),
    'a transfer coding in HTTP/1.0': (post('Transfer-Encoding: chunked', body=b'0\r\n\r\n', version='1.0'), {400}),
    'two equal codings in a list': (post('Transfer-Encoding: chunked, chunked', body=b'0\r\n\r\n'), {400, 501}),
    'two coding lines': (post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', body=b'0\r\n\r\n'), {400, 501}),
    'a coding before chunked': (post('Transfer-Encoding: gzip, chunked', body=b'0\r\n\r\n'), {400, 501}),
    'a coding after chunked': (post('Transfer-Encoding: chunked, identity', body=b'0\r\n\r\n'), {400, 501}),
    'identity': (post('Transfer-Encoding: identity', body=b''), {400, 501}),
    'an unknown coding': (post('Transfer-Encoding: xchunked', body=b'0\r\n\r\n'), {400, 501}),
    'an empty coding': (post('Transfer-Encoding:', body=b''), {400, 501}),
    'chunked with a parameter': (post('Transfer-Encoding: chunked;x=y', body=b'0\r\n\r\n'), {400, 501}),
    'chunked in quotes': (post('Transfer-Encoding: "chunked"', body=b'0\r\n\r\n'), {400, 501}),
    'a vertical tab before chunked': (post('Transfer-Encoding: \x0bchunked', body=b'0\r\n\r\n'), {400, 501}),
    'an empty length': (post('Content-Length:'), {400}),
    'a signed length': (post('Content-Length: +5', body=b'hello'), {400}),
    'a negative length': (post('Content-Length: -5', body=b'hello'), {400}),
    'a length with a blank in it': (post('Content-Length: 5 5', body=b'hello'), {400}),
    'a length in hexadecimal': (post('Content-Length: 0x5', body=b'hello'), {400}),
    'a length with an underscore': (post('Content-Length: 0_5', body=b'hello'), {400}),
    'a length with a fraction': (post('Content-Length: 5.0', body=b'hello'), {400}),
    'a length beyond 64 bits': (post('Content-Length: 18446744073709551621', body=b'hello'), {400, 413}),
    'a length of forty digits': (post('Content-Length: ' + '9' * 40, body=b'hello'), {400, 413}),
    'differing lengths': (post('Content-Length: 5', 'Content-Length: 6', body=b'hello!'), {400}),
    'differing lengths in a list': (post('Content-Length: 5, 6', body=b'hello!'), {400}),
    'a form feed beside the length': (post('Content-Length: \x0c5', body=b'hello'), {400}),
}
CHUNKS = {
    'a chunk size with 0x': (in_chunks(b'0x5'), {400}),
    'a chunk size with an underscore': (in_chunks(b'0_5'), {400}),
    'a signed chunk size': (in_chunks(b'+5'), {400}),
    'a negative chunk size': (in_chunks(b'-5'), {400}),
    'junk after a chunk size': (in_chunks(b'5 junk'), {400}),
    'a blank before a chunk size': (in_chunks(b' 5'), {400}),
    'seventeen digits': (in_chunks(b'00000000000000005'), {400}),
    'a chunk size beyond 64 bits': (in_chunks(b'fffffffffffffffff'), {400, 413}),
    'no chunk size': (in_chunks(b''), {400}),
    'a chunk size that is no number': (in_chunks(b'g'), {400}),
    'a bare LF after a chunk size': (post('Transfer-Encoding: chunked', body=b'5\nhello\r\n0\r\n\r\n'), {400}),
    'a bare CR in a chunk extension': (in_chunks(b'5;a\rb'), {400}),
    'a bare LF in a chunk extension': (in_chunks(b'5;a\nb'), {400}),
    'a chunk longer than its size': (in_chunks(b'4'), {400}),
    'a chunk that ends with a bare LF': (in_chunks(b'5', b'hello\n0\r\n\r\n'), {400}),
    'an endless chunk extension': (in_chunks(b'5;' + b'x' * 5000), {400}),
    'endless trailers': (in_chunks(b'0', b'X-Trailer: ' + b'y' * 5000 + b'\r\n\r\n'), {400, 431}),
    'a bad trailer': (in_chunks(b'0', b'bad trailer\r\n\r\n'), {400}),
}
HEADS = {
    'a folded field': (get('X-Folded: one\r\n two'), {400}),
    'a folded first field': (b'GET /secret.txt HTTP/1.1\r\n Host: localhost\r\n\r\n', {400}),
    'a space before the colon': (get('X-Space : one'), {400}),
    'a tab before the colon': (get('X-Space\t: one'), {400}),
    'a space before the colon of Host': (b'GET /secret.txt HTTP/1.1\r\nHost : localhost\r\n\r\n', {400}),
    'NUL in a value': (get('X-Nul: a\0b'), {400}),
    'NUL in a name': (get('X-N\0ul: ab'), {400}),
    'a bare CR in a value': (get('X-Cr: a\rb'), {400}),
    'a bare CR at the end of a line': (b'GET /secret.txt HTTP/1.1\rHost: localhost\r\n\r\n', {400}),
    'a control byte in a value': (get('X-Control: a\x01b'), {400}),
    'DEL in a value': (get('X-Control: a\x7fb'), {400}),
    'a line without a colon': (get('no colon here'), {400}),
    'an empty field name': (get(': empty'), {400}),
    'a field name in brackets': (get('X-(Name): one'), {400}),
    'a field name that is not ASCII': (get('X-N\xe4me: one'), {400}),
    'no target': (b'GET HTTP/1.1\r\nHost: localhost\r\n\r\n', {400}),
    'two blanks in the request line': (b'GET  /secret.txt HTTP/1.1\r\nHost: localhost\r\n\r\n', {400}),
    'a blank at the end of the request line': (b'GET /secret.txt HTTP/1.1 \r\nHost: localhost\r\n\r\n', {400}),
    'a tab in the request line': (b'GET\t/secret.txt HTTP/1.1\r\nHost: localhost\r\n\r\n', {400}),
    'a blank in the target': (b'GET /secret .txt HTTP/1.1\r\nHost: localhost\r\n\r\n', {400}),
    'NUL in the target': (b'GET /sec\0ret.txt HTTP/1.1\r\nHost: localhost\r\n\r\n', {400}),
    'a fragment in the target': (b'GET /secret.txt#x HTTP/1.1\r\nHost: localhost\r\n\r\n', {400}),
    'no version': (b'GET /secret.txt\r\nHost: localhost\r\n\r\n', {400}),
    'a version in small letters': (b'GET /secret.txt http/1.1\r\nHost: localhost\r\n\r\n', {400}),
    'a version of two digits': (b'GET /secret.txt HTTP/1.10\r\nHost: localhost\r\n\r\n', {400, 505}),
    'a method with a bad byte': (b'G@T /secret.txt HTTP/1.1\r\nHost: localhost\r\n\r\n', {400}),
    'a TLS greeting': (b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(300) + b'\r\n\r\n', {400}),
    'an HTTP/2 preface': (b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', {400, 501, 505}),
    'no Host': (b'GET /secret.txt HTTP/1.1\r\n\r\n', {400}),
    'two Hosts': (get(HOST), {400}),
    'a Host that is a list': (b'GET /secret.txt HTTP/1.1\r\nHost: localhost, localhost\r\n\r\n', {400}),
    'a Host with a path': (b'GET /secret.txt HTTP/1.1\r\nHost: localhost/x\r\n\r\n', {400}),
    'a Host with a user': (b'GET /secret.txt HTTP/1.1\r\nHost: me@localhost\r\n\r\n', {400}),
    'a Host with a bad port': (b'GET /secret.txt HTTP/1.1\r\nHost: localhost:80a\r\n\r\n', {400}),
    'a Host with an open bracket': (b'GET /secret.txt HTTP/1.1\r\nHost: [::1\r\n\r\n', {400}),
}


class Rejects(DaemonCase):
    """Every case is sent with a second request behind it, which must never be answered."""

    def setUp(self):
        super().setUp()
        self.put('secret.txt', SECRET)
        self.daemon = self.start()

    def judge(self, cases):
        for name, (message, statuses) in cases.items():
            with self.subTest(name), RawConnection(self.daemon.port) as connection:
                connection.send(message + AFTER)
                received, how = connection.read_until_close(settings.patience(5))
                self.assertEqual(how, 'fin', received)
                self.assertNotIn(SECRET, received, 'a request behind a framing error was served')
                head, found, body = received.partition(b'\r\n\r\n')
                self.assertTrue(found, f'no answer, but {received!r}')
                response = parse_head(head)
                self.assertIn(response.status, statuses)
                self.assertTrue(response.closing, 'an answer to a framing error says Connection: close')
                self.assertEqual(len(body), int(response.get('content-length', '-1')), 'exactly one answer')
        self.eventually(lambda: self.names() == ['secret.txt'], what='nothing stored')
        self.assertEqual(self.ask(self.daemon, 'GET', '/secret.txt').body, SECRET)

    def test_doubtful_lengths_are_refused(self):
        self.judge(LENGTHS)

    def test_doubtful_chunks_are_refused(self):
        self.judge(CHUNKS)

    def test_doubtful_heads_are_refused(self):
        self.judge(HEADS)

    def test_a_doubtful_head_is_refused_however_it_is_split(self):
        message, statuses = LENGTHS['both length headers']
        for cut in range(1, message.index(b'\r\n\r\n') + 4, 3):
            with RawConnection(self.daemon.port) as connection:
                connection.send(message[:cut])
                time.sleep(0.001)
                connection.send(message[cut:])
                self.assertIn(connection.read_response('POST').status, statuses)


class Accepted(DaemonCase):
    """The other side of strictness: what the RFC allows is served."""

    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')
        self.daemon = self.start()

    def test_lenient_forms_that_the_rfc_allows_are_served(self):
        cases = {
            'empty lines before the request line': b'\r\n\r\nGET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n',
            'no blank after the colon': b'GET /a.txt HTTP/1.1\r\nHost:localhost\r\n\r\n',
            'blanks around a value': b'GET /a.txt HTTP/1.1\r\nHost: \t localhost \t\r\n\r\n',
            'an empty value': b'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Empty:\r\n\r\n',
            'a value that is not ASCII': b'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Utf: \xc3\xa4\r\n\r\n',
            'a field name in capitals': b'GET /a.txt HTTP/1.1\r\nHOST: localhost\r\n\r\n',
            'absolute form': b'GET http://localhost/a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n',
            'HTTP/1.0 without Host': b'GET /a.txt HTTP/1.0\r\n\r\n',
            'a later minor version': b'GET /a.txt HTTP/1.2\r\nHost: localhost\r\n\r\n',
            'a query': b'GET /a.txt?x=1&y=%20 HTTP/1.1\r\nHost: localhost\r\n\r\n',
            'equal lengths twice on GET': b'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n',
        }
        for name, message in cases.items():
            with self.subTest(name), RawConnection(self.daemon.port) as connection:
                connection.send(message)
                response = connection.read_response()
                self.assertEqual((response.status, response.body), (200, b'alpha'))

    def test_a_request_is_understood_however_it_is_split(self):
        message = request('GET', '/a.txt', 'X-Filler: abc')
        connection = self.connect(self.daemon)
        for cut in range(1, len(message)):
            connection.send(message[:cut])
            time.sleep(0.0005)
            connection.send(message[cut:])
            self.assertEqual(connection.read_response().body, b'alpha', f'cut at {cut}')

    def test_a_request_byte_by_byte_is_understood(self):
        connection = self.connect(self.daemon)
        for byte in request('GET', '/a.txt'):
            connection.send(bytes([byte]))
        self.assertEqual(connection.read_response().body, b'alpha')

    def test_chunked_uploads_are_understood_at_every_split(self):
        body = chunked(b'hello', b' ', b'world of chunks')[:-2] + b'X-Trailer: yes\r\n\r\n'
        message = request('PUT', '/up.txt', 'Transfer-Encoding: chunked') + body
        connection = self.connect(self.daemon)
        for cut in range(1, len(message)):
            connection.send(message[:cut])
            time.sleep(0.0005)
            connection.send(message[cut:])
            self.assertIn(connection.read_response('PUT').status, (201, 204), f'cut at {cut}')
            self.assertEqual((self.root / 'up.txt').read_bytes(), b'hello world of chunks', f'cut at {cut}')

    def test_chunk_sizes_in_both_cases_with_zeros_and_extensions_are_understood(self):
        for size in (b'a', b'A', b'00a', b'a;name=value', b'a;name="quo ted"'):
            message = request('PUT', '/up.txt', 'Transfer-Encoding: chunked')
            response = self.send(message + size + b'\r\n0123456789\r\n0\r\n\r\n')
            self.assertIn(response.status, (201, 204), size)
            self.assertEqual((self.root / 'up.txt').read_bytes(), b'0123456789')

    def send(self, message):
        with RawConnection(self.daemon.port) as connection:
            connection.send(message)
            return connection.read_response('PUT')


class Limits(DaemonCase):
    """Each bound at its limit and one above."""

    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')
        self.daemon = self.start()

    def status(self, message):
        with RawConnection(self.daemon.port) as connection:
            connection.send(message)
            response = connection.read_response()
            if response.status != 200:
                self.assertTrue(response.closing)
                self.assertEqual(connection.read_until_close(settings.patience(5)), (b'', 'fin'))
            return response.status

    def line_of(self, length):
        fixed = len('GET /a.txt? HTTP/1.1')
        return b'GET /a.txt?' + b'q' * (length - fixed) + b' HTTP/1.1\r\nHost: localhost\r\n\r\n'

    def test_a_request_line_of_8_kib_is_served_and_a_longer_one_is_414(self):
        # Whether the limit counts the line's end is the implementation's; two bytes of doubt.
        self.assertEqual(self.status(self.line_of(8190)), 200)
        self.assertEqual(self.status(self.line_of(8193)), 414)
        self.assertEqual(self.status(self.line_of(100_000)), 414)

    def test_an_endless_request_line_is_414_before_it_ends(self):
        with RawConnection(self.daemon.port) as connection:
            connection.send(b'GET /' + b'a' * 9000)
            self.assertEqual(connection.read_response().status, 414)

    def head_of(self, length):
        start = b'GET /a.txt HTTP/1.1\r\nHost: localhost\r\n'
        fields = []
        left = length - len(start) - 2
        while left:
            size = min(left, 4000) if left > 4020 or left <= 4000 else left - 100
            fields.append(b'X: ' + b'v' * (size - 5) + b'\r\n')
            left -= size
        return start + b''.join(fields) + b'\r\n'

    def test_a_head_of_32_kib_is_served_and_a_longer_one_is_431(self):
        self.assertEqual(len(self.head_of(32768)), 32768)
        self.assertEqual(self.status(self.head_of(32764)), 200)     # four bytes of doubt: the empty line
        self.assertEqual(self.status(self.head_of(32773)), 431)
        self.assertEqual(self.status(self.head_of(200_000)), 431)

    def test_an_endless_head_is_431_before_it_ends(self):
        with RawConnection(self.daemon.port) as connection:
            connection.send(b'GET / HTTP/1.1\r\nHost: localhost\r\nX: ' + b'a' * 40_000)
            self.assertEqual(connection.read_response().status, 431)

    def test_a_hundred_fields_are_served_and_one_more_is_431(self):
        def with_fields(count):
            return request('GET', '/a.txt', *(f'X-{number}: v' for number in range(count - 1)))
        self.assertEqual(self.status(with_fields(100)), 200)
        self.assertEqual(self.status(with_fields(101)), 431)

    def test_chunk_lines_and_trailers_of_4_kib_are_the_limit(self):
        def upload(extension, trailer):
            return (request('PUT', '/up.bin', 'Transfer-Encoding: chunked') + b'1' +
                    (b';' + b'x' * extension if extension else b'') + b'\r\nz\r\n0\r\n' + (b'T: ' + b'y' * trailer + b'\r\n' if trailer else b'') + b'\r\n')
        for extension, trailer, statuses in ((4000, 0, (201, 204)), (4200, 0, (400,)),
                                             (0, 4000, (201, 204)), (0, 4200, (400, 431))):
            with self.subTest(extension=extension, trailer=trailer), RawConnection(self.daemon.port) as connection:
                connection.send(upload(extension, trailer))
                self.assertIn(connection.read_response('PUT').status, statuses)
