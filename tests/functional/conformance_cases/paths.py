# SPDX-License-Identifier: MIT
"""Paths: decoded once, never out of the root, never off to another server (RFC 3986, RFC 9110 section 17.3)."""

import os

from .fixture import ALPHA, LONG_NAME, NAMES, TOP
from .model import cases
from .peer import check

REDIRECTS = (301, 302, 303, 307, 308)
ABSENT = (400, 403, 404)


def raw(peer, target, *fields):
    """The target's bytes as they are; they may be none that a path should have."""
    with peer.wire() as wire:
        wire.send(f'GET {target} HTTP/1.1\r\n'.encode('latin-1') + f'Host: {peer.host}\r\n'.encode(),
                  *(f'{field}\r\n' for field in fields), b'\r\n')
        answer = wire.answer()
        check(answer is not None, 'no answer')
        return answer


def is_named(target, name):
    return lambda peer: check(raw(peer, f'{TOP}/{target}').body == name, 'not served, or another file')


def gets(target, *statuses, body=ALPHA):
    """One of these; a 200 holds that content and no other."""
    def run(peer):
        answer = raw(peer, target)
        check(answer.status in statuses, f'expected {statuses}, got', answer.status)
        if answer.status == 200:
            check(answer.body == body, 'another file came:', answer.body)
    return run


def stays_inside(target):
    """Whatever the answer, it is not the password file of the machine."""
    def run(peer):
        answer = raw(peer, target)
        check(b'root:' not in answer.body, 'a file from outside the root was served')
        check(answer.status < 500 or answer.status == 501, 'got', answer.status)
        if answer.status in REDIRECTS:
            check(peer.is_own(answer.get('location', '')), 'redirected to', answer.get('location'))
    return run


