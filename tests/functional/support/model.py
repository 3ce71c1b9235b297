# SPDX-License-Identifier: MIT
"""Close times of idle connections: a model, and a client that watches real ones."""

import selectors
import socket
import time


def close_times(events, timeout_max, timeout_min):
    """[(when, who)] of the connections that the server closes.

    `events` are (when, kind, who) with kind 'open', 'touch' or 'close'. T(n) is one number for all;
    whoever was silent longest is judged first, and each close lowers n for the next.
    """
    active, closed, now = {}, [], float('-inf')
    for when, kind, who in [*sorted(events), (float('inf'), None, None)]:
        while active:
            oldest = min(active, key=active.get)
            due = max(now, active[oldest] + max(timeout_min, timeout_max - len(active)))
            if due >= when:
                break
            now = due
            closed.append((now, oldest))
            del active[oldest]
        now = when
        if kind == 'open' or (kind == 'touch' and who in active):
            active[who] = when
        elif kind == 'close':
            active.pop(who, None)
    return closed


class Watcher:
    """Opens, touches and closes connections at given times, and notes when the server closes them.

    Every action is stamped before and after: the server saw it at some moment between the two. From the
    early stamps follows when a close would be too early, from the late ones when it is too late.
    """

    def __init__(self, port, host='localhost'):
        self.address = ('127.0.0.1', port)
        self.touch = f'HEAD / HTTP/1.1\r\nHost: {host}\r\n\r\n'.encode()
        self.early, self.late, self.closed = [], [], []
        self.behind = 0.0        # seconds: how late an action was at most
        self.open = {}
        self._selector = selectors.DefaultSelector()

    def run(self, script, until):
        """`script` is [(seconds from now, kind, who)]; returns when all are closed or at `until` seconds."""
        begin = time.monotonic()
        script = sorted(script, key=lambda action: action[0])
        while script or self.open:
            now = time.monotonic() - begin
            if now > until:
                break
            if script and script[0][0] <= now:
                due, kind, who = script.pop(0)
                self.behind = max(self.behind, now - due)
                self._act(kind, who)
                continue
            self._watch(min(until - now, script[0][0] - now if script else 1.0))
        for connection in self.open.values():
            connection.close()
        self._selector.close()
        return self

    def _act(self, kind, who):
        before = time.monotonic()
        if kind == 'open':
            connection = socket.create_connection(self.address, 5)
            self.open[who] = connection
            self._selector.register(connection, selectors.EVENT_READ, who)
        elif who not in self.open:
            return
        elif kind == 'touch':
            self._touch(self.open[who])
        else:
            self._selector.unregister(self.open[who])
            self.open.pop(who).close()
        self.early.append((before, kind, who))
        self.late.append((time.monotonic(), kind, who))

    def _touch(self, connection):
        connection.sendall(self.touch)
        answer = b''
        while b'\r\n\r\n' not in answer:
            piece = connection.recv(65536)
            if not piece:
                return             # it was just closed: the watch will see the same
            answer += piece

    def _watch(self, seconds):
        for key, _ in self._selector.select(max(0.0, seconds)):
            now = time.monotonic()
            if key.fileobj.recv(1):
                raise AssertionError(f'connection {key.data} got bytes it never asked for')
            self._selector.unregister(key.fileobj)
            self.open.pop(key.data).close()
            self.closed.append((now, key.data))

    def judge(self, timeout_max, timeout_min, tolerance):
        """Sentences about every close that came too early or too late, or did not come."""
        earliest = close_times(self.early, timeout_max, timeout_min)
        # A close of ours returns before the server has seen it. Until then n is greater, and T less.
        unseen = close_times([(when + (tolerance if kind == 'close' else 0), kind, who) for when, kind, who in self.early],
                             timeout_max, timeout_min)
        latest = close_times(self.late, timeout_max, timeout_min)
        wrong = []
        if len(self.closed) != len(latest):
            wrong.append(f'{len(self.closed)} of {len(latest)} connections were closed')
        base = self.early[0][0]
        # Equals may leave in any order: compare the series of times, not who.
        for place, ((seen, _), (low, _), (lower, _), (high, _)) in enumerate(zip(self.closed, earliest, unseen, latest)):
            # The server's clock is read once a turn; a few ms of its own turn are no earliness.
            if seen < min(low, lower) - 0.005:
                wrong.append(f'close {place + 1} at {seen - base:.3f} s came {low - seen:.3f} s early')
            elif seen > high + tolerance:
                wrong.append(f'close {place + 1} at {seen - base:.3f} s came {seen - high:.3f} s late')
        return wrong

    def series(self):
        return [round(when - self.early[0][0], 3) for when, _ in self.closed]
