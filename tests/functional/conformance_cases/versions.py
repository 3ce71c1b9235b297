# SPDX-License-Identifier: MIT
"""Versions: what is spoken, what is refused, and how HTTP/1.0 differs (RFC 9112 section 2.3, RFC 9110 section 2.5)."""

from .fixture import ALPHA, TOP
from .model import cases, either, raw_get, refused, served
from .peer import check


def version(text):
    return raw_get(line=f'GET {TOP}/a.txt {text}'.encode())


MALFORMED = ('http/1.1', 'Http/1.1', 'HTTP/01.1', 'HTTP/1.01', 'HTTP/1.1.1', 'HTTP/1.', 'HTTP/.1', 'HTTP/1', 'HTTP/',
             'HTTP', 'HTTP/1,1', 'HTTP/+1.1', 'HTTP/1.+1', 'HTTP/-1.1', 'HTTP/1.1x', 'HTTP/x1.1', 'HTTPS/1.1',
             'HTTP1.1',
             'HTTP/11', 'HTTP/A.B', 'HTTP/1.1,HTTP/1.0', 'HTTP//1.1', 'ICY/1.1', 'xHTTP/1.1', 'HTTP/1.\u0661',
             'HTTP/1.1\0')
TABLE = {
    **{f'the version {text!a}': refused(version(text), 400, 505) for text in MALFORMED},
    'a version of two digits': refused(version('HTTP/1.10'), 400, 505),
    'a later minor version': ('9110 2.5', either(version('HTTP/1.2'), 200, 505)),
    'the last minor version': ('9110 2.5', either(version('HTTP/1.9'), 200, 505)),
    'HTTP/2.0': ('9110 15.6.6', refused(version('HTTP/2.0'), 400, 505)),
    'HTTP/3.0': ('9110 15.6.6', refused(version('HTTP/3.0'), 400, 505)),
    'HTTP/9.9': ('9110 15.6.6', refused(version('HTTP/9.9'), 400, 505)),
    'HTTP/0.9': ('9110 15.6.6', refused(version('HTTP/0.9'), 400, 505)),
    'HTTP/0.0': ('9110 15.6.6', refused(version('HTTP/0.0'), 400, 505)),
    'HTTP/1.1': served(version('HTTP/1.1')),
}


def old(peer, *fields, name='a.txt', method='GET', host=None):
    wire = peer.wire()
    wire.send(peer.request(method, f'{TOP}/{name}', *fields, version='1.0', host=host))
    return wire, wire.answer(method)


def closes_by_itself(peer):
    wire, answer = old(peer)
    with wire:
        check((answer.status, answer.body) == (200, ALPHA), 'not served:', answer)
        check(not wire.end(), 'more came')


def is_kept_when_asked(peer):
    wire, answer = old(peer, 'Connection: keep-alive')
    with wire:
        check(answer.status == 200, 'not served:', answer)
        if answer.get('connection', '').lower() == 'keep-alive':
            wire.send(peer.request('GET', f'{TOP}/a.txt', version='1.0', host=None))
            check(wire.answer().body == ALPHA, 'said to be kept, but not answered again')
        else:
            check(not wire.end(), 'not said to be kept, but open')


def has_no_chunks(peer):
    wire, answer = old(peer, name='dir/')
    with wire:
        check(answer.get('transfer-encoding') is None, 'chunks for HTTP/1.0:', answer)


def has_no_interim_answer(peer):
    name = peer.name()
    with peer.wire() as wire:
        wire.send(peer.request('PUT', f'{TOP}/up/{name}', 'Content-Length: 5', 'Expect: 100-continue', version='1.0'))
        check(wire.quiet_for(0.2) or wire.answer('PUT').status != 100, '100 for HTTP/1.0')


def head_has_no_body(peer):
    wire, answer = old(peer, method='HEAD')
    with wire:
        check(answer.status == 200 and not wire.end(), 'HEAD was answered with a body')


OLD = {
    'HTTP/1.0 ends with its answer': ('9112 9.3', closes_by_itself),
    'HTTP/1.0 is kept when asked': ('9112 C.2.2', is_kept_when_asked),
    'HTTP/1.0 gets no chunks': ('9112 6.1', has_no_chunks),
    'HTTP/1.0 HEAD has no body': ('9110 9.3.2', head_has_no_body),
    'HTTP/1.0 may lack a host': ('9112 3.2', lambda peer: check(old(peer)[1].status == 200, 'not served')),
}
OLD_UPLOADS = {'HTTP/1.0 never gets a 100': ('9110 10.1.1', has_no_interim_answer)}

CASES = (cases('versions', '9112 2.3', TABLE) + cases('versions', '9112 2.3', OLD) +
         cases('versions', '9112 2.3', OLD_UPLOADS, needs=['puts']))
