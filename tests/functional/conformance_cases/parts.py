# SPDX-License-Identifier: MIT
"""Several ranges: multipart/byteranges, coalesced or ignored, never an amplification (RFC 9110 section 14.6)."""

import re

from .fixture import BLOCK, DIGITS
from .model import cases
from .peer import check

RANGE = re.compile(r'bytes (\d+)-(\d+)/(\d+)')
BOUNDARY = re.compile(r'multipart/byteranges;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)


def parts_of(answer):
    """[(first, last, size, bytes)] of a multipart body, strictly: RFC 2046 section 5.1.1."""
    found = BOUNDARY.fullmatch(answer.get('content-type', ''))
    check(found, 'the content type is', answer.get('content-type'))
    boundary = (found[1] or found[2]).encode()
    pieces = (b'\r\n' + answer.body).split(b'\r\n--' + boundary)
    check(pieces[0] in (b'', b'\r\n'), 'there is text before the first part:', pieces[0])
    check(pieces[-1] in (b'--', b'--\r\n'), 'the body does not end as it must:', pieces[-1])
    parts = []
    for piece in pieces[1:-1]:
        head, found, body = piece.partition(b'\r\n\r\n')
        check(found and head.startswith(b'\r\n'), 'a part without a head:', piece)
        fields = dict(line.lower().split(': ', 1) for line in head.decode('latin-1').strip('\r\n').split('\r\n'))
        told = RANGE.fullmatch(fields.get('content-range', ''))
        check(told, 'a part without its range:', fields)
        first, last, size = map(int, told.groups())
        parts.append((first, last, size, body))
    return parts


def check_parts(answer, content, wanted=()):
    """Correct parts that hold every byte asked for, and not twice the file."""
    check(answer.get('content-range') is None, 'a multipart answer has a Content-Range of its own')
    parts = parts_of(answer)
    covered = set()
    for first, last, size, body in parts:
        check(size == len(content) and first <= last < size, 'a part that is none:', first, last, size)
        check(body == content[first:last + 1], f'part {first}-{last} holds the wrong bytes:', body)
        covered |= set(range(first, last + 1))
    check(covered >= {at for first, last in wanted for at in range(first, last + 1)}, 'bytes are missing; there are',
          parts)
    sent = sum(len(body) for *_, body in parts)
    check(sent <= 2 * len(content), f'{sent} bytes of a file of {len(content)}')
    return parts


def check_several(answer, content, wanted):
    """The whole file, one part around all, several parts, or a refusal: all of it right."""
    check(answer.status in (200, 206, 416), 'got', answer.status)
    if answer.status == 200:
        check(answer.body == content, 'the whole file is not')
    elif answer.status == 206:
        told = RANGE.fullmatch(answer.get('content-range', ''))
        if told is None:
            check_parts(answer, content, wanted)
            return
        first, last, _ = map(int, told.groups())
        check(answer.body == content[first:last + 1], 'the wrong bytes came')
        check(all(first <= a and b <= last for a, b in wanted), 'bytes are missing:', answer.get('content-range'))


def several(text, *wanted, name='digits.txt', content=DIGITS, refusable=False):
    def run(peer):
        answer = peer.get(name, f'Range: bytes={text}')
        check(refusable or answer.status != 416, 'refused, though bytes of it are there')
        check_several(answer, content, wanted)
    return run


def many(count, step=20):
    text = ','.join(f'{at * step}-{at * step + 1}' for at in range(count))
    # Of many a server may answer some: RFC 9110 section 15.3.7.
    return several(text, name='block.bin', content=BLOCK, refusable=True)


SEVERAL = {
    'two': several('0-1,5-8', (0, 1), (5, 8)),
    'two with a blank': several('0-1, 5-8', (0, 1), (5, 8)),
    'two with tabs and empty elements': several('0-1,\t,,5-8,', (0, 1), (5, 8)),
    'the first and the last byte': several('0-0,-1', (0, 0), (9, 9)),
    'the first and a suffix': several('0-0,-2', (0, 0), (8, 9)),
    'a closed and an open one': several('0-1,5-', (0, 1), (5, 9)),
    'three': several('0-0,4-4,9-9', (0, 0), (4, 4), (9, 9)),
    'out of order': several('5-6,0-1', (5, 6), (0, 1)),
    'adjacent': several('0-4,5-9', (0, 9)),
    'overlapping': several('0-5,3-8', (0, 8)),
    'one within another': several('0-9,2-3', (0, 9)),
    'the same twice': several('2-3,2-3', (2, 3)),
    'one of them behind the end': several('0-1,100-200', (0, 1)),
    'the first of them behind the end': several('100-200,0-1', (0, 1)),
    'one of them a suffix of nothing': several('0-1,-0', (0, 1)),
    'one of them cut at the end': several('0-1,8-100', (0, 1), (8, 9)),
    'all of them behind the end': several('10-,20-30', refusable=True),
    'of a block': several('0-99,1000-1999,-100', (0, 99), (1000, 1999), (10140, 10239), name='block.bin',
                          content=BLOCK),
    'from each byte to the end': several('0-,1-,2-,3-,4-', (0, 9), refusable=True),
    '32 apart': many(32),
    '33 apart': many(33),
    '200 apart': many(200),
    '600 next but one to each other': many(600, step=3),
}


def amplified(text, limit):
    """Overlapping ranges must not draw more out of the server than the file is worth (RFC 9110 section 17.15)."""
    def run(peer):
        answer = peer.get('block.bin', f'Range: bytes={text}')
        check(answer.status in (200, 206, 400, 416), 'got', answer.status)
        check(len(answer.body) <= limit, f'{len(answer.body)} bytes for a file of {len(BLOCK)}')
    return run


WORTH = 2 * len(BLOCK) + 4096
FLOODS = {
    'the whole file a thousand times': amplified(','.join(['0-'] * 1000), WORTH),
    'shifted by a byte each': amplified(','.join(f'{at}-' for at in range(1000)), WORTH),
    'a hundred suffixes': amplified(','.join(f'-{10240 - at}' for at in range(100)), WORTH),
    'the first byte 1500 times': amplified(','.join(['0-0'] * 1500), WORTH),
    'two overlapping, in turns': amplified(','.join(['0-9000', '500-10000'] * 100), WORTH),
}


def single_is_no_multipart(peer):
    """RFC 9110 section 15.3.7.2: never for one range."""
    answer = peer.get('digits.txt', 'Range: bytes=2-3')
    check(not answer.get('content-type', '').startswith('multipart'), 'one range came as multipart')


def boundary_is_not_in_the_file(peer):
    answer = peer.get('block.bin', 'Range: bytes=0-4000,5000-9000')
    if answer.status == 206 and answer.get('content-range') is None:
        parts = check_parts(answer, BLOCK, [(0, 4000), (5000, 9000)])
        check(len(parts) <= 2, 'more parts than ranges')


def several_on_head(peer):
    answer = peer.ask('HEAD', '/conformance/digits.txt', 'Range: bytes=0-1,5-8')
    check((answer.status, answer.get('content-length')) == (200, '10'), 'HEAD looked at Range:', answer)


def several_with_if_range(peer):
    tag = peer.strong_tag('digits.txt')
    check_several(peer.get('digits.txt', 'Range: bytes=0-1,5-8', f'If-Range: {tag}'), DIGITS, [(0, 1), (5, 8)])
    answer = peer.get('digits.txt', 'Range: bytes=0-1,5-8', 'If-Range: "x"')
    check((answer.status, answer.body) == (200, DIGITS), 'If-Range did not hold, but', answer)


def in_step(peer):
    """The next answer on the connection is where it should be."""
    with peer.wire() as wire:
        for _ in range(3):
            wire.send(peer.request('GET', '/conformance/digits.txt', 'Range: bytes=0-1,5-8'))
            check_several(wire.answer(), DIGITS, [(0, 1), (5, 8)])


MORE = {
    'one range is never multipart': ('9110 15.3.7.2', single_is_no_multipart),
    'big parts come whole': ('9110 14.6', boundary_is_not_in_the_file),
    'HEAD has none': ('9110 14.2', several_on_head),
    'If-Range decides over all': ('9110 13.1.5', several_with_if_range),
    'the connection stays in step': ('9112 6.3', in_step),
}

CASES = (cases('several ranges', '9110 14.2', SEVERAL) + cases('many ranges', '9110 17.15', FLOODS) +
         cases('several ranges', '9110 14.6', MORE))
