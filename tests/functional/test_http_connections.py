# SPDX-License-Identifier: MIT
"""Persistence, pipelining, half-closed clients, and how a connection ends."""

import os
import pathlib
import re
import socket
import struct
import time

from support import settings
from support.case import DaemonCase
from support.punctual import Punctual, once_in_time
from support.raw import RawConnection, request


class Persistence(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha\n')
        self.daemon = self.start()

    def ends(self, connection):
        return connection.read_until_close(settings.patience(3))

    def test_a_connection_is_kept_by_default(self):
        connection = self.connect(self.daemon)
        for _ in range(20):
            answer = connection.ask('GET', '/a.txt')
            self.assertFalse(answer.closing)
            self.assertRegex(answer.get('keep-alive'), r'\Atimeout=\d+\Z')
        self.assertTrue(connection.quiet_for(0.05))

    def test_close_is_honoured(self):
        for fields in (('Connection: close',), ('Connection: CLOSE',), ('Connection: x, close',),
                       ('Connection: x', 'Connection: close')):
            connection = self.connect(self.daemon)
            answer = connection.ask('GET', '/a.txt', *fields)
            self.assertTrue(answer.closing, fields)
            self.assertIsNone(answer.get('keep-alive'))
            self.assertEqual(self.ends(connection), (b'', 'fin'))

    def segments_of_a_last_answer(self, *fields):
        connection = self.connect(self.daemon)
        self.assertTrue(connection.ask('GET', '/a.txt', *fields).closing)
        self.assertEqual(self.ends(connection), (b'', 'fin'))
        info = connection.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 144)
        return struct.unpack_from('=I', info, 140)[0]      # tcpi_segs_in

    def test_the_end_of_a_connection_comes_with_its_last_answer(self):
        # SYN-ACK, an ACK of the request, the answer; a slow machine may add ACKs to one or the other.
        self.assertLessEqual(min(self.segments_of_a_last_answer('Connection: close') for _ in range(10)), 3)
        body = ('Connection: close', 'Content-Length: 5')
        self.assertLessEqual(min(self.segments_of_a_last_answer(*body) for _ in range(10)), 3, 'a polite end')

    def test_http_1_0_closes_unless_asked_to_keep(self):
        connection = self.connect(self.daemon)
        self.assertEqual(connection.ask('GET', '/a.txt', version='1.0').body, b'alpha\n')
        self.assertEqual(self.ends(connection), (b'', 'fin'))
        kept = self.connect(self.daemon)
        for _ in range(3):
            answer = kept.ask('GET', '/a.txt', 'Connection: keep-alive', version='1.0')
            self.assertEqual(answer.get('connection', '').lower(), 'keep-alive')
            self.assertIsNone(answer.get('transfer-encoding'))

    def test_http_1_0_never_gets_chunks(self):
        self.put('folder/x.txt')
        with RawConnection(self.daemon.port) as connection:
            answer = connection.ask('GET', '/folder/', version='1.0')
            self.assertEqual(answer.status, 200)
            self.assertIsNone(answer.get('transfer-encoding'))
            self.assertIn(b'x.txt', answer.body)

    def test_errors_that_leave_the_framing_intact_keep_the_connection(self):
        connection = self.connect(self.daemon)
        for method, target, status in (('GET', '/missing', 404), ('DELETE', '/a.txt', 405),
                                       ('GET', '/a.txt', 200)):
            self.assertEqual(connection.ask(method, target).status, status)

    def test_a_client_that_half_closes_still_gets_its_answer(self):
        big = os.urandom(4 << 20)
        self.put('big.bin', big)
        for name, body in (('a.txt', b'alpha\n'), ('big.bin', big)):
            connection = self.connect(self.daemon)
            connection.send(request('GET', f'/{name}'))
            connection.half_close()
            self.assertEqual(connection.read_response().body, body)
            self.assertEqual(self.ends(connection), (b'', 'fin'))

    def test_a_client_that_half_closes_after_its_upload_gets_its_answer(self):
        connection = self.connect(self.daemon)
        connection.send(request('PUT', '/up.bin', body=bytes(300_000)))
        connection.half_close()
        self.assertEqual(connection.read_response('PUT').status, 201)

    def test_a_client_that_half_closes_after_a_batch_gets_all_answers(self):
        connection = self.connect(self.daemon)
        connection.send(request('GET', '/a.txt') * 30)
        connection.half_close()
        for _ in range(30):
            self.assertEqual(connection.read_response().body, b'alpha\n')
        self.assertEqual(self.ends(connection), (b'', 'fin'))

    def test_a_half_closed_partial_head_is_just_closed(self):
        connection = self.connect(self.daemon)
        connection.send('GET /a.t')
        connection.half_close()
        received, how = self.ends(connection)
        self.assertEqual(how, 'fin')
        self.assertTrue(received == b'' or received.startswith(b'HTTP/1.1 40'), received)

    def test_resets_at_any_point_leave_no_descriptor(self):
        self.put('big.bin', bytes(8 << 20))
        before = self.daemon.sockets()
        message = request('PUT', '/up.bin', body=bytes(5000))
        for cut in list(range(0, len(message), 211)) + [len(message)]:
            connection = RawConnection(self.daemon.port)
            connection.send(message[:cut])
            connection.reset()
        for _ in range(10):
            connection = RawConnection(self.daemon.port)
            connection.send(request('GET', '/big.bin'))
            connection.reset()
        self.eventually(lambda: self.daemon.sockets() == before, what='every connection gone')
        self.assertEqual(self.ask(self.daemon, 'GET', '/a.txt').status, 200)


