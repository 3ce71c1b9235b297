# SPDX-License-Identifier: MIT
"""Request lines and fields: what is malformed, what is allowed, and how much of it (RFC 9112 sections 2, 3, 5)."""

from .fixture import ALPHA, SECRET, TOP
from .model import AFTER, cases, either, raw_get, refused, served
from .peer import check

PATH = f'{TOP}/a.txt'.encode()
LINE = b'GET ' + PATH + b' HTTP/1.1'
HOST = b'Host: localhost'


def line(text):
    return raw_get(line=text)


def field(text):
    return raw_get(text)


FIELDS = {
    'a folded value': ('9112 5.2', either(field(b'X-Folded: one\r\n two'), 200)),
    'a value folded by a tab': ('9112 5.2', either(field(b'X-Folded: one\r\n\ttwo'), 200)),
    'a folded empty line': ('9112 5.2', either(field(b'X-Folded: one\r\n \r\n two'), 200)),
    'a folded host': ('9112 5.2', either(b'%s\r\nHost:\r\n localhost\r\n\r\n' % LINE, 200)),
    'a blank before the first field': ('9112 2.2', refused(b'%s\r\n %s\r\n\r\n' % (LINE, HOST))),
    'a tab before the first field': ('9112 2.2', refused(b'%s\r\n\t%s\r\n\r\n' % (LINE, HOST))),
    'a blank line before the first field': ('9112 2.2', either(b'%s\r\n \r\n%s\r\n\r\n' % (LINE, HOST), 200)),
    'a field before the host that begins with a blank':
        ('9112 2.2', either(b'%s\r\n X: y\r\n%s\r\n\r\n' % (LINE, HOST), 200)),
    'a blank before the colon': ('9112 5.1', refused(field(b'X-Space : one'))),
    'a tab before the colon': ('9112 5.1', refused(field(b'X-Space\t: one'))),
    'a blank before the colon of the host': ('9112 5.1', refused(b'%s\r\nHost : localhost\r\n\r\n' % LINE)),
    'NUL in a value': ('9110 5.5', either(field(b'X-Nul: a\0b'), 200)),
    'NUL at the end of a value': ('9110 5.5', either(field(b'X-Nul: a\0'), 200)),
    'NUL in the host': ('9110 5.5', refused(b'%s\r\nHost: local\0host\r\n\r\n' % LINE)),
    'NUL in a name': refused(field(b'X-N\0ul: ab')),
    'a bare CR in a value': ('9112 2.2', either(field(b'X-Cr: a\rb'), 200)),
    'a bare CR before a name': refused(field(b'\rX-Cr: ab')),
    'a bare CR in a name': refused(field(b'X-\rCr: ab')),
    'a bare CR as a line end': refused(b'%s\r%s\r\n\r\n' % (LINE, HOST)),
    'bare CRs as all line ends': refused(b'%s\r%s\r\r' % (LINE, HOST)),
    'CR CR LF': ('9112 2.2', either(b'%s\r\r\n%s\r\n\r\n' % (LINE, HOST), 200)),
    'a bare LF after a field': ('9112 2.2', either(b'%s\r\n%s\nX: y\r\n\r\n' % (LINE, HOST), 200)),
    'a bare LF after the request line': ('9112 2.2', either(b'%s\n%s\r\n\r\n' % (LINE, HOST), 200)),
    'a bare LF as the last line': ('9112 2.2', either(b'%s\r\n%s\r\n\n' % (LINE, HOST), 200)),
    'bare LFs alone': ('9112 2.2', either(b'%s\n%s\n\n' % (LINE, HOST), 200)),
    'a control byte in a value': ('9110 5.5', either(field(b'X-Control: a\x01b'), 200)),
    'DEL in a value': ('9110 5.5', either(field(b'X-Control: a\x7fb'), 200)),
    'a line without a colon': refused(field(b'no colon here')),
    'a word without a colon': refused(field(b'word')),
    'a second request line among the fields': refused(field(LINE)),
    'an empty name': refused(field(b': empty')),
    'only a colon': refused(field(b':')),
    'a name in brackets': refused(field(b'X-(Name): one')),
    'a name with a slash': refused(field(b'X/Name: one')),
    'a name with an at sign': refused(field(b'X@Name: one')),
    'a name with a blank': refused(field(b'X Name: one')),
    'a name in quotes': refused(field(b'"X": one')),
    'a name with a comma': refused(field(b'X,Y: one')),
    'a name with a control byte': refused(field(b'X\x01: one')),
    'a name that is not ASCII': refused(field(b'X-N\xe4me: one')),
    'every character that a name may have': served(field(b"X-!#$%&'*+.^_`|~09: one")),
    'no blank after the colon': served(b'%s\r\nHost:localhost\r\n\r\n' % LINE),
    'blanks and tabs around a value': served(b'%s\r\nHost: \t localhost \t \r\n\r\n' % LINE),
    'an empty value': served(field(b'X-Empty:')),
    'a value of blanks': served(field(b'X-Empty:   ')),
    'a colon in a value': served(field(b'X-Colon: a:b: c')),
    'a value that is not ASCII': ('9110 5.5', served(field(b'X-Utf: \xc3\xa4'))),
    'names in any case': ('9110 5.1', served(b'%s\r\nhOsT: localhost\r\n\r\n' % LINE)),
    'a field name of one letter': served(field(b'x: y')),
    'an unknown field': ('9110 5.1', served(field(b'X-Unknown: anything'))),
}
LINES = {
    'an empty line before the request': ('9112 2.2', either(b'\r\n' + raw_get(), 200)),
    'two empty lines before the request': ('9112 2.2', either(b'\r\n\r\n' + raw_get(), 200)),
    'a bare LF before the request': ('9112 2.2', either(b'\n' + raw_get(), 200)),
    'a bare CR before the request': ('9112 2.2', either(b'\r' + raw_get(), 200)),
    'a blank before the request': either(b' ' + raw_get(), 200),
    'two blanks after the method': either(line(b'GET  ' + PATH + b' HTTP/1.1'), 200),
    'two blanks before the version': either(line(b'GET ' + PATH + b'  HTTP/1.1'), 200, 404),
    'a tab after the method': either(line(b'GET\t' + PATH + b' HTTP/1.1'), 200),
    'a tab before the version': either(line(b'GET ' + PATH + b'\tHTTP/1.1'), 200, 505),
    'a blank after the version': either(line(LINE + b' '), 200, 505),
    'a blank in the target': refused(line(b'GET %s/a b.txt HTTP/1.1' % TOP.encode()), 301, 400, 404),
    'a word between target and version': refused(line(b'GET ' + PATH + b' extra HTTP/1.1'), 400, 404),
    'a word after the version': refused(line(LINE + b' extra')),
    'no target': refused(line(b'GET HTTP/1.1')),
    'an empty target': refused(line(b'GET  HTTP/1.1'), 400, 404),
    'a method alone': refused(line(b'GET')),
    'no method': refused(line(PATH + b' HTTP/1.1'), 400, 501),
    'a status line': refused(line(b'HTTP/1.1 200 OK'), 400, 405, 501, 505),
    'a method with a bad byte': refused(line(b'G@T ' + PATH + b' HTTP/1.1'), 400, 405, 501),
    'a method in brackets': refused(line(b'(GET) ' + PATH + b' HTTP/1.1'), 400, 405, 501),
    'a method that is not ASCII': refused(line(b'G\xc3\x89T ' + PATH + b' HTTP/1.1'), 400, 405, 501),
    'NUL in the method': refused(line(b'GE\0T ' + PATH + b' HTTP/1.1'), 400, 501),
    'NUL in the target': refused(line(b'GET ' + PATH + b'\0 HTTP/1.1')),
    'a control byte in the target': refused(line(b'GET ' + PATH + b'\x01 HTTP/1.1'), 400, 404),
    'DEL in the target': either(line(b'GET ' + PATH + b'\x7f HTTP/1.1'), 404),
    'a bare CR in the target': refused(line(b'GET ' + PATH + b'\r HTTP/1.1')),
    'a byte above ASCII in the target': either(line(b'GET %s/\xe4.txt HTTP/1.1' % TOP.encode()), 404),
    'a relative target': refused(line(b'GET conformance/a.txt HTTP/1.1'), 400, 404),
    'a fragment in the target': either(line(b'GET ' + PATH + b'#x HTTP/1.1'), 200, 404),
    'a query': served(line(b'GET ' + PATH + b'?x=1&y=%20 HTTP/1.1')),
    'an empty query': served(line(b'GET ' + PATH + b'? HTTP/1.1')),
    'a query with question marks and slashes': served(line(b'GET ' + PATH + b'??/../x HTTP/1.1')),
    'a greeting of TLS': refused(b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(300) + b'\r\n\r\n'),
    'a line of noise': refused(b'\xff\xfe\xfd noise\r\n\r\n', 400, 501),
    'a bare word': refused(b'HELLO\r\n\r\n', 400, 501),
}


