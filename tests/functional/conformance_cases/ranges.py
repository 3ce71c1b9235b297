# SPDX-License-Identifier: MIT
"""One range: which bytes, which status, and when a Range is not looked at (RFC 9110 section 14)."""

from .dates import FORMS, imf, seconds_of
from .fixture import DIGITS, TOP
from .model import STORED, cases
from .peer import check

SIZE = len(DIGITS)
EMPTY = ()                      # no byte of the file is meant
# Each with the first and the last byte that it means.
GOOD = {
    'the first byte': ('0-0', (0, 0)), 'the first five': ('0-4', (0, 4)), 'some in the middle': ('3-7', (3, 7)),
    'the last byte': ('9-9', (9, 9)), 'all of them': ('0-9', (0, 9)), 'to the end': ('2-', (2, 9)),
    'from the first to the end': ('0-', (0, 9)), 'the last to the end': ('9-', (9, 9)), 'a suffix': ('-5', (5, 9)),
    'a suffix of one': ('-1', (9, 9)), 'a suffix of all': ('-10', (0, 9)), 'a suffix of more than all': ('-11', (0, 9)),
    'one past the end': ('0-10', (0, 9)), 'two past the end': ('0-11', (0, 9)), 'far past the end': ('5-1000', (5, 9)),
    'the last and past it': ('9-10', (9, 9)), 'an end of 32 bits': ('5-4294967295', (5, 9)),
    'an end of 63 bits': ('5-9223372036854775807', (5, 9)),
    'leading zeros': ('0002-0004', (2, 4)),
}
# A server that cannot hold such numbers may ignore the field, never wrap them round.
HUGE = {
    'an end of 64 bits': ('5-18446744073709551615', (5, 9)),
    'an end beyond 64 bits': ('5-18446744073709551616', (5, 9)),
    'an end that wraps to 7': ('5-18446744073709551623', (5, 9)),
    'an end of 23 digits': ('9-99999999999999999999999', (9, 9)),
    'a suffix that wraps to 5': ('-18446744073709551621', (0, 9)),
    'a suffix of 23 digits': ('-99999999999999999999999', (0, 9)),
    'a suffix beyond 32 bits': ('-4294967301', (0, 9)), 'a start beyond 32 bits': ('4294967296-', EMPTY),
    'a start beyond 64 bits': ('18446744073709551616-', EMPTY),
    'a start that wraps to 2': ('18446744073709551618-', EMPTY),
    'both beyond 64 bits': ('18446744073709551616-18446744073709551620', EMPTY),
    'a start of 63 bits and one': ('9223372036854775808-', EMPTY),
}
NOTHING = {
    'behind the last': '10-', 'behind the last, closed': '10-11', 'further behind': '11-', 'one behind': '10-10',
    'far behind': '100-1000', 'a suffix of nothing': '-0', 'a suffix of nothing, spelt long': '-000',
}
MALFORMED = {
    'no range': 'bytes=', 'letters': 'bytes=a-b', 'the last before the first': 'bytes=5-2', 'two dashes': 'bytes=--5',
    'three numbers': 'bytes=1-2-3', 'a signed start': 'bytes=+5-9', 'a signed end': 'bytes=0-+5',
    'a number alone': 'bytes=5',
    'a dash alone': 'bytes=-', 'a start in hexadecimal': 'bytes=0x0-5', 'a letter behind': 'bytes=0-5x',
    'no equals sign': 'bytes 0-5',
    'a colon': 'bytes:0-5', 'a fraction': 'bytes=0.0-5', 'a letter before': 'bytes=x0-5', 'commas alone': 'bytes=,,',
    'a semicolon': 'bytes=0-1;3-4', 'no unit': '=0-5', 'nothing at all': '', 'a word': 'bytes',
    'a wide digit': 'bytes=\xef\xbc\x90-5', 'an underscore': 'bytes=0_1-5',
}
UNKNOWN = {'lines': 'lines=0-5', 'none': 'none', 'a longer word': 'bytesx=0-5', 'a shorter word': 'byte=0-5',
           'items': 'items=0-5'}


def check_part(answer, first, last, content=DIGITS):
    check(answer.status == 206, 'expected 206, got', answer.status)
    check(answer.get('content-range') == f'bytes {first}-{last}/{len(content)}', 'Content-Range is',
          answer.get('content-range'))
    check(answer.body == content[first:last + 1], 'the wrong bytes came:', answer.body)


