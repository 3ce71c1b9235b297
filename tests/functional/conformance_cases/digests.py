# SPDX-License-Identifier: MIT
"""Digests: given when wanted, verified when sent (RFC 9530). For servers that give any."""

import base64
import hashlib
import re

from .fixture import TOP
from .model import STORED, cases
from .peer import check

BODY = b'the body'
MEMBER = re.compile(r'([a-z][a-z0-9-]*)=:([A-Za-z0-9+/]*={0,2}):')
NAMES = {'sha-256': hashlib.sha256, 'sha-512': hashlib.sha512}


def member(name, body=BODY):
    return f'{name}=:{base64.b64encode(NAMES[name](body).digest()).decode()}:'


def check_given(value, body, *wanted):
    """Every member that is there is right, and one of the wanted is."""
    check(value is not None, 'no digest was given')
    members = dict(found.groups() for found in map(MEMBER.fullmatch, re.split(r'\s*,\s*', value)) if found)
    check(members, 'the digest is malformed:', value)
    for name, told in members.items():
        if name in NAMES:
            check(f'{name}=:{told}:' == member(name, body), 'the digest is wrong:', value)
    check(not wanted or set(wanted) & set(members), f'none of {wanted} in', value)


def stored(peer):
    """An upload whose digest was asked for, so that it is known."""
    name = peer.name()
    answer = peer.ask('PUT', f'{TOP}/up/{name}', 'Want-Repr-Digest: sha-256=10, sha-512=5',
                      f'Repr-Digest: {member("sha-256")}', body=BODY)
    check(answer.status in STORED, 'refused with', answer.status)
    return name


def given(wish, *wanted, method='GET'):
    def run(peer):
        answer = peer.ask(method, f'{TOP}/up/{stored(peer)}', f'Want-Repr-Digest: {wish}')
        check_given(answer.get('repr-digest'), BODY, *wanted)
    return run


def not_given(*fields):
    def run(peer):
        answer = peer.get(f'up/{stored(peer)}', *fields)
        check(answer.status == 200 and answer.get('repr-digest') is None, 'a digest nobody wanted:',
              answer.get('repr-digest'))
    return run


def odd_wish(wish):
    """A wish that cannot be read is none; what is given all the same must be right."""
    def run(peer):
        answer = peer.get(f'up/{stored(peer)}', f'Want-Repr-Digest: {wish}')
        check((answer.status, answer.body) == (200, BODY), 'got', answer.status)
        if answer.get('repr-digest') is not None:
            check_given(answer.get('repr-digest'), BODY)
    return run


def of_the_whole_with_a_part(peer):
    answer = peer.get(f'up/{stored(peer)}', 'Want-Repr-Digest: sha-256=10', 'Range: bytes=0-2')
    check(answer.status == 206, 'got', answer.status)
    if answer.get('repr-digest') is not None:
        check_given(answer.get('repr-digest'), BODY)


def of_the_new_version(peer):
    name = stored(peer)
    peer.put(b'another body', name)
    answer = peer.get(f'up/{name}', 'Want-Repr-Digest: sha-256=10')
    if answer.get('repr-digest') is not None:
        check_given(answer.get('repr-digest'), b'another body')


def of_a_change_by_others(peer):
    name = stored(peer)
    (peer.root / TOP.strip('/') / 'up' / name).write_bytes(b'THE BODY')
    answer = peer.get(f'up/{name}', 'Want-Repr-Digest: sha-256=10')
    check(answer.body == b'THE BODY', 'an old version came')
    if answer.get('repr-digest') is not None:
        check_given(answer.get('repr-digest'), b'THE BODY')


