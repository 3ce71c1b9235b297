# SPDX-License-Identifier: MIT
"""Methods: which there are, what the others get, and HEAD of everything (RFC 9110 section 9)."""

from .fixture import ALPHA, BLOCK, SECRET, TOP
from .model import cases
from .peer import check


def not_done(method, *statuses):
    """Refused with a status that fits, the file untouched."""
    def run(peer):
        answer = peer.ask(method, f'{TOP}/a.txt')
        check(answer.status in statuses, f'expected {statuses}, got {answer.status}')
        check((peer.root / TOP.strip('/') / 'a.txt').read_bytes() == ALPHA, 'the file was changed')
    return run


def tells_what_is_allowed(peer):
    for method in ('PATCH', 'TRACE', 'BREW'):
        answer = peer.ask(method, f'{TOP}/a.txt')
        check(answer.status != 405 or answer.get('allow') is not None, f'a 405 to {method} without Allow')


def options(target):
    def run(peer):
        with peer.wire() as wire:
            wire.send(peer.request('OPTIONS', target, 'Connection: close'))
            answer = wire.answer('OPTIONS')
            check(answer.status in (200, 204, 400, 403, 404, 405, 501), 'got', answer.status)
            if answer.status in (200, 204) and answer.get('allow') is not None:
                allowed = {word.strip() for word in answer.get('allow').split(',')}
                check({'GET', 'HEAD'} <= allowed, 'Allow lacks what every server must have:', allowed)
            check(not wire.end(), 'more than one answer came')
    return run