def check_whole(answer):
    check((answer.status, answer.body) == (200, DIGITS), 'expected the whole file, got', answer)
    check(answer.get('content-range') is None, 'a 200 has a Content-Range')


def check_416(answer):
    check(answer.status == 416, 'expected 416, got', answer.status)
    told = answer.get('content-range')
    check(told in (None, f'bytes */{SIZE}'), 'Content-Range is', told)


def ranged(peer, value, *fields):
    return peer.get('digits.txt', f'Range: {value}', *fields)


def good(text, meant):
    return lambda peer: check_part(ranged(peer, f'bytes={text}'), *meant)


def huge(text, meant):
    def run(peer):
        answer = ranged(peer, f'bytes={text}')
        if answer.status == 200:
            check_whole(answer)
        elif meant:
            check_part(answer, *meant)
        else:
            check_416(answer)
    return run


def nothing(text):
    def run(peer):
        answer = ranged(peer, f'bytes={text}')
        check_whole(answer) if answer.status == 200 else check_416(answer)
    return run


def malformed(value):
    def run(peer):
        answer = ranged(peer, value)
        check(answer.status in (200, 400, 416), 'a malformed range was answered with', answer.status, answer.body)
        if answer.status == 200:
            check_whole(answer)
    return run


def unknown(value):
    return lambda peer: check_whole(ranged(peer, value))


def advertised(peer):
    told = peer.get('digits.txt').get('accept-ranges')
    check(told in (None, 'bytes'), 'Accept-Ranges is', told)


def either_of(value, *meant, refusals=(400,)):
    def run(peer):
        answer = ranged(peer, value)
        if answer.status == 206:
            check_part(answer, *meant)
        elif answer.status not in refusals:
            check_whole(answer)
    return run


def tells_the_size(peer):
    answer = ranged(peer, 'bytes=99-')
    check(answer.status == 200 or answer.get('content-range') == f'bytes */{SIZE}', 'Content-Range is',
          answer.get('content-range'))


def two_lines(peer):
    answer = peer.get('digits.txt', 'Range: bytes=0-1', 'Range: bytes=5-6')
    check(answer.status in (200, 206, 400), 'got', answer.status)
    if answer.status == 206 and answer.get('content-range'):
        check(answer.get('content-range').split('/')[0].removeprefix('bytes ') in ('0-1', '5-6'),
              'bytes nobody asked for')


def on_head(peer):
    answer = peer.ask('HEAD', f'{TOP}/digits.txt', 'Range: bytes=0-4')
    check((answer.status, answer.get('content-length')) == (200, str(SIZE)), 'HEAD looked at Range:', answer)


def unsatisfiable_on_head(peer):
    answer = peer.ask('HEAD', f'{TOP}/digits.txt', 'Range: bytes=99-')
    check(answer.status == 200, 'HEAD looked at Range:', answer)


def of_nothing(text):
    def run(peer):
        answer = peer.get('empty.txt', f'Range: bytes={text}')
        check(answer.status in (200, 416) and (answer.status == 416 or not answer.body), 'got', answer)
        if answer.status == 416:
            check(answer.get('content-range') in (None, 'bytes */0'), 'Content-Range is', answer.get('content-range'))
    return run


def on_missing(peer):
    check(peer.get('none', 'Range: bytes=0-1').status == 404, 'not 404')


def has_fields(peer):
    """RFC 9110 section 15.3.7: what a 200 would have said of these."""
    tag = peer.strong_tag('digits.txt')
    part, full = ranged(peer, 'bytes=0-1'), peer.get('digits.txt')
    check(part.get('etag') == tag, 'the tag of a part is', part.get('etag'))
    for name in ('cache-control', 'content-location', 'expires', 'vary', 'date', 'content-type'):
        check((part.get(name) is None) == (full.get(name) is None), f'{name} differs from that of a 200')


def of_a_big_file(peer):
    answer = peer.get('big.bin', 'Range: bytes=1048575-2097152')
    check((answer.status, len(answer.body)) == (206, 1048578), 'got', answer.status, len(answer.body))
    check(answer.get('content-range') == f'bytes 1048575-2097152/{3 << 20}', 'Content-Range is',
          answer.get('content-range'))


