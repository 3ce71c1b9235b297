# SPDX-License-Identifier: MIT
"""Where a message ends: Content-Length and Transfer-Encoding in every doubtful spelling (RFC 9112 section 6)."""

from .fixture import TOP
from .model import AFTER, cases, closed, either, raw_get, refused, served, understood, upload

CHUNKS = b'5\r\nhello\r\n0\r\n\r\n'
# A body that is a request of its own: a server that gets the length wrong answers it.
HIDDEN = AFTER


def coded(*values, body=CHUNKS, version='1.1'):
    return upload(*(b'Transfer-Encoding: ' + value for value in values), body=body, version=version)


def sized(*values, body=b'hello'):
    return upload(*(b'Content-Length: ' + value for value in values), body=body)


BOTH = {
    'both length headers': closed(upload('Content-Length: 15', 'Transfer-Encoding: chunked', body=CHUNKS)),
    'both, the coding first': closed(upload('Transfer-Encoding: chunked', 'Content-Length: 15', body=CHUNKS)),
    'both, the length cutting the chunks': closed(upload('Content-Length: 3', 'Transfer-Encoding: chunked',
                                                         body=CHUNKS)),
    'both, the length 0': closed(upload('Content-Length: 0', 'Transfer-Encoding: chunked', body=CHUNKS)),
    'both, the length bad': closed(upload('Content-Length: x', 'Transfer-Encoding: chunked', body=CHUNKS)),
    'both, the coding unknown': refused(upload('Content-Length: 5', 'Transfer-Encoding: x', body=b'hello'), 400, 501),
    'both, the coding identity': refused(upload('Content-Length: 5', 'Transfer-Encoding: identity', body=b'hello'),
                                         400, 501),
    'both on a GET': closed(raw_get(b'Content-Length: 15', b'Transfer-Encoding: chunked') + CHUNKS),
    'both in HTTP/1.0': closed(upload('Content-Length: 15', 'Transfer-Encoding: chunked', 'Connection: keep-alive',
                                      body=CHUNKS, version='1.0')),
    'a coding in HTTP/1.0': closed(upload('Transfer-Encoding: chunked', 'Connection: keep-alive', body=CHUNKS,
                                          version='1.0'), 411),
    'a coding on a GET in HTTP/1.0': closed(raw_get(b'Transfer-Encoding: chunked', b'Connection: keep-alive',
                                                    line=f'GET {TOP}/a.txt HTTP/1.0'.encode()) + CHUNKS),
}
CODINGS = {
    'chunked': ('9112 7.1', understood(coded(b'chunked'))),
    'chunked in capitals': ('9112 7', understood(coded(b'CHUNKED'))),
    'chunked between blanks': ('9110 5.5', understood(coded(b' \tchunked \t'))),
    'chunked twice in a list': refused(coded(b'chunked, chunked'), 400, 501),
    'chunked twice without a blank': refused(coded(b'chunked,chunked'), 400, 501),
    'chunked in two lines': refused(coded(b'chunked', b'chunked'), 400, 501),
    'chunked and identity in two lines': refused(coded(b'chunked', b'identity'), 400, 501),
    'identity and chunked in two lines': refused(coded(b'identity', b'chunked'), 400, 501),
    'chunked, then an unknown coding': refused(coded(b'chunked, x'), 400, 501),
    'chunked, then identity': refused(coded(b'chunked, identity'), 400, 501),
    'chunked, then gzip': refused(coded(b'chunked, gzip'), 400, 501),
    'gzip, then chunked': either(coded(b'gzip, chunked'), 400, 415),
    'gzip alone': refused(coded(b'gzip'), 400, 501),
    'identity': refused(coded(b'identity', body=b''), 400, 501),
    'an unknown coding': refused(coded(b'xchunked'), 400, 501),
    'a prefix of chunked': refused(coded(b'chunke'), 400, 501),
    'chunked with more letters': refused(coded(b'chunkedx'), 400, 501),
    'two words': refused(coded(b'x chunked'), 400, 501),
    'chunked and a word': refused(coded(b'chunked x'), 400, 501),
    'chunked split by a blank': refused(coded(b'chun ked'), 400, 501),
    'chunked with a weight': refused(coded(b'chunked;q=1'), 400, 501),
    'chunked with a parameter': refused(coded(b'chunked; x=y'), 400, 501),
    'chunked in quotes': refused(coded(b'"chunked"'), 400, 501),
    'chunked in single quotes': refused(coded(b"'chunked'"), 400, 501),
    'a colon before chunked': refused(coded(b': chunked'), 400, 501),
    'a vertical tab before chunked': refused(coded(b'\x0bchunked'), 400, 501),
    'a form feed before chunked': refused(coded(b'\x0cchunked'), 400, 501),
    'a vertical tab after chunked': refused(coded(b'chunked\x0b'), 400, 501),
    'NUL after chunked': refused(coded(b'chunked\0'), 400, 501),
    'a byte above ASCII after chunked': refused(coded(b'chunked\xa0'), 400, 501),
    'a long s in chunked': refused(coded('chun\u212aed'.encode()), 400, 501),
    'an empty element after chunked': either(coded(b'chunked,')),
    'an empty element before chunked': either(coded(b',chunked')),
    'an empty coding': either(coded(b'', body=b''), 201, 204, 411, stores=b''),
    'chunked on a folded line': either(upload(b'Transfer-Encoding:\r\n chunked', body=CHUNKS)),
    'a blank before the colon': refused(upload(b'Transfer-Encoding : chunked', body=CHUNKS)),
    'a tab before the colon': refused(upload(b'Transfer-Encoding\t: chunked', body=CHUNKS)),
    'a bare CR before chunked': either(coded(b'\rchunked')),
    'chunked on a GET': either(raw_get(b'Transfer-Encoding: chunked') + CHUNKS, 200),
    'an unknown coding on a GET': refused(raw_get(b'Transfer-Encoding: x') + CHUNKS, 400, 501),
    'two codings on a GET': refused(raw_get(b'Transfer-Encoding: chunked, x') + CHUNKS, 400, 501),
}
BAD = {
    'an empty length': b'',
    'a signed length': b'+5',
    'a negative length': b'-5',
    'a negative zero': b'-0',
    'a length and a word': b'5 bytes',
    'a length with a blank in it': b'5 5',
    'a length in hexadecimal': b'0x5',
    'a length in hexadecimal digits': b'a',
    'a length with an underscore': b'0_5',
    'a length with a fraction': b'5.0',
    'a length with an exponent': b'5e0',
    'a length in quotes': b'"5"',
    'a length with a parameter': b'5;a',
    'a vertical tab before the length': b'\x0b5',
    'a form feed before the length': b'\x0c5',
    'NUL after the length': b'5\0',
    'a bare CR in the length': b'\r5',
    'a wide digit': '\uff15'.encode(),
    'a blank that is not ASCII': b'\xa05',
    'differing lengths in a list': b'5, 6',
    'differing lengths, the first 0': b'0, 5',
    'a length and a bad one in a list': b'5, x',
    'a folded second length': b'5\r\n 5',
}
LENGTHS = {
    **{name: refused(sized(value)) for name, value in BAD.items()},
    'a length beyond 64 bits that wraps to 5': refused(sized(b'18446744073709551621'), 400, 413),
    'a length beyond 32 bits that wraps to 5': refused(sized(b'4294967301'), 400, 413, patient=True),
    'a length of 64 bits': refused(sized(b'18446744073709551615'), 400, 413),
    'a length of 63 bits and one': refused(sized(b'9223372036854775808'), 400, 413),
    'a length of twenty nines': refused(sized(b'99999999999999999999'), 400, 413),
    'a length of forty digits': refused(sized(b'9' * 40), 400, 413),
    'differing lengths': refused(sized(b'5', b'6')),
    'differing lengths, the last 0': refused(sized(b'5', b'0')),
    'differing lengths, the first 0 too': refused(sized(b'0', b'5')),
    'three lengths, one differing': refused(sized(b'5', b'5', b'6')),
    'equal lengths in two lines': either(sized(b'5', b'5')),
    'equal lengths in a list': either(sized(b'5, 5')),
    'equal numbers, spelt differently': either(sized(b'5', b'05')),
    'an empty element after the length': either(sized(b'5,')),
    'an empty element before the length': either(sized(b',5')),
    'leading zeros': either(sized(b'0005')),
    'twenty leading zeros': either(sized(b'0' * 20 + b'5')),
    'blanks around the length': ('9110 5.5', understood(sized(b'  5  '))),
    'tabs around the length': ('9110 5.5', understood(sized(b'\t5\t'))),
    'no blank after the colon': ('9112 5', understood(upload(b'Content-Length:5', body=b'hello'))),
    'a length in capitals': ('9110 5.1', understood(upload(b'CONTENT-LENGTH: 5', body=b'hello'))),
    'a blank before the colon of a length': refused(upload(b'Content-Length : 5', body=b'hello')),
    'a tab before the colon of a length': refused(upload(b'Content-Length\t: 5', body=b'hello')),
    'a blank in the name': refused(upload(b'Content Length: 5', body=b'hello')),
    'a vertical tab before the name': refused(upload(b'\x0bContent-Length: 5', body=b'hello')),
    'an underscore in the name beside a length':
        ('9110 5.1', either(upload(b'Content_Length: 9', b'Content-Length: 5', body=b'hello'))),
    'a bad length on a GET': refused(raw_get(b'Content-Length: x')),
    'differing lengths on a GET': refused(raw_get(b'Content-Length: 0', b'Content-Length: 5') + b'hello'),
    'a negative length on a GET': refused(raw_get(b'Content-Length: -1')),
    'the length 0 on a GET': served(raw_get(b'Content-Length: 0')),
}