UNKNOWN = ('BREW', 'get', 'Get', 'GETT', 'GE', 'M-SEARCH', "!#$%&'*+-.^_`|~", 'A' * 200)
KNOWN = ('PATCH', 'TRACE', 'PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'SEARCH')
METHODS = {
    'GET': ('9110 9.3.1', lambda peer: check(peer.get('a.txt').body == ALPHA, 'not served')),
    **{f'the unknown method {name[:20]}': not_done(name, 400, 403, 405, 501) for name in UNKNOWN},
    **{f'the method {name}, refused or harmless': not_done(name, 400, 403, 404, 405, 409, 411, 415, 501, 207, 502)
       for name in KNOWN},
    'TRACE does not echo': ('9110 9.3.8', not_done('TRACE', 400, 403, 405, 501)),
    'a 405 tells what is allowed': ('9110 15.5.6', tells_what_is_allowed),
    'OPTIONS of a file': ('9110 9.3.7', options(f'{TOP}/a.txt')),
    'OPTIONS of a folder': ('9110 9.3.7', options(f'{TOP}/dir/')),
    'OPTIONS of the server': ('9110 9.3.7', options('*')),
}


def connect(peer):
    with peer.wire() as wire:
        wire.send('CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n')
        answer = wire.answer('CONNECT')
        check(answer is None or answer.status in (400, 403, 404, 405, 501), 'a tunnel was offered:', answer)


def connect_to_path(peer):
    with peer.wire() as wire:
        wire.send(f'CONNECT {TOP}/secret.txt HTTP/1.1\r\nHost: localhost\r\n\r\n')
        answer = wire.answer('CONNECT')
        check(answer is None or answer.status >= 400 and SECRET not in answer.body, 'served:', answer)


def head(name, *fields):
    """Status and fields as GET's, no body, and the connection stays in step (RFC 9110 section 9.3.2)."""
    def run(peer):
        got = peer.get(name, *fields)
        with peer.wire() as wire:
            wire.send(peer.request('HEAD', f'{TOP}/{name}', *fields))
            answer = wire.answer('HEAD')
            check(answer.status == got.status, f'GET says {got.status}, HEAD', answer.status)
            for field in ('content-type', 'etag', 'last-modified', 'location', 'content-encoding'):
                check(answer.get(field) == got.get(field), f'{field} differs:', answer.get(field), got.get(field))
            length = answer.get('content-length')
            if length is not None and got.status == 200 and got.get('content-length') is not None:
                check(length == got.get('content-length'), 'the length differs:', length)
            if answer.closing:
                check(not wire.end(), 'HEAD was answered with a body')
                return
            wire.send(peer.request('GET', f'{TOP}/secret.txt'))
            behind = wire.answer()                # a server may close at any time
            check(behind is None or behind.body == SECRET, 'the next answer is out of step')
    return run


def malformed_head(*lines):
    """Whatever is wrong with it, an answer to HEAD has no body; the first line said that it is one."""
    def run(peer):
        with peer.wire() as wire:
            wire.send('\r\n'.join([f'HEAD {TOP}/a.txt HTTP/1.1', *lines]) + '\r\n\r\n')
            answer = wire.answer('HEAD')
            if answer is not None and answer.status < 400:
                wire.half_close()             # taken for a good one, which is for other cases to judge
            check(not wire.end(), 'HEAD was answered with a body')
    return run


HEADS = {
    'HEAD of a file': head('a.txt'),
    'HEAD of a block': head('block.bin'),
    'HEAD of a big file': head('big.bin'),
    'HEAD of an empty file': head('empty.txt'),
    'HEAD of a folder': head('dir/'),
    'HEAD of a folder without its slash': head('dir'),
    'HEAD of a missing file': head('missing.txt'),
    'HEAD below a file': head('a.txt/x'),
    'HEAD with a condition that fails': head('a.txt', 'If-Match: "x"'),
    'HEAD that is not modified': head('a.txt', 'If-None-Match: *'),
    'HEAD with a query': head('a.txt?x=1'),
    'HEAD of a bad escape': head('%zz'),
    'HEAD without a host': malformed_head(),
    'HEAD with two hosts': malformed_head('Host: localhost', 'Host: localhost'),
    'HEAD with a blank before a colon': malformed_head('Host: localhost', 'X : y'),
    'HEAD with a bad length': malformed_head('Host: localhost', 'Content-Length: x'),
    'HEAD with an unknown coding': malformed_head('Host: localhost', 'Transfer-Encoding: x'),
    'HEAD with too large a head': malformed_head('Host: localhost', 'X: ' + 'v' * (1 << 20)),
}


def content_type(name, *wanted):
    def run(peer):
        told = peer.get(name).get('content-type', '').replace(' ', '').lower()
        check(told.split(';')[0] in wanted, 'the content type is', told)
    return run


def whole(name, content):
    def run(peer):
        answer = peer.get(name)
        check((answer.status, len(answer.body)) == (200, len(content)), 'not whole:', answer.status, len(answer.body))
        check(answer.body == content, 'other bytes came')
    return run


def has_date(method, target, *fields, version='1.1', host='localhost'):
    """RFC 9110 section 6.6.1: every 2xx, 3xx and 4xx of a server with a clock."""
    def run(peer):
        answer = peer.ask(method, target, *fields, version=version, host=host)
        check(answer.status >= 500 or answer.get('date', '').endswith(' GMT'), f'a {answer.status} without a Date')
    return run


CONTENTS = {
    'a text has its type': ('9110 8.3', content_type('a.txt', 'text/plain')),
    'a file comes whole': whole('block.bin', BLOCK),
    'a big file comes whole': whole('big.bin', bytes(3 << 20)),
    'an empty file comes': whole('empty.txt', b''),
    'a missing file is 404': ('9110 15.5.5', lambda peer: check(peer.get('none').status in (404, 410), 'not 404')),
    'a 200 has a date': ('9110 6.6.1', has_date('GET', f'{TOP}/a.txt')),
    'a 404 has a date': ('9110 6.6.1', has_date('GET', f'{TOP}/none')),
    'a 304 has a date': ('9110 6.6.1', has_date('GET', f'{TOP}/a.txt', 'If-None-Match: *')),
    'a 412 has a date': ('9110 6.6.1', has_date('GET', f'{TOP}/a.txt', 'If-Match: "x"')),
    'a 416 has a date': ('9110 6.6.1', has_date('GET', f'{TOP}/a.txt', 'Range: bytes=99-')),
    'a redirect has a date': ('9110 6.6.1', has_date('GET', f'{TOP}/dir')),
    'a 400 has a date': ('9110 6.6.1', has_date('GET', f'{TOP}/a.txt', 'Bad Name: x')),
    'a refused method has a date': ('9110 6.6.1', has_date('BREW', f'{TOP}/a.txt')),
    'a refused host has a date': ('9110 6.6.1', has_date('GET', f'{TOP}/a.txt', host=None)),
    'a 414 has a date': ('9110 6.6.1', has_date('GET', '/' + 'a' * 100_000)),
}
TUNNELS = {'CONNECT is no tunnel': connect, 'CONNECT to a path serves nothing': connect_to_path}

CASES = (cases('methods', '9110 9.1', METHODS) + cases('methods', '9110 9.3.6', TUNNELS) +
         cases('HEAD', '9110 9.3.2', HEADS) + cases('contents', '9110 9.3.1', CONTENTS))