def part_is_right(answer):
    if answer.status == 206:
        check_part(answer, 0, 4)


def guarded(value, part):
    """If-Range with {TAG} or a date; whether the range is still meant: True, False, or None where it may be."""
    def run(peer):
        tag = peer.strong_tag('digits.txt')
        then = seconds_of(peer.get('digits.txt').get('last-modified'))
        text = value(then) if callable(value) else value.replace('{TAG}', tag)
        answer = ranged(peer, 'bytes=0-4', f'If-Range: {text}')
        if part is None and answer.status in (206, 400):
            part_is_right(answer)
        else:
            check_part(answer, 0, 4) if part else check_whole(answer)
    return run


IF_RANGE = {
    'the tag': guarded('{TAG}', True), 'another tag': guarded('"x"', False),
    'the weak form of the tag': guarded('W/{TAG}', False),
    'an empty tag': guarded('""', False), 'a list with the tag': guarded('"x", {TAG}', None),
    'another tag in a list': guarded('"x", "y"', False),
    'anything': guarded('*', None),
    'nothing': guarded('', None), 'a word': guarded('yesterday', False), 'a tag without quotes': guarded('x', False),
    # Only the form that servers send matches byte by byte.
    **{f'{label} that is exact': guarded(form, True if form is imf else None) for label, form in FORMS.items()},
    'an earlier date': guarded(lambda then: imf(then - 1), False),
    'a later date': guarded(lambda then: imf(then + 1), False),
}


def if_range_alone(peer):
    check_whole(peer.get('digits.txt', 'If-Range: "x"'))


def if_range_and_nothing(peer):
    tag = peer.strong_tag('digits.txt')
    check_416(ranged(peer, 'bytes=99-', f'If-Range: {tag}'))
    check_whole(ranged(peer, 'bytes=99-', 'If-Range: "x"'))


def on_put(peer):
    """A Range on a PUT means nothing: the whole is replaced."""
    name = peer.put(b'0123456789')
    answer = peer.ask('PUT', f'{TOP}/up/{name}', 'Range: bytes=2-4', body=b'abc')
    check(answer.status in STORED and peer.stored(name) == b'abc', 'got', answer.status, peer.stored(name))


MORE = {
    'Accept-Ranges says bytes or nothing': ('9110 14.3', advertised),
    'the unit in capitals': ('9110 14.1', either_of('BYTES=0-4', 0, 4)),
    'an empty element before it': ('9110 5.6.1', either_of('bytes=,0-4', 0, 4)),
    'a blank before it': ('9110 5.6.1', either_of('bytes= 0-4', 0, 4)),
    'a good and a bad one': either_of('bytes=0-1,x', 0, 1, refusals=(400, 416)),
    'a bad and a good one': either_of('bytes=x,0-1', 0, 1, refusals=(400, 416)),
    'a 416 tells the size': ('9110 15.5.17', tells_the_size),
    'two lines': two_lines,
    'HEAD has no ranges': on_head,
    'HEAD has no ranges that cannot be satisfied': unsatisfiable_on_head,
    'an empty file, from its first byte': of_nothing('0-'),
    'an empty file, its last byte': of_nothing('-1'),
    'a missing file': on_missing,
    'a part has the fields of the whole': ('9110 15.3.7', has_fields),
    'a part of a big file': of_a_big_file,
    'If-Range alone means nothing': ('9110 13.1.5', if_range_alone),
    'If-Range decides before the range is judged': ('9110 13.2.2', if_range_and_nothing),
}

CASES = (cases('a range', '9110 14.1.2', {name: good(*row) for name, row in GOOD.items()}) +
         cases('a range', '9110 14.1.2', {name: huge(*row) for name, row in HUGE.items()}) +
         cases('a range of nothing', '9110 14.1.2', {name: nothing(text) for name, text in NOTHING.items()}) +
         cases('a malformed range', '9110 14.2', {name: malformed(text) for name, text in MALFORMED.items()}) +
         cases('an unknown unit', '9110 14.2', {name: unknown(text) for name, text in UNKNOWN.items()}) +
         cases('If-Range', '9110 13.1.5', IF_RANGE) + cases('a range', '9110 14.2', MORE) +
         cases('a range', '9110 14.2', {'PUT has no ranges': on_put}, needs=['puts']))
