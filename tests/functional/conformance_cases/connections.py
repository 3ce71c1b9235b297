# SPDX-License-Identifier: MIT
"""Connections: kept or closed as said, in order, and an end that destroys nothing (RFC 9112 section 9)."""

import select
import time

from .fixture import ALPHA, BLOCK, SECRET, TOP
from .model import STORED, cases
from .peer import check

FLOOD = 4 << 20


def get(peer, name='a.txt', *fields, **how):
    return peer.request('GET', f'{TOP}/{name}', *fields, **how)


def is_kept(peer):
    with peer.wire() as wire:
        for _ in range(20):
            wire.send(get(peer))
            answer = wire.answer()
            check(answer is not None and answer.body == ALPHA, 'not kept:', answer)


def is_closed(*fields):
    def run(peer):
        with peer.wire() as wire:
            wire.send(get(peer, 'a.txt', *fields) + get(peer, 'secret.txt'))
            answer = wire.answer()
            check(answer.body == ALPHA, 'not served:', answer)
            check(not wire.end(), 'a request behind the last one was answered')
            check(answer.closing, 'the answer does not say that it is the last')
    return run


def in_order(count, piece=None):
    def run(peer):
        batch = b''.join(get(peer, f'{turn % 10}.txt') for turn in range(count))
        with peer.wire() as wire:
            for at in range(0, len(batch), piece or len(batch)):
                wire.send(batch[at:at + (piece or len(batch))])
            for turn in range(count):
                wanted = b'content of %d\n' % (turn % 10) * (turn % 10 + 1)
                answer = wire.answer()
                check(answer is not None and answer.body == wanted, f'answer {turn} is not in its place:', answer)
    return run


def answers_without_a_body(peer):
    """HEAD, 304 and 404 in one batch: each takes the place that it should."""
    unchanged = f'If-None-Match: {peer.strong_tag("a.txt")}'
    batch = [('HEAD', 'block.bin', ()), ('GET', 'a.txt', (unchanged,)), ('HEAD', 'none', ()),
             ('GET', 'block.bin', ()), ('HEAD', 'a.txt', (unchanged,)), ('GET', 'secret.txt', ())]
    with peer.wire() as wire:
        wire.send(*(peer.request(method, f'{TOP}/{name}', *fields) for method, name, fields in batch))
        got = [wire.answer(method) for method, _, _ in batch]
    check([answer and answer.status for answer in got] == [200, 304, 404, 200, 304, 200],
          'got', [answer and answer.status for answer in got])
    check(got[3].body == BLOCK and got[5].body == SECRET, 'out of step')


def writes_and_reads_in_order(peer):
    name = peer.name()
    with peer.wire() as wire:
        for turn in range(5):
            wire.send(peer.request('PUT', f'{TOP}/up/{name}', body=b'version %d' % turn) + get(peer, f'up/{name}'))
        for turn in range(5):
            check(wire.answer('PUT').status in STORED, 'a PUT failed')
            answer = wire.answer()
            check(answer.body == b'version %d' % turn, 'read before it was written:', answer.body)


def a_204_has_no_body(peer):
    name = peer.put(b'old')
    with peer.wire() as wire:
        wire.send(peer.request('PUT', f'{TOP}/up/{name}', body=b'new') + get(peer))
        check(wire.answer('PUT').status in (200, 204), 'not replaced')
        check(wire.answer().body == ALPHA, 'out of step')


def half_closed(name, wanted):
    def run(peer):
        with peer.wire() as wire:
            wire.send(get(peer, name))
            wire.half_close()
            answer = wire.answer()
            check(answer is not None and len(answer.body) == len(wanted), 'not whole:', answer)
            check(not wire.end(), 'more came')
    return run


def half_closed_within_a_head(peer):
    with peer.wire() as wire:
        wire.send(b'GET /conformance/secret.t')
        wire.half_close()
        check(SECRET not in wire.end(), 'half a request was served')


def ignored(*fields):
    def run(peer):
        with peer.wire() as wire:
            wire.send(get(peer, 'a.txt', *fields) + get(peer, 'secret.txt', 'Connection: close'))
            answer, behind = wire.answer(), wire.answer()
            check(answer is not None and answer.body == ALPHA, 'not served:', answer)
            check(behind is None or behind.body == SECRET, 'out of step:', behind)
    return run


def reads_its_answer(head, method, count=FLOOD):
    """The client sends on; the answer must reach it whole, and the end must not be a reset (RFC 9112 section 9.6)."""
    def run(peer):
        with peer.wire() as wire:
            wire.send(head.replace(b'@NAME@', peer.name().encode()).replace(b'@HOST@', peer.host.encode()))
            sent = 0
            while sent < count and not select.select([wire.socket], [], [], 0)[0]:
                wire.send(bytes(65536))
                sent += 65536
            for _ in range(8):                    # it has not seen the answer yet
                wire.send(bytes(65536))
            if wire.quiet_for(0.5):
                return                            # it takes the whole body
            answer = wire.answer(method)
            check(answer is not None, 'the answer was lost')
            if answer.status < 400:
                return                            # the server took it all
            wire.half_close_if_open()
            rest, how = wire.read_until_close()
            check(how == 'fin', f'the connection ended by {how}')
            check(not rest, 'more than one answer came')
    return run