UP = '/..' * 12
ESCAPES = {
    'dots': f'{UP}/etc/passwd', 'dots below a folder': f'{TOP}{UP}/etc/passwd', 'a second slash': '//etc/passwd',
    'escaped dots': '/%2e%2e' * 12 + '/etc/passwd', 'half escaped dots': '/.%2e' * 12 + '/etc/passwd',
    'dots in capitals': '/%2E%2E' * 12 + '/etc/passwd', 'escaped slashes': '/..%2f' * 12 + 'etc/passwd',
    'escaped slashes in capitals': '/..%2F' * 12 + 'etc/passwd', 'all escaped': '/' + '%2e%2e%2f' * 12 + 'etc/passwd',
    'an escaped slash at the root': '/%2fetc/passwd', 'backslashes': '/..\\' + '..\\' * 11 + 'etc\\passwd',
    'escaped backslashes': '/' + '..%5c' * 12 + 'etc/passwd', 'overlong dots': '/%c0%ae%c0%ae' * 12 + '/etc/passwd',
    'overlong slashes': '/' + '..%c0%af' * 12 + 'etc/passwd',
    'overlong dots of three bytes': '/%e0%80%ae%e0%80%ae' * 12 + '/etc/passwd',
    'escaped twice': '/%252e%252e' * 12 + '/etc/passwd', 'escaped twice, slashes': '/' + '..%252f' * 12 + 'etc/passwd',
    'dots that become dots': '/....//' * 12 + 'etc/passwd', 'dots and a parameter': '/..;x' * 12 + '/etc/passwd',
    'NUL behind': f'{UP}/etc/passwd%00.txt', 'NUL between': '/.%00.' * 12 + '/etc/passwd',
    'a wide dot': '/%ef%bc%8e%ef%bc%8e' * 12 + '/etc/passwd',
    'many slashes': '/../' + '/../' * 11 + '/etc/passwd', 'a dot between': '/./..' * 12 + '/etc/passwd',
    'down and up': f'{TOP}/dir' + '/x/../..' * 14 + '/etc/passwd', 'up in the query': f'{TOP}/a.txt?{UP}/etc/passwd',
    'an absolute URL': f'http://localhost{UP}/etc/passwd', 'a URL of a file': 'file:///etc/passwd',
    'the utf-7 spelling': '/+AC4ALg-' * 12 + '/etc/passwd',
}
SPELLINGS = {
    **{f'the name {name.decode("latin-1")!a}': ('3986 2.1', is_named(target, name)) for target, name in NAMES.items()},
    'a name that is no UTF-8': gets(f'{TOP}/raw-%ff.txt', 200, *ABSENT, body=b'raw-\xff.txt'),
    'a name of 255 bytes': gets(f'{TOP}/{LONG_NAME}', 200, body=b'long\n'),
    'a name of 256 bytes': gets(f'{TOP}/{"n" * 252}.txt', *ABSENT, 414),
    'a name of 255 letters of two bytes': gets(f'{TOP}/{"%C3%A4" * 255}', *ABSENT, 414),
    'a path of 4095 bytes': gets(TOP + '/d' * 2040, *ABSENT, 414),
    'a path of 7 KiB': gets(TOP + '/d' * 3400, *ABSENT, 414),
    'a path of long names': gets(TOP + ('/' + 'd' * 250) * 20, *ABSENT, 414),
    'another case': ('3986 6.2.2.1', gets(f'{TOP}/A.TXT', 404)),
    'an escaped letter': ('3986 6.2.2.2', gets(f'{TOP}/%61.txt', 200)),
    'an escape in the folder': ('3986 6.2.2.2', gets('/%63onformance/a.txt', 200)),
    'decoded once only': ('3986 2.4', gets(f'{TOP}/%2561.txt', *ABSENT)),
    'a plus is no blank': ('3986 2.2', gets(f'{TOP}/a+b.txt', *ABSENT)),
    'a question mark that is escaped is no query': ('3986 2.2', gets(f'{TOP}/a.txt%3Fx', *ABSENT)),
    'NUL behind a name': gets(f'{TOP}/a.txt%00', *ABSENT),
    'NUL and an extension': gets(f'{TOP}/a.txt%00.jpg', *ABSENT),
    'NUL before a name': gets(f'{TOP}/%00a.txt', *ABSENT),
    'an escape without digits': ('3986 2.1', gets(f'{TOP}/a%.txt', *ABSENT)),
    'an escape of letters': ('3986 2.1', gets(f'{TOP}/a%zz.txt', *ABSENT)),
    'an escape of one digit': ('3986 2.1', gets(f'{TOP}/a.txt%4', *ABSENT)),
    'a signed escape': ('3986 2.1', gets(f'{TOP}/%+61.txt', *ABSENT)),
    'an escape with 0x': ('3986 2.1', gets(f'{TOP}/%0x61.txt', *ABSENT)),
    'an escape of four digits': ('3986 2.1', gets(f'{TOP}/%u0061.txt', *ABSENT)),
    'overlong UTF-8': ('3629 3', gets(f'{TOP}%c0%afa.txt', *ABSENT)),
    'an escaped slash': ('3986 2.2', gets(f'{TOP}%2fa.txt', 200, *ABSENT)),
    'an escaped slash behind a folder': ('3986 2.2', gets(f'{TOP}/dir%2f..%2fa.txt', 200, *ABSENT)),
    'a dot segment': ('3986 5.2.4', gets(f'{TOP}/./a.txt', 200, *REDIRECTS, *ABSENT)),
    'two dot segments': ('3986 5.2.4', gets(f'{TOP}/dir/../a.txt', 200, *REDIRECTS, *ABSENT)),
    'an escaped dot segment': ('3986 5.2.4', gets(f'{TOP}/dir/%2e%2e/a.txt', 200, *REDIRECTS, *ABSENT)),
    'dot segments above the root': ('3986 5.2.4', gets(f'/../..{TOP}/a.txt', 200, *REDIRECTS, *ABSENT)),
    'two slashes': gets(f'{TOP}//a.txt', 200, *REDIRECTS, *ABSENT),
    'two slashes at the root': gets(f'/{TOP}/a.txt', 200, *REDIRECTS, *ABSENT),
    'a slash behind a file': gets(f'{TOP}/a.txt/', 200, *REDIRECTS, *ABSENT),
    'a name below a file': gets(f'{TOP}/a.txt/x', 200, *ABSENT),
    'a dot behind a file': gets(f'{TOP}/a.txt.', *ABSENT),
    'a blank behind a file': gets(f'{TOP}/a.txt%20', *ABSENT),
    'a line end in a name': gets(f'{TOP}/%0d%0aa.txt', *ABSENT),
}


