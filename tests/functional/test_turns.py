# SPDX-License-Identifier: MIT
"""What one turn of a reactor does for all who are ready in it: it receives from them first, looks once for what has
changed, and answers them. Each test holds the daemon in a receive while it makes more of them ready."""

import time

from support import control, settings
from support.held import HELD, HeldCase
from support.raw import RawConnection, request

REST = 0.03          # seconds; a younger entry is not kept
ASKED = 40           # enough for a file that may be trusted
TOGETHER = 12        # fewer than a reactor receives from before it looks
TRIES = 5            # a busy machine may tell of some later than of others


class Turns(HeldCase):
    def setUp(self):
        if str(settings.INLINE_BATCH) not in ('None', '64'):
            self.skipTest('only the default answers in the reactor')
        super().setUp()

    def trust(self, connection, body):
        path = self.put('a/file', body)
        time.sleep(REST)
        for _ in range(ASKED):
            self.assertEqual(connection.ask('GET', '/a/file').body, body)
        return path

    def expect_trust(self):
        """At the end only: what asks is received from as well, by another thread."""
        if control.status(self.home / 'control')['cache']['trusted'] == 0:
            self.skipTest('no file is trusted on this system')

    def test_all_who_are_ready_in_a_turn_are_answered_after_one_look(self):
        seams, daemon = self.start_with_seams()
        first, *others = (self.connect(daemon) for _ in range(1 + TOGETHER))
        self.trust(first, b'body')
        message = request('GET', '/a/file')
        looks = []
        for _ in range(TRIES):
            self.hold(seams, 1, (first, message))
            for connection in others:
                connection.send(message)
            before = seams.counts()['epoll_wait']
            seams.disarm('recv')
            for connection in (first, *others):
                self.assertEqual(connection.read_response().body, b'body')
            looks.append(seams.counts()['epoll_wait'] - before)
        self.expect_trust()
        self.assertLessEqual(min(looks), 2, looks)         # one for the first, one for all others

    def test_what_one_of_them_wrote_between_the_halves_of_the_others_requests_is_seen(self):
        seams, daemon = self.start_with_seams()
        first, *others = (self.connect(daemon) for _ in range(1 + TOGETHER))
        message = request('GET', '/a/file')
        for number in range(settings.counted(4, 400)):
            path = self.trust(first, b'old %06d' % number)
            body = b'new %06d' % number
            for connection in others[::2]:
                connection.send(message[:20])
            self.hold(seams, 1, (first, message))
            for connection in others[1::4]:
                connection.send(message[:20])
            with open(path, 'r+b') as file:
                file.write(body)
            for connection in others[::2] + others[1::4]:
                connection.send(message[20:])
            for connection in others[3::4]:
                connection.send(message * 2)
            seams.disarm('recv')
            self.assertEqual(first.read_response().status, 200)
            for connection in others + others[3::4]:
                self.assertEqual(connection.read_response().body, body)
        self.expect_trust()

    def test_what_changes_before_the_rest_is_received_of_what_had_no_room_is_seen(self):
        """The buffer is full before all of `last` has been received; the rest comes after a look that others made."""
        socket = self.home / 'socket'
        seams, daemon = self.start_with_seams('--listen', '127.0.0.1:0', '--listen', f'unix:{socket}')
        first, other = (self.connect(daemon) for _ in range(2))
        last = RawConnection(path=socket)                  # what is sent is there, and as much as has no room
        self.connections.append(last)
        message = request('GET', '/a/file', 'X-Long: ' + 'x' * 4000)
        for number in range(settings.counted(2, 100)):
            path = self.trust(first, b'old %06d' % number)
            self.hold(seams, 1, (first, message))
            other.send(message)
            last.send(message * 17 + message[:20])
            seams.arm('recv', 'held', 3, times=HELD)       # the first goes on; then the other, `last`, and `last` again
            self.eventually(lambda: seams.fired('recv'), what='a second receive')
            with open(path, 'r+b') as file:
                file.write(b'new')
            last.send(message[20:])
            seams.disarm('recv')
            for connection in [first, other, *[last] * 17]:
                self.assertEqual(connection.read_response().status, 200)
            self.assertEqual(last.read_response().body, b'new %06d' % number)
        self.expect_trust()

    def test_what_was_received_and_is_beyond_the_turns_batch_is_answered_in_the_next(self):
        seams, daemon = self.start_with_seams('--inline-batch', '2')
        first, greedy, other, last = (self.connect(daemon) for _ in range(4))
        body = b'x' * 10240
        self.trust(first, body)
        message = request('GET', '/a/file')
        for _ in range(settings.counted(3, 100)):
            self.hold(seams, 1, (first, message))
            greedy.send(message * 40)                      # their answers leave in several sends
            other.send(message)
            last.send(message)
            seams.disarm('recv')
            for connection in (first, other, last, *[greedy] * 40):
                self.assertEqual(connection.read_response().body, body)