class Pipelining(DaemonCase):
    def setUp(self):
        super().setUp()
        self.count = 100
        for number in range(self.count):
            self.put(f'{number}.txt', f'content of {number}\n' * (number + 1))
        self.daemon = self.start()

    def test_a_batch_of_100_is_answered_in_order(self):
        connection = self.connect(self.daemon)
        for _ in range(5):
            connection.send(b''.join(request('GET', f'/{number}.txt') for number in range(self.count)))
            for number in range(self.count):
                self.assertEqual(connection.read_response().text, f'content of {number}\n' * (number + 1))
        self.assertEqual(connection.buffer, b'')

    def test_a_batch_that_comes_in_any_pieces_is_answered_in_order(self):
        batch = b''.join(request('GET', f'/{number}.txt') for number in range(self.count))
        for size in (1, 7, 61, 500, 4096):
            connection = self.connect(self.daemon)
            stream = batch[:900] if size == 1 else batch
            whole = stream.count(b'\r\n\r\n')
            for start in range(0, len(stream), size):
                connection.send(stream[start:start + size])
            for number in range(whole):
                self.assertTrue(connection.read_response().text.startswith(f'content of {number}\n'))

    def test_reads_and_writes_in_one_batch_keep_their_order(self):
        connection = self.connect(self.daemon)
        batch, wanted = b'', []
        for turn in range(20):
            body = f'version {turn}'.encode()
            batch += request('PUT', '/turn.txt', body=body) + request('GET', '/turn.txt') + request('GET', '/missing')
            wanted += [(201 if turn == 0 else 204, None), (200, body), (404, None)]
        connection.send(batch)
        for status, body in wanted:
            answer = connection.read_response()
            self.assertEqual(answer.status, status)
            if body is not None:
                self.assertEqual(answer.body, body)

    def test_a_batch_of_uploads_with_chunks_keeps_its_framing(self):
        connection = self.connect(self.daemon)
        one = request('POST', '/c.txt', 'Transfer-Encoding: chunked') + b'3\r\nabc\r\n0\r\n\r\n'
        connection.send((one + request('GET', '/c.txt')) * 10)
        for _ in range(10):
            self.assertEqual(connection.read_response('POST').status, 200)
            self.assertEqual(connection.read_response().body, b'abc')

    def test_the_answers_of_one_batch_leave_in_one_send(self):
        connection = self.connect(self.daemon)
        batch = b''.join(request('GET', f'/{number}.txt') for number in range(16))
        best = 99
        time.sleep(0.1)                   # what was just written is not kept in the cache yet
        for _ in range(10):
            before = connection.segments_received()
            connection.send(batch)
            for number in range(16):
                self.assertEqual(connection.read_response().text, f'content of {number}\n' * (number + 1))
            best = min(best, connection.segments_received() - before)
        self.assertEqual(best, 1, 'on loopback a send of less than 64 KiB is one segment')

    def test_a_batch_answered_to_a_client_that_reads_late_is_whole(self):
        self.put('big.bin', os.urandom(200_000))
        wanted = (self.root / 'big.bin').read_bytes()
        connection = self.connect(self.daemon, receive_buffer=8192)
        connection.send(request('GET', '/big.bin') * 60)
        time.sleep(0.3)
        for _ in range(60):
            self.assertEqual(connection.read_response().body, wanted)

    def test_nothing_after_connection_close_is_answered(self):
        connection = self.connect(self.daemon)
        connection.send(request('GET', '/1.txt') + request('GET', '/2.txt', 'Connection: close') +
                        request('GET', '/3.txt'))
        self.assertEqual(connection.read_response().status, 200)
        self.assertTrue(connection.read_response().closing)
        self.assertEqual(connection.read_until_close(settings.patience(3)), (b'', 'fin'))

    def test_head_in_a_batch_has_no_body(self):
        connection = self.connect(self.daemon)
        connection.send(request('HEAD', '/9.txt') + request('GET', '/1.txt'))
        self.assertEqual(connection.read_response('HEAD').body, b'')
        self.assertEqual(connection.read_response().text, 'content of 1\n' * 2)