def late_request(method, body=b''):
    """What is sent after the server's end is not executed."""
    def run(peer):
        name = peer.name()
        with peer.wire() as wire:
            wire.send(get(peer, 'a.txt', 'Connection: close'))
            check(wire.answer().body == ALPHA and not wire.end(), 'not closed')
            wire.send(peer.request(method, f'{TOP}/up/{name}', body=body))
            time.sleep(0.2)
            wire.read_until_close()
        check(peer.stored(name) is None, 'a request was executed after the end')
    return run


def late_request_meets_no_reset(peer):
    """The server's side is over, ours is not: a request that crosses its end meets silence, not a reset."""
    with peer.wire() as wire:
        wire.send(get(peer, 'a.txt', 'Connection: close'))
        check(wire.answer().body == ALPHA, 'not served')
        check(not wire.end(), 'more came')
        wire.send(get(peer, 'secret.txt'))
        time.sleep(0.1)
        rest, how = wire.read_until_close()
        check((rest, how) == (b'', 'fin'), 'the late request met', rest, how)


def big(method, target, *fields):
    lines = [f'{method} {target} HTTP/1.1', 'Host: @HOST@', *fields, f'Content-Length: {64 << 20}']
    return ('\r\n'.join(lines) + '\r\n\r\n').encode()


KEPT = {
    'kept by default': ('9112 9.3', is_kept),
    'closed when asked': ('9112 9.6', is_closed('Connection: close')),
    'closed in capitals': ('9110 7.6.1', is_closed('Connection: CLOSE')),
    'closed in a list': ('9110 7.6.1', is_closed('Connection: x, close')),
    'closed in a second line': ('9110 7.6.1', is_closed('Connection: x', 'Connection: close')),
    'closed goes before kept': ('9112 9.3', is_closed('Connection: keep-alive, close')),
    'another option means nothing': ('9110 7.6.1', ignored('Connection: x-unknown')),
    'keep-alive means nothing in HTTP/1.1': ('9112 9.3', ignored('Connection: keep-alive')),
    'an option that is longer than close': ('9110 7.6.1', ignored('Connection: closed')),
    'an unknown protocol to upgrade to': ('9110 7.8', ignored('Connection: Upgrade', 'Upgrade: x-unknown/9')),
    'TE': ('9110 10.1.4', ignored('Connection: TE', 'TE: trailers, gzip;q=0.5')),
}
ORDER = {
    'ten at once': in_order(10), 'a hundred at once': in_order(100), 'in pieces of a byte': in_order(3, 1),
    'in pieces of 61 bytes': in_order(20, 61), 'answers without a body': ('9112 6.3', answers_without_a_body),
}
WRITES = {'writes and reads': writes_and_reads_in_order, 'a 204 has no body': ('9112 6.3', a_204_has_no_body)}
HALVES = {
    'a small file': half_closed('a.txt', ALPHA), 'a big file': half_closed('big.bin', bytes(3 << 20)),
    'a half head': half_closed_within_a_head,
}
LINGERING = {
    'a body that is not taken': reads_its_answer(big('BREW', f'{TOP}/a.txt'), 'BREW'),
    'a body of a folder': reads_its_answer(big('PUT', f'{TOP}/dir/'), 'PUT'),
    'a body whose condition fails': reads_its_answer(big('PUT', f'{TOP}/up/kept.txt', 'If-None-Match: *'), 'PUT'),
    'a body below a file': reads_its_answer(big('PUT', f'{TOP}/a.txt/x'), 'PUT'),
    'a body in part': reads_its_answer(big('PUT', f'{TOP}/up/@NAME@', 'Content-Range: bytes 0-1/2'), 'PUT'),
    'noise': reads_its_answer(b'NONSENSE\r\n\r\n', 'GET'),
    'a bad head': reads_its_answer(big('PUT', f'{TOP}/up/@NAME@', 'Bad Name: x'), 'PUT'),
    'a request after the end meets no reset': late_request_meets_no_reset,
}
LATE = {'PUT': late_request('PUT', b'late'), 'POST': late_request('POST', b'late')}

CASES = (cases('connections', '9112 9.3', KEPT) + cases('pipelining', '9112 9.3.2', ORDER) +
         cases('pipelining', '9112 9.3.2', WRITES, needs=['puts']) + cases('half-closed', '9112 9.6', HALVES) +
         cases('lingering', '9112 9.6', LINGERING) + cases('after the end', '9112 9.6', LATE, needs=['puts']))