def with_body(method, *statuses, name='a.txt'):
    """The body of a method that wants none is a request: it must not be answered, whatever becomes of the outer one."""
    line = f'{method} {TOP}/{name} HTTP/1.1'.encode()
    message = raw_get(b'Content-Length: %d' % len(HIDDEN), line=line) + HIDDEN
    return either(message, *(statuses or (403, 404, 405, 409, 411, 412, 413)))


HIDING = {
    'a GET with a request as its body': with_body('GET', 200),
    'a HEAD with a request as its body': with_body('HEAD', 200),
    'an OPTIONS with a request as its body': with_body('OPTIONS', 200, 204, 403, 405),
    'a DELETE with a request as its body': with_body('DELETE', 200, 204, 403, 404, 405, 409, 411, 413, 415,
                                                     name='victim.txt'),
    'a TRACE with a request as its body': with_body('TRACE'),
    'an unknown method with a request as its body': with_body('BREW'),
    'a missing file with a request as the body':
        either(raw_get(b'Content-Length: %d' % len(HIDDEN), line=f'GET {TOP}/none HTTP/1.1'.encode()) + HIDDEN, 404),
    'a chunked GET with a request as its body':
        either(raw_get(b'Transfer-Encoding: chunked') + b'%x\r\n%s\r\n0\r\n\r\n' % (len(HIDDEN), HIDDEN), 200),
    'a refused PUT with a request as its body':
        either(raw_get(b'Content-Length: %d' % len(HIDDEN), line=f'PUT {TOP}/dir/ HTTP/1.1'.encode()) + HIDDEN,
               403, 404, 405, 409, 415),
}

CASES = (cases('lengths', '9112 6.3', BOTH) + cases('lengths', '9112 6.1', CODINGS) +
         cases('lengths', '9112 6.3', LENGTHS) + cases('lengths', '9112 9.3', HIDING))