def of_length(length):
    """A request line of that many bytes, its end not counted."""
    return line(b'GET ' + PATH + b'?' + b'q' * (length - len(LINE) - 1) + b' HTTP/1.1')


def head_of(length):
    fields, left = [], length - len(raw_get())
    while left > 0:
        size = min(left, 2000) if left > 2020 or left <= 2000 else left - 100
        fields.append(b'X: ' + b'v' * (size - 5))
        left -= size
    return raw_get(*fields)


def with_fields(count):
    return raw_get(*(b'X-%d: v' % number for number in range(count - 1)))


LIMITS = {
    'a request line of 8000 bytes': ('9112 3', served(of_length(8000))),
    'a request line of 8 KiB': either(of_length(8190), 200, 414, 431),
    'a request line of 8 KiB and one': either(of_length(8193), 200, 414, 431),
    'a request line of 64 KiB': either(of_length(65536), 200, 413, 414, 431),
    'a request line of 4 MiB': ('9110 15.5.15', refused(of_length(4 << 20), 400, 413, 414, 431)),
    'a target of a MiB without an end': ('9110 15.5.15', refused(b'GET /' + b'a' * (1 << 20), 400, 413, 414, 431)),
    'a method of a MiB': ('9112 3', refused(b'A' * (1 << 20) + b' / HTTP/1.1\r\n\r\n', 400, 405, 413, 414, 431, 501)),
    'a head of 4 KiB': served(head_of(4096)),
    'a head of 32 KiB': either(head_of(32764), 200, 413, 431),
    'a head of 32 KiB and one': either(head_of(32773), 200, 413, 431),
    'a head of 4 MiB': ('6585 5', refused(head_of(4 << 20), 400, 413, 431)),
    'a field of 4 MiB': ('6585 5', refused(raw_get(b'X: ' + b'v' * (4 << 20)), 400, 413, 431)),
    'a field without an end': ('6585 5', refused(raw_get()[:-2] + b'X: ' + b'v' * (4 << 20), 400, 413, 431)),
    'sixty fields': served(with_fields(60)),
    'a hundred fields': either(with_fields(100), 200, 431),
    'a hundred and one fields': either(with_fields(101), 200, 431),
    'a hundred thousand fields': ('6585 5', refused(with_fields(100_000), 400, 413, 431)),
}


