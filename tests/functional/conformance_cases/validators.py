# SPDX-License-Identifier: MIT
"""Validators: a tag for each version, dates that do not lie (RFC 9110 section 8.8)."""

import re
import time

from .dates import seconds_of
from .fixture import TOP
from .model import cases
from .peer import check

TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')


def well_formed(peer):
    tag = peer.get('a.txt').get('etag')
    check(tag is not None and TAG.fullmatch(tag), 'the entity tag is', tag)


def the_same_twice(peer):
    first, second = peer.strong_tag('a.txt'), peer.get('a.txt').get('etag')
    check(first == second, 'two tags of one file:', first, second)


def differ_between_files(peer):
    check(peer.get('a.txt').get('etag') != peer.get('block.bin').get('etag'), 'two files have one tag')


def becomes_strong(peer):
    peer.strong_tag('digits.txt')


def last_modified(peer):
    told = seconds_of(peer.get('a.txt').get('last-modified'))
    real = int((peer.root / TOP.strip('/') / 'a.txt').stat().st_mtime)
    check(told == real, 'Last-Modified is off by', told - real)


def never_in_the_future(peer):
    answer = peer.get('future.txt')
    told = answer.get('last-modified')
    if told is not None:
        check(seconds_of(told) <= seconds_of(answer.get('date')), 'Last-Modified is later than Date:', told)


def changes_with(peer, write):
    """Every version of one size gets a tag of its own, however quickly they follow each other."""
    name, seen = peer.name(), {}
    with peer.wire() as wire:
        for turn in range(12):
            body = b'%05d' % turn
            write(wire, name, body)
            wire.send(peer.request('GET', f'{TOP}/up/{name}'))
            answer = wire.answer()
            check(answer.body == body, 'an old version came:', answer.body)
            tag = answer.get('etag')
            check(tag is None or tag not in seen, f'{body} has the tag of', seen.get(tag), tag)
            seen[tag] = body


def after_puts(peer):
    def write(wire, name, body):
        wire.send(peer.request('PUT', f'{TOP}/up/{name}', body=body))
        check(wire.answer('PUT').status in (200, 201, 204), 'a PUT failed')
    changes_with(peer, write)


def weak_may_repeat(peer):
    """A file that others change in place: its tags may repeat only while they are weak."""
    path = peer.root / TOP.strip('/') / 'up' / peer.name()
    seen = {}
    for turn in range(8):
        path.write_bytes(b'%05d' % turn)
        answer = peer.get(f'up/{path.name}')
        check(answer.body == b'%05d' % turn, 'an old version came:', answer.body)
        tag = answer.get('etag', 'W/')
        check(tag.startswith('W/') or tag not in seen, f'turn {turn} has the strong tag of turn', seen.get(tag), tag)
        seen[tag] = turn
        time.sleep(0.002)


def of_the_answer_to_a_put(peer):
    """RFC 9110 section 9.3.4: a validator there says that the body was stored as it is."""
    name = peer.name()
    told = peer.ask('PUT', f'{TOP}/up/{name}', body=b'stored').get('etag')
    now = peer.get(f'up/{name}').get('etag')
    check(told is None or told == now, 'PUT told another tag than GET:', told, now)


TABLE = {
    'a tag is well-formed': ('9110 8.8.3', well_formed),
    'a tag stays while the file does': ('9110 8.8.1', the_same_twice),
    'two files have two tags': ('9110 8.8.3', differ_between_files),
    'a file nobody touches has a strong tag': ('9110 8.8.1', becomes_strong),
    'Last-Modified is the time of the file': ('9110 8.8.2.1', last_modified),
    'Last-Modified is never in the future': ('9110 8.8.2.1', never_in_the_future),
    'a change in place has a new tag or a weak one': ('9110 8.8.1', weak_may_repeat),
}
WRITES = {
    'bodies of one size, back to back, have a tag each': after_puts,
    'the tag that PUT tells is the tag of GET': of_the_answer_to_a_put,
}

CASES = cases('validators', '9110 8.8', TABLE) + cases('validators', '9110 8.8.1', WRITES, needs=['puts'])
