# SPDX-License-Identifier: MIT
"""Uploads: created, replaced or refused with the right status, never half or elsewhere (RFC 9110 section 9.3.4)."""

import gzip

from .fixture import ALPHA, LONG_NAME, TOP
from .model import STORED, cases
from .peer import check

REFUSED = (400, 403, 404, 405, 409, 411, 412, 413, 414, 415, 422, 501)


def created(peer):
    name = peer.name()
    answer = peer.ask('PUT', f'{TOP}/up/{name}', body=b'new')
    check(answer.status == 201, 'a new file must be 201, not', answer.status)
    check(peer.get(f'up/{name}').body == b'new', 'another content came back')


def replaced(peer):
    name = peer.put(b'old')
    answer = peer.ask('PUT', f'{TOP}/up/{name}', body=b'newer')
    check(answer.status in (200, 204), 'a replaced file must be 200 or 204, not', answer.status)
    check(peer.get(f'up/{name}').body == b'newer', 'the old content came back')


def sized(size):
    def run(peer):
        body = bytes(range(256)) * (size // 256) + b'x' * (size % 256)
        name = peer.put(body)
        check(peer.stored(name) == body, 'other bytes were stored')
        check(peer.get(f'up/{name}').body == body, 'other bytes came back')
    return run


def posted(peer):
    name = peer.name()
    for body, statuses in ((b'one', (200, 201, 204)), (b'second', (200, 204))):
        answer = peer.ask('POST', f'{TOP}/up/{name}', body=body)
        check(answer.status in statuses and peer.stored(name) == body, 'got', answer.status, peer.stored(name))


def without_length(peer):
    """Neither length: asked for one, refused, or an empty body; the connection stays in step."""
    name = peer.name()
    with peer.wire() as wire:
        wire.send(f'PUT {TOP}/up/{name} HTTP/1.1\r\nHost: {peer.host}\r\n\r\n', peer.request('GET', f'{TOP}/a.txt'))
        answer = wire.answer('PUT')
        check(answer.status in (400, 411, *STORED), 'got', answer.status)
        check(peer.stored(name) in (None, b''), 'stored', peer.stored(name))
        behind = wire.answer()
        check(behind is None or behind.body == ALPHA, 'out of step')


def part_of_a_file(peer):
    """Content-Range: a partial update, or refused. Never the part instead of the whole (RFC 9110 section 14.5)."""
    name = peer.put(b'0123456789')
    answer = peer.ask('PUT', f'{TOP}/up/{name}', 'Content-Range: bytes 2-4/10', body=b'abc')
    wanted = b'01abc56789' if answer.status in STORED else b'0123456789'
    check(peer.stored(name) == wanted, f'after {answer.status} the file is', peer.stored(name))


def encoded(peer):
    """What comes back is what was meant: refused, or stored with its coding (RFC 9110 section 8.4)."""
    name, body = peer.name(), gzip.compress(b'text')
    answer = peer.ask('PUT', f'{TOP}/up/{name}', 'Content-Encoding: gzip', body=body)
    if answer.status in STORED:
        back = peer.get(f'up/{name}', 'Accept-Encoding: gzip')
        meant = gzip.decompress(back.body) if back.get('content-encoding') == 'gzip' else back.body
        check(meant == b'text', 'the coding was lost')
    else:
        check(answer.status in (400, 415) and peer.stored(name) is None, 'got', answer.status)


def is_refused(target, *statuses, method='PUT', body=b'x', unchanged='a.txt'):
    def run(peer):
        answer = peer.ask(method, target, body=body)
        check(answer.status in (statuses or REFUSED), f'expected {statuses or REFUSED}, got', answer.status)
        check((peer.root / TOP.strip('/') / unchanged).exists(), 'something else is gone')
    return run


def lands_inside(target):
    """Wherever it lands, it is below the root."""
    def run(peer):
        for folder in (peer.root.parent, peer.root.parent.parent):
            check(not (folder / 'conformance-escape.txt').exists(), 'an old escape is in the way:', str(folder))
        answer = peer.ask('PUT', target, body=b'x')
        check(answer.status in (*STORED, *REFUSED), 'got', answer.status)
        for folder in (peer.root.parent, peer.root.parent.parent):
            check(not (folder / 'conformance-escape.txt').exists(), 'written outside the root')
        (peer.root / 'conformance-escape.txt').unlink(missing_ok=True)
    return run


def parents_are_made_or_missed(peer):
    folder = peer.name().removesuffix('.txt')
    answer = peer.ask('PUT', f'{TOP}/up/{folder}/deep/er.txt', body=b'x')
    check(answer.status in (201, 403, 404, 409), 'got', answer.status)
    if answer.status == 201:
        check(peer.get(f'up/{folder}/deep/er.txt').body == b'x', 'not there')


def below_a_file(peer):
    name = peer.put(b'file')
    answer = peer.ask('PUT', f'{TOP}/up/{name}/below.txt', body=b'x')
    check(answer.status in REFUSED, 'got', answer.status)
    check(peer.stored(name) == b'file', 'the file is gone')


def cut_off_leaves_the_old(peer):
    name = peer.put(b'old')
    with peer.wire() as wire:
        wire.send(peer.request('PUT', f'{TOP}/up/{name}', 'Content-Length: 100000') + bytes(50_000))
        wire.half_close()
        wire.read_until_close()
    check(peer.stored(name) == b'old', 'half a body replaced the file')


def whole_or_not_at_all(peer):
    """While a body is under way, readers get the old version whole."""
    name = peer.put(b'old version')
    with peer.wire() as wire:
        wire.send(peer.request('PUT', f'{TOP}/up/{name}', 'Content-Length: 11') + b'new ')
        for _ in range(5):
            check(peer.get(f'up/{name}').body == b'old version', 'a half version was served')
        wire.send(b'version')
        check(wire.answer('PUT').status in STORED, 'refused')
    check(peer.get(f'up/{name}').body == b'new version', 'the old version is still served')


def expecting(peer, name, *fields, value='100-continue', length=5):
    wire = peer.wire()
    wire.send(peer.request('PUT', f'{TOP}/{name}', f'Content-Length: {length}', f'Expect: {value}', *fields))
    return wire, wire.read_response('PUT')


def asked_to_go_on(value='100-continue'):
    def run(peer):
        name = peer.name()
        wire, answer = expecting(peer, f'up/{name}', value=value)
        with wire:
            check(answer.status in (100, *STORED), 'got', answer.status)
            wire.send(b'hello')
            final = wire.answer('PUT') if answer.status == 100 else answer
            check(final.status in STORED and peer.stored(name) == b'hello', 'got', final.status)
            wire.send(peer.request('GET', f'{TOP}/a.txt'))
            check(wire.answer().body == ALPHA, 'out of step')
    return run


def expected_but_refused(target):
    """The final status at once, or after an empty promise; never a hang, never a write."""
    def run(peer):
        wire, answer = expecting(peer, target)
        with wire:
            if answer.status == 100:
                wire.send(b'hello')
                answer = wire.answer('PUT')
            check(answer.status in REFUSED, 'got', answer.status)
        check((peer.root / TOP.strip('/') / 'a.txt').read_bytes() == ALPHA, 'the file was changed')
    return run


def refused_before_the_body(peer):
    """RFC 9110 section 10.1.1: no 100 where the head alone decides."""
    name = peer.put(b'old')
    wire, answer = expecting(peer, f'up/{name}', 'If-None-Match: *')
    with wire:
        check(answer.status == 412, 'the body was asked for, though the head decides:', answer.status)


def unknown_expectation(peer):
    name = peer.name()
    with peer.wire() as wire:
        wire.send(peer.request('PUT', f'{TOP}/up/{name}', 'Expect: 200-maybe', body=b'hello'))
        answer = wire.answer('PUT')
        check(answer.status in (400, 417, *STORED), 'got', answer.status)
        check((peer.stored(name) == b'hello') == (answer.status in STORED), 'stored', peer.stored(name))


def does_not_wait(peer):
    name = peer.name()
    with peer.wire() as wire:
        wire.send(peer.request('PUT', f'{TOP}/up/{name}', 'Expect: 100-continue', 'Content-Length: 5') + b'hello',
                  peer.request('GET', f'{TOP}/a.txt'))
        check(wire.answer('PUT').status in STORED and peer.stored(name) == b'hello', 'not stored')
        check(wire.answer().body == ALPHA, 'out of step')


def expects_without_a_body(peer):
    with peer.wire() as wire:
        wire.send(peer.request('GET', f'{TOP}/a.txt', 'Expect: 100-continue'))
        check(wire.answer().status in (200, 417), 'not served')


PUTS = {
    'a new file is 201': created, 'a replaced file is 200 or 204': replaced,
    'nothing': sized(0), 'one byte': sized(1), '65,537 bytes': sized(65537), 'three MiB': sized(3 << 20),
    'no length': ('9110 15.5.12', without_length),
    'a part of a file': ('9110 14.5', part_of_a_file),
    'a coding': ('9110 8.4', encoded),
    'onto a folder': is_refused(f'{TOP}/dir/', unchanged='dir/inner.txt'),
    'onto a folder without its slash': is_refused(f'{TOP}/dir', unchanged='dir/inner.txt'),
    'onto the root': is_refused('/'),
    'below a file': below_a_file,
    'onto a FIFO': is_refused(f'{TOP}/up/fifo', *REFUSED, *STORED),
    'onto a file with a slash': is_refused(f'{TOP}/a.txt/'),
    'a name of 256 bytes': is_refused(f'{TOP}/up/{"n" * 256}'),
    'a name of 255 bytes': is_refused(f'{TOP}/up/{LONG_NAME}', 201, *REFUSED),
    'a path of 7 KiB': is_refused(f'{TOP}/up' + '/d' * 3400),
    'a name with NUL': is_refused(f'{TOP}/up/a%00b'),
    'a broken escape': is_refused(f'{TOP}/up/a%zz', *REFUSED, 201),
    'a folder of its own': is_refused(f'{TOP}/up/sub/', *REFUSED, 201),
    'dots': is_refused(f'{TOP}/up/..', unchanged='dir/inner.txt'),
    'the asterisk': is_refused('*', *REFUSED),
    'into folders that are not there': parents_are_made_or_missed,
    'up by dots': lands_inside('/../conformance-escape.txt'),
    'up by escaped dots': lands_inside('/%2e%2e/conformance-escape.txt'),
    'up by escaped slashes': lands_inside('/..%2fconformance-escape.txt'),
    'up by escaped backslashes': lands_inside('/..%5cconformance-escape.txt'),
    'up twice': lands_inside('/../../conformance-escape.txt'),
    'cut off': ('9112 8', cut_off_leaves_the_old),
    'seen whole or not at all': whole_or_not_at_all,
}
EXPECTATIONS = {
    '100-continue': asked_to_go_on(),
    '100-continue in capitals': asked_to_go_on('100-Continue'),
    '100-continue on a folder': expected_but_refused('dir/'),
    '100-continue below a file': expected_but_refused('a.txt/x'),
    'a failed condition before the body': refused_before_the_body,
    'an unknown expectation': unknown_expectation,
    'a client that does not wait': does_not_wait,
}

CASES = (cases('PUT', '9110 9.3.4', PUTS, needs=['puts']) + cases('Expect', '9110 10.1.1', EXPECTATIONS,
                                                                  needs=['puts']) +
         cases('Expect', '9110 10.1.1', {'100-continue on a GET': expects_without_a_body}) +
         cases('POST', '9110 9.3.3', {'a file': posted}, needs=['puts', 'posts']))