def split_everywhere(peer):
    """A request is understood however it is cut."""
    message = raw_get(b'X-Filler: abc')
    with peer.wire() as wire:
        for cut in range(1, len(message), 3):
            wire.send(message[:cut])
            wire.send(message[cut:])
            answer = wire.answer()
            check(answer is not None and answer.body == ALPHA, f'not understood when cut at {cut}:', answer)


def byte_by_byte(peer):
    with peer.wire() as wire:
        for byte in raw_get():
            wire.send(bytes([byte]))
        check(wire.answer().body == ALPHA, 'not understood byte by byte')


def endless_empty_lines(peer):
    """Skipped, all of them, or refused."""
    with peer.wire() as wire:
        wire.send(b'\r\n' * 100_000 + AFTER)
        answer = wire.answer()
        check(answer is None or answer.status in (400, 413, 414, 431) or answer.body == SECRET, 'got', answer)
        check(not wire.end(), 'more than one answer came')


def not_of_this_version(message):
    """Another protocol may be spoken here (HTTP/0.9, HTTP/2), but nothing behind it is read as HTTP/1.1."""
    def run(peer):
        with peer.wire(timeout=1) as wire:
            wire.send(message + AFTER)
            received, how = wire.read_until_close()
            check(SECRET not in received, 'the request behind it was served')
            check(how != 'open' or not received.startswith(b'HTTP/'), 'answered, and still open')
    return run


OTHERS = {
    'no version': ('9112 3', not_of_this_version(line(b'GET ' + PATH))),
    'no version and a blank': ('9112 3', not_of_this_version(line(b'GET ' + PATH + b' '))),
    'a preface of HTTP/2': ('9113 3.4', not_of_this_version(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')),
    'empty lines without an end': ('9112 2.2', endless_empty_lines),
}
SPLITS = {'a request cut at every place': split_everywhere, 'a request byte by byte': byte_by_byte}

CASES = (cases('fields', '9112 5.1', FIELDS) + cases('request lines', '9112 3', LINES) +
         cases('request lines', '9112 3', OTHERS) + cases('limits', '9112 2.3', LIMITS) +
         cases('limits', '9112 2', SPLITS))