def no_open_redirect(target):
    def run(peer):
        answer = raw(peer, target)
        if answer.status in REDIRECTS:
            where = answer.get('location', '')
            check(peer.is_own(where), 'redirected to another server:', where)
    return run


OPEN_REDIRECTS = {
    'two slashes before a folder': f'/{TOP}/dir', 'three slashes': f'//{TOP}/dir', 'a backslash': f'/\\{TOP[1:]}/dir',
    'an escaped backslash': f'/%5c{TOP[1:]}/dir', 'an escaped slash': f'/%2f{TOP[1:]}/dir',
    'a host and dots': f'//evil.example/%2e%2e{TOP}/dir', 'a host and plain dots': f'//evil.example/..{TOP}/dir',
    'a backslash, a host and dots': f'/\\evil.example/%2e%2e{TOP}/dir',
    'an absolute URL of two slashes': f'http://localhost/{TOP}/dir',
    'a user in the path': f'//me@evil.example/..{TOP}/dir', 'a tab': f'/%09/evil.example/%2e%2e{TOP}/dir',
}


def folder_redirect(target, tail):
    def run(peer):
        answer = raw(peer, target)
        check(answer.status in (*REDIRECTS, 200), 'got', answer.status)
        if answer.status != 200:
            where = answer.get('location', '')
            check(where.endswith(tail), 'Location is', where)
            check(peer.is_own(where), 'redirected to another server:', where)
    return run


def no_waiting_for_a_fifo(peer):
    """Opening one waits for a writer: a server that does is stuck until somebody comes."""
    path = peer.root / TOP.strip('/') / 'fifo'
    try:
        answer = raw(peer, f'{TOP}/fifo')
        check(answer.status in (403, 404), 'got', answer.status)
    finally:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


def no_injection(target):
    """A line end in a target must not become one of the answer's."""
    def run(peer):
        answer = raw(peer, target)
        check(answer.get('x-injected') is None, 'a field was injected')
    return run


FOLDERS = {
    'a folder without its slash': folder_redirect(f'{TOP}/dir', f'{TOP}/dir/'),
    'a folder without its slash keeps the query': folder_redirect(f'{TOP}/dir?x=1&y=2', f'{TOP}/dir/?x=1&y=2'),
    'a folder without its slash keeps an odd query': folder_redirect(f'{TOP}/dir?a/b?c%20d', f'{TOP}/dir/?a/b?c%20d'),
    'a line end in the query of a redirect': no_injection(f'{TOP}/dir?%0d%0aX-Injected:%20yes'),
    'a line end in the path of a redirect': no_injection(f'{TOP}/%0d%0aX-Injected:%20yes/../dir'),
    'a folder': gets(f'{TOP}/up/none/', 403, 404),
}

CASES = (cases('names', '9110 17.3', SPELLINGS) +
         cases('out of the root', '9110 17.3', {name: stays_inside(target) for name, target in ESCAPES.items()}) +
         cases('open redirects', '9110 17.3', {name: no_open_redirect(row) for name, row in OPEN_REDIRECTS.items()}) +
         cases('folders', '9110 15.4.2', FOLDERS))
# Alone, at the very end: a server that waits in there answers nobody else.
ALONE = cases('names', '9110 17.3', {'a FIFO': no_waiting_for_a_fifo})