class MoreThanABatch(DaemonCase):
    """Requests that are ready at once and more than a turn's batch."""

    def switches(self, daemon):
        """How often the workers have gone to sleep, in all: each that is woken does so once more."""
        self.eventually(lambda: all('\nState:\tS' in status for status in self.states(daemon)), 10, 'workers at rest')
        return sum(int(re.search(r'^voluntary_ctxt_switches:\s+(\d+)', status, re.M)[1]) for status in self.states(daemon))

    def states(self, daemon):
        return [pathlib.Path(f'/proc/{daemon.pid}/task/{tid}/status').read_text() for tid in daemon.workers()]

    def ask_all(self, connections):
        for connection in connections:
            connection.send(request('GET', '/a.txt'))
        for connection in connections:
            self.assertEqual(connection.read_response().body, b'alpha\n')

    def test_what_one_turn_leaves_the_next_one_answers_and_no_worker_is_woken(self):
        self.put('a.txt', 'alpha\n')
        daemon = self.start('--inline-batch', '1', '--workers', '2:2')
        connections = [self.connect(daemon) for _ in range(60)]
        self.ask_all(connections)
        # With a hand-over for each they were more than a hundred in any of these; a few are of other business. More are of
        # a machine that lets the reactor wait so long that the workers are asked to help.
        least = 100
        for _ in range(8):
            before = self.switches(daemon)
            for _ in range(60):
                self.ask_all(connections)
            least = min(least, self.switches(daemon) - before)
            if least < 20:
                break
        self.assertLess(least, 20)


class LingeringClose(Punctual, DaemonCase):
    """An early error must reach a client that is still sending: no RST may destroy it."""

    def test_a_client_that_sends_on_reads_its_413_and_meets_a_fin(self):
        daemon = self.start('--max-upload', '1000')
        for _ in range(5):
            connection = self.connect(daemon)
            connection.send(request('PUT', '/big.bin', f'Content-Length: {8 << 20}'))
            for _ in range(128):
                connection.send(bytes(65536))       # an RST would raise here
            self.assertEqual(connection.read_response('PUT').status, 413)
            connection.half_close()
            self.assertEqual(connection.read_until_close(settings.patience(8)), (b'', 'fin'))

    def test_a_client_that_sends_garbage_on_reads_its_400(self):
        daemon = self.start()
        connection = self.connect(daemon)
        connection.send('NONSENSE\r\n\r\n')
        for _ in range(64):
            connection.send(bytes(65536))
        self.assertEqual(connection.read_response().status, 400)
        connection.half_close()
        self.assertEqual(connection.read_until_close(settings.patience(8))[1], 'fin')

    @once_in_time
    def test_the_answer_comes_before_the_client_has_finished(self):
        daemon = self.start('--max-upload', '1000')
        connection = self.connect(daemon)
        connection.send(request('PUT', '/big.bin', f'Content-Length: {1 << 30}'), bytes(65536))
        began = time.monotonic()
        self.assertEqual(connection.read_response('PUT').status, 413)
        took = time.monotonic() - began
        self.assertEqual(connection.read_until_close(settings.patience(2)), (b'', 'fin'))
        self.in_time(took, 0.75)

    def test_a_silent_client_does_not_hold_a_lingering_close_for_long(self):
        daemon = self.start('--max-upload', '1000')
        before = daemon.sockets()
        connection = self.connect(daemon)
        connection.send(request('PUT', '/big.bin', f'Content-Length: {1 << 30}'), bytes(1000))
        self.assertEqual(connection.read_response('PUT').status, 413)
        self.eventually(lambda: daemon.sockets() == before, 6, 'the end of the lingering close')