WRONG = member('sha-256', b'another body')
RIGHT = member('sha-256')
# field, value, whether it is stored: True, False, or None where the RFC leaves it open.
SENT = {
    'a right one': ('Repr-Digest', RIGHT, True), 'a right one of the content': ('Content-Digest', RIGHT, True),
    'a right sha-512': ('Repr-Digest', member('sha-512'), True),
    'a right sha-512 of the content': ('Content-Digest', member('sha-512'), True),
    'both, right': ('Repr-Digest', f'{RIGHT}, {member("sha-512")}', True),
    'an unknown algorithm': ('Repr-Digest', 'unknown=:AAAA:', True),
    'an unknown and a right one': ('Repr-Digest', f'unknown=:AAAA:, {RIGHT}', True),
    'a wrong one': ('Repr-Digest', WRONG, False), 'a wrong one of the content': ('Content-Digest', WRONG, False),
    'a wrong sha-512': ('Repr-Digest', member('sha-512', b'x'), False),
    'a right and a wrong one': ('Repr-Digest', f'{RIGHT}, {member("sha-512", b"x")}', False),
    'a wrong and a right one': ('Repr-Digest', f'{WRONG}, {member("sha-512")}', False),
    'an unknown and a wrong one': ('Content-Digest', f'unknown=:AAAA:, {WRONG}', False),
    'a digest that is too short': ('Repr-Digest', 'sha-256=:AAAA:', None),
    'no base64': ('Repr-Digest', 'sha-256=:!!!!:', None),
    'no colons': ('Repr-Digest', 'sha-256=AAAA', None), 'nothing': ('Repr-Digest', '', None),
    'a word': ('Content-Digest', 'sha-256', None),
}


def sent(field, value, happens, chunked=False, method='PUT'):
    def run(peer):
        name = peer.put(b'old')
        with peer.wire() as wire:
            if chunked:
                wire.send(peer.request(method, f'{TOP}/up/{name}', f'{field}: {value}', 'Transfer-Encoding: chunked'),
                          b'%x\r\n%s\r\n0\r\n\r\n' % (len(BODY), BODY))
            else:
                wire.send(peer.request(method, f'{TOP}/up/{name}', f'{field}: {value}', body=BODY))
            answer = wire.answer(method)
        check(answer.status in STORED or answer.status == 400, 'got', answer.status)
        check(happens is None or (answer.status in STORED) == happens, 'got', answer.status)
        check(peer.stored(name) == (BODY if answer.status in STORED else b'old'),
              f'after {answer.status} the file is', peer.stored(name))
    return run


def over_two_lines(peer):
    name = peer.name()
    answer = peer.ask('PUT', f'{TOP}/up/{name}', f'Repr-Digest: {RIGHT}', f'Repr-Digest: {member("sha-512", b"x")}',
                      body=BODY)
    check(answer.status == 400 and peer.stored(name) is None, 'got', answer.status)


GIVEN = {
    'sha-256': given('sha-256=10', 'sha-256'), 'sha-512': given('sha-512=10', 'sha-256', 'sha-512'),
    'either': given('sha-512=3, sha-256=10', 'sha-256', 'sha-512'),
    'an unknown one and sha-256': given('unknown=10, sha-256=1', 'sha-256'),
    'to HEAD': given('sha-256=10', 'sha-256', method='HEAD'),
    'nobody wants it': not_given(), 'a weight of 0': not_given('Want-Repr-Digest: sha-256=0, sha-512=0'),
    'an unknown one alone': not_given('Want-Repr-Digest: unknown=10'),
    'no weight': odd_wish('sha-256'), 'a weight of 11': odd_wish('sha-256=11'),
    'a negative weight': odd_wish('sha-256=-1'),
    'a word': odd_wish('!!'), 'nothing': odd_wish(''),
    'of the whole with a part': of_the_whole_with_a_part, 'of the new version': of_the_new_version,
    'of a change by others': of_a_change_by_others,
}
CHECKED = {
    **{name: sent(*row) for name, row in SENT.items()},
    'a wrong one of chunks': sent('Content-Digest', WRONG, False, chunked=True),
    'a right one of chunks': sent('Content-Digest', RIGHT, True, chunked=True),
    'a wrong one over two lines': over_two_lines,
}
POSTED = {'a wrong one on POST': sent('Repr-Digest', WRONG, False, method='POST'),
          'a right one on POST': sent('Repr-Digest', RIGHT, True, method='POST')}

CASES = (cases('a digest wanted', '9530 4', GIVEN, needs=['puts', 'digests']) +
         cases('a digest sent', '9530 2', CHECKED, needs=['puts', 'digests']) +
         cases('a digest sent', '9530 3', POSTED, needs=['puts', 'posts', 'digests']))
