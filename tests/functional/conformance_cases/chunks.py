# SPDX-License-Identifier: MIT
"""Chunked bodies: sizes, extensions, trailers (RFC 9112 section 7.1)."""

from .model import cases, either, refused, understood, upload
from .peer import check

FLOOD = 1 << 20


def raw(body):
    return upload('Transfer-Encoding: chunked', body=body)


def sized(size, end=b'\r\n', after=b'\r\n'):
    """One chunk of five bytes whose size line is as given."""
    return raw(size + end + b'hello' + after + b'0\r\n\r\n')


def trailed(trailers):
    return raw(b'5\r\nhello\r\n0\r\n' + trailers + b'\r\n')


BAD_SIZES = {
    'the size 0x5': b'0x5', 'the size 0X5': b'0X5', 'the size 0_5': b'0_5', 'a signed size': b'+5',
    'a negative size': b'-5', 'a negative zero': b'-0', 'a word after a size': b'5 junk',
    'letters after a size': b'5junk',
    'a digit after a blank': b'5 0', 'a blank before a size': b' 5', 'a tab before a size': b'\t5',
    'a size that is no number': b'g', 'a size in quotes': b'"5"', 'a size with a fraction': b'5.0',
    'a size with h': b'5h', 'two sizes': b'5,5', 'NUL after a size': b'5\0', 'a vertical tab after a size': b'5\x0b',
    'a wide digit': '\uff15'.encode(), 'no size': b'', 'an extension without a size': b';a=b', 'a colon': b'5:',
}
BIG_SIZES = {
    'a size beyond 64 bits that wraps to 5': b'10000000000000005', 'seventeen f': b'fffffffffffffffff',
    'sixteen f': b'ffffffffffffffff', 'a size of 63 bits and one': b'8000000000000000',
    'a size beyond 32 bits that wraps to 5': b'100000005', 'a size that is minus 2 in 64 bits': b'fffffffffffffffe',
    'forty digits': b'1' + b'0' * 38 + b'5',
}
SIZES = {
    **{name: refused(sized(size)) for name, size in BAD_SIZES.items()},
    **{name: refused(sized(size), 400, 413, patient=True) for name, size in BIG_SIZES.items()},
    'a size in hexadecimal': understood(raw(b'A\r\n0123456789\r\n0\r\n\r\n'), stores=b'0123456789'),
    'a size in small letters': understood(raw(b'a\r\n0123456789\r\n0\r\n\r\n'), stores=b'0123456789'),
    'leading zeros': understood(sized(b'005')),
    'sixteen digits': understood(sized(b'0' * 15 + b'5')),
    'seventeen digits': either(sized(b'0' * 16 + b'5')),
    'a hundred digits': either(sized(b'0' * 99 + b'5')),
    'many chunks': understood(raw(b'1\r\nx\r\n' * 500 + b'0\r\n\r\n'), stores=b'x' * 500),
    'no bytes at all': understood(raw(b'0\r\n\r\n'), stores=b''),
    'several zeros at the end': understood(raw(b'5\r\nhello\r\n000\r\n\r\n')),
}
EDGES = {
    'a bare LF after a size': refused(sized(b'5', end=b'\n')),
    'a bare CR after a size': refused(sized(b'5', end=b'\r')),
    'CR CR LF after a size': refused(sized(b'5', end=b'\r\r\n')),
    'a bare LF after the data': refused(sized(b'5', after=b'\n')),
    'a bare CR after the data': refused(sized(b'5', after=b'\r')),
    'LF CR after the data': refused(sized(b'5', after=b'\n\r')),
    'nothing after the data': refused(sized(b'5', after=b'')),
    'two bytes that are no line end after the data': refused(sized(b'5', after=b'XX')),
    'a chunk longer than its size': refused(sized(b'4')),
    'a chunk shorter than its size': refused(sized(b'6')),
    'a bare LF after the last size': refused(raw(b'5\r\nhello\r\n0\n\r\n')),
    'a bare CR after the last size': refused(raw(b'5\r\nhello\r\n0\r\r\n')),
    'a bare LF at the very end': either(raw(b'5\r\nhello\r\n0\r\n\n'), patient=True),
}
EXTENSIONS = {
    'an extension': understood(sized(b'5;a')),
    'an extension with a value': understood(sized(b'5;a=b')),
    'several extensions': understood(sized(b'5;a=b;c;d="e"')),
    'a quoted value': understood(sized(b'5;a="b c"')),
    'a semicolon in quotes': understood(sized(b'5;a="b;c"')),
    'an escaped quote': understood(sized(b'5;a="\\""')),
    'an extension of the last chunk': understood(raw(b'5\r\nhello\r\n0;a=b\r\n\r\n')),
    'blanks around an extension': either(sized(b'5 ; a = b')),
    'a blank after a size': either(sized(b'5 ')),
    'a tab after a size': either(sized(b'5\t')),
    'an extension without a name': either(sized(b'5;')),
    'an extension without a value': either(sized(b'5;a=')),
    'a quote without its end': either(sized(b'5;a="b')),
    'a bare CR in an extension': refused(sized(b'5;a\rb')),
    'a bare LF in an extension': refused(sized(b'5;a\nb')),
    'a bare LF in quotes': refused(sized(b'5;a="\n"')),
    'a bare CR in quotes': refused(sized(b'5;a="\r"')),
    'a bare LF after an extension': refused(sized(b'5;a', end=b'\n')),
    'NUL in an extension': refused(sized(b'5;a\0b')),
    'an endless extension': refused(sized(b'5;' + b'x' * FLOOD), 400, 413, 431),
    'an endless run of extensions': refused(sized(b'5' + b';a=b' * (FLOOD // 4)), 400, 413, 431),
    'an endless size': refused(sized(b'0' * FLOOD + b'5'), 400, 413, 431),
    'endless blanks after a size': refused(sized(b'5' + b' ' * FLOOD), 400, 413, 431),
}
TRAILERS = {
    'a trailer': understood(trailed(b'X-Trailer: yes\r\n')),
    'several trailers': understood(trailed(b'A: 1\r\nB: 2\r\nC:\r\n')),
    'a length as a trailer': understood(trailed(b'Content-Length: 3\r\n')),
    'a coding as a trailer': understood(trailed(b'Transfer-Encoding: chunked\r\n')),
    'a host as a trailer': understood(trailed(b'Host: other.example\r\n')),
    'a condition as a trailer': understood(trailed(b'If-Match: "x"\r\n')),
    'a trailer without a colon': refused(trailed(b'bad trailer\r\n')),
    'a trailer without a name': refused(trailed(b': x\r\n')),
    'a blank before the colon of a trailer': refused(trailed(b'X : y\r\n')),
    'a blank in the name of a trailer': refused(trailed(b'X Y: z\r\n')),
    'NUL in a trailer': refused(trailed(b'X: a\0b\r\n')),
    'a bare CR in a trailer': refused(trailed(b'X: a\rb\r\n')),
    'a folded trailer': either(trailed(b'X: a\r\n b\r\n')),
    'a blank before the first trailer': either(trailed(b' X: a\r\n')),
    'a trailer that ends with a bare LF': either(trailed(b'X: a\n'), patient=True),
    'a request where the trailers should be':
        refused(raw(b'5\r\nhello\r\n0\r\nGET /conformance/secret.txt HTTP/1.1\r\nHost: localhost\r\n\r\n')),
    'an endless trailer': refused(trailed(b'X: ' + b'y' * FLOOD + b'\r\n'), 400, 413, 431),
    'endless trailers': refused(trailed(b'X: yyyyyyyyy\r\n' * (FLOOD // 14)), 400, 413, 431),
}


def cut_off(body, how='Transfer-Encoding: chunked'):
    """A body without its end is no body: nothing of it may be stored."""
    def run(peer):
        name = peer.name()
        with peer.wire() as wire:
            wire.send(peer.request('PUT', f'/conformance/up/{name}', how) + body)
            wire.half_close()
            answer = wire.answer('PUT')
            check(answer is None or answer.status >= 400, 'half a body was taken for a whole one:', answer)
        check(peer.stored(name) is None, 'half a body was stored')
    return run


INCOMPLETE = {
    'no chunk': cut_off(b''),
    'a size without its line end': cut_off(b'5'),
    'half a chunk': cut_off(b'5\r\nhel'),
    'a chunk without its end': cut_off(b'5\r\nhello'),
    'chunks without the last one': cut_off(b'5\r\nhello\r\n'),
    'a zero without its line end': cut_off(b'5\r\nhello\r\n0'),
    'half a body of known length': ('9112 8', cut_off(b'hel', 'Content-Length: 5')),
    'no byte of a body of known length': ('9112 8', cut_off(b'', 'Content-Length: 5')),
    'all but one byte': ('9112 8', cut_off(b'x' * 65535, 'Content-Length: 65536')),
}

CASES = (cases('chunks', '9112 7.1', SIZES) + cases('chunks', '9112 7.1', EDGES) +
         cases('chunks', '9112 7.1.1', EXTENSIONS) + cases('chunks', '9112 7.1.2', TRAILERS) +
         cases('cut off', '9112 8', INCOMPLETE, needs=['puts']))
