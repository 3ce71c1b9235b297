# SPDX-License-Identifier: MIT
"""Which methods there are, in every mode of the daemon, and what a HEAD may not have (RFC 9110 section 9)."""

from support.case import DaemonCase
from support.raw import request

READING = 'GET, HEAD, OPTIONS'
MODES = {('--read-only',): READING, (): f'{READING}, POST, PUT', ('--allow-delete',): f'{READING}, POST, PUT, DELETE'}
TARGETS = ('/file.txt', '/folder/', '/folder', '/missing', '/', '/.hidden')


class Methods(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('file.txt', 'content', age=60)
        self.put('folder/inner.txt', 'inner', age=60)
        self.before = self.names()

    def test_a_known_method_that_is_not_offered_is_405_and_allow_says_what_is(self):       # 15.5.6, 10.2.1
        for options, allowed in MODES.items():
            daemon = self.start(*options)
            connection = self.connect(daemon)
            for method in ('PATCH', 'TRACE', 'PUT', 'POST', 'DELETE'):
                if method in allowed:
                    continue
                for target in TARGETS:
                    with self.subTest(f'{options} {method} {target}'):
                        answer = connection.ask(method, target, body=b'' if method == 'TRACE' else b'unwanted')
                        self.assertEqual((answer.status, answer.get('allow')), (405, allowed))
            # Every body was left out, or the connection would be out of step.
            self.assertEqual(connection.ask('GET', '/file.txt').body, b'content')
        self.assertEqual(self.names(), self.before)

    def test_connect_is_405_too(self):                                         # 9.3.6
        for options, allowed in MODES.items():
            connection = self.connect(self.start(*options))
            connection.send('CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n')
            answer = connection.read_response('CONNECT')
            self.assertEqual((answer.status, answer.get('allow')), (405, allowed))

    def test_options_says_the_same_of_every_target_and_of_the_server(self):      # 9.3.7
        for options, allowed in MODES.items():
            connection = self.connect(self.start(*options))
            for target in (*TARGETS, '*', 'http://localhost', 'http://localhost/file.txt'):
                for body in (b'', b'a body'):
                    with self.subTest(f'{options} {target}'):
                        answer = connection.ask('OPTIONS', target, body=body)
                        self.assertEqual((answer.status, answer.get('allow')), (204, allowed))

    def test_trace_tells_nobody_what_was_sent(self):                             # 9.3.8
        answer = self.ask(self.start(), 'TRACE', '/file.txt', 'Cookie: s3cret')
        self.assertEqual(answer.status, 405)
        self.assertNotIn(b's3cret', answer.body)

    def test_an_unknown_method_is_501_and_nothing_after_it_is_served(self):        # 9.1
        daemon = self.start()
        for method in ('BREW', 'get', 'Get', 'GETT', 'M-SEARCH', 'PROPFIND', 'QUERY', 'UNKNOWN', '!#$%&'):
            for target in ('/file.txt', '*', '/missing'):
                connection = self.connect(daemon)
                connection.send(f'{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n',
                                request('PUT', '/new', body=b'x'))
                self.assertEqual(connection.read_response().status, 501, method)
                self.assertEqual(connection.read_until_close()[0], b'', method)
        self.assertEqual(self.names(), self.before)

    def test_no_answer_to_head_has_a_body(self):                                # 9.3.2
        daemon = self.start()
        long = 'a' * 9000
        for status, text in ((400, 'HEAD / HTTP/1.1\r\nHost: localhost\r\nA B: c\r\n\r\n'),
                             (400, 'HEAD /a b HTTP/1.1\r\nHost: localhost\r\n\r\n'),
                             (400, 'HEAD / HTTP/1.1\r\n\r\n'), (400, 'HEAD /% HTTP/1.1\r\nHost: localhost\r\n\r\n'),
                             (400, 'HEAD / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n'),
                             (404, 'HEAD /missing HTTP/1.0\r\n\r\n'),
                             (421, 'HEAD / HTTP/1.0\r\nHost: evil.example\r\n\r\n'),
                             (414, f'HEAD /{long} HTTP/1.1\r\n'), (431, f'HEAD / HTTP/1.1\r\nA: {long * 4}\r\n'),
                             (505, 'HEAD / HTTP/2.0\r\nHost: localhost\r\n\r\n'),
                             (417, 'HEAD / HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n')):
            with self.subTest(text[:60]):
                connection = self.connect(daemon)
                connection.send(text)
                connection.half_close()
                answer, _ = connection.read_until_close()
                self.assertTrue(answer.startswith(f'HTTP/1.1 {status} '.encode()), answer)
                self.assertEqual(answer.index(b'\r\n\r\n'), len(answer) - 4, answer)
