# SPDX-License-Identifier: MIT
"""Host and the forms of a target: exactly one, well-formed, and the absolute form wins (RFC 9112 section 3.2)."""

from .fixture import TOP
from .model import cases, either, raw_get, refused, served

PATH = f'{TOP}/a.txt'.encode()
OLD = b'GET ' + PATH + b' HTTP/1.0'
OTHERS = (200, 403, 404, 421)        # a well-formed name that may or may not be served here


def host(value, *more, line=None):
    return raw_get(b'Host: ' + value, *more, line=line, host=None)


def absolute(url, *fields, host=b'Host: localhost'):
    return raw_get(*fields, line=b'GET ' + url + b' HTTP/1.1', host=host)


MALFORMED = {
    'a list': b'localhost, localhost', 'two names': b'localhost other',
    'a path': b'localhost/x', 'a query': b'localhost?x', 'a fragment': b'localhost#x', 'a user': b'me@localhost',
    'a user with a password': b'me:secret@localhost', 'a URL': b'http://localhost',
    'a port with letters': b'localhost:80a',
    'a negative port': b'localhost:-80', 'a signed port': b'localhost:+80', 'a port in hexadecimal': b'localhost:0x50',
    'a blank before the port': b'localhost :80', 'a blank in the port': b'localhost:8 0',
    'two ports': b'localhost:80:80',
    'an open bracket': b'[::1', 'a closing bracket': b'::1]', 'an address without brackets': b'::1',
    'text behind brackets': b'[::1]x', 'a bad port behind brackets': b'[::1]:x', 'no address in brackets': b'[]',
    'a word in brackets': b'[localhost]', 'a bad address in brackets': b'[:::1]',
    'too long an address': b'[1:2:3:4:5:6:7:8:9]',
    'a broken escape': b'local%zzhost', 'an angle bracket': b'local<host', 'a backslash': b'local\\host',
    'a quote': b'local"host', 'a caret': b'local^host', 'a pipe': b'local|host', 'a brace': b'local{host}',
    'a byte above ASCII': b'loc\xe4lhost', 'a control byte': b'local\x01host', 'a tab': b'local\thost',
    'a port without a host': b':80 x',
}
HOSTS = {
    'missing': refused(raw_get(host=None)),
    'missing beside other fields': refused(raw_get(b'X-Host: localhost', host=None)),
    'twice the same': refused(raw_get(b'Host: localhost')),
    'twice, differing': refused(raw_get(b'Host: other.example')),
    'twice, the second empty': refused(raw_get(b'Host:')),
    'twice, apart': refused(raw_get(b'Accept: */*', b'HOST: localhost')),
    'twice in HTTP/1.0': refused(raw_get(b'Host: localhost', line=OLD)),
    'malformed in HTTP/1.0': refused(host(b'me@localhost', line=OLD)),
    **{name: refused(host(value)) for name, value in MALFORMED.items()},
    'empty': either(host(b''), *OTHERS),
    'a name': served(host(b'localhost')),
    'a name and a port': served(host(b'localhost:8080')),
    'a name in capitals': served(host(b'LOCALHOST')),
    'a name and an empty port': ('3986 3.2.3', either(host(b'localhost:'), *OTHERS)),
    'a port beyond 65535': ('3986 3.2.3', either(host(b'localhost:65536'), *OTHERS)),
    'an IPv4 address': served(host(b'127.0.0.1')),
    'an IPv4 address and a port': served(host(b'127.0.0.1:80')),
    'an IPv6 address': either(host(b'[::1]'), *OTHERS),
    'an IPv6 address and a port': either(host(b'[::1]:80'), *OTHERS),
    'a name with a final dot': either(host(b'localhost.'), *OTHERS),
    'a name with an underscore': either(host(b'a_b.localhost'), *OTHERS),
    'a name with an escape': ('3986 3.2.2', either(host(b'local%68ost'), *OTHERS)),
    'a comma, which a name may hold': ('3986 3.2.2', either(host(b'localhost,other'), *OTHERS)),
    'a name of 300 letters': either(host(b'a' * 300), *OTHERS, 413, 414, 431),
}
FORMS = {
    'the absolute form': ('9112 3.2.2', served(absolute(b'http://localhost' + PATH))),
    'the absolute form with a port': ('9112 3.2.2', served(absolute(b'http://localhost:8080' + PATH))),
    'the absolute form in capitals': ('3986 3.1', served(absolute(b'HTTP://LOCALHOST' + PATH))),
    'the absolute form wins over another host':
        ('9112 3.2.2', served(absolute(b'http://localhost' + PATH, host=b'Host: other.example'))),
    'the absolute form with a query': ('9112 3.2.2', served(absolute(b'http://localhost' + PATH + b'?a=b'))),
    'the absolute form without a host': refused(absolute(b'http://localhost' + PATH, host=None)),
    'the absolute form with a bad host': either(absolute(b'http://localhost' + PATH, host=b'Host: me@localhost'), 200),
    'the absolute form with two hosts': refused(absolute(b'http://localhost' + PATH, b'Host: localhost')),
    'the absolute form without a path': either(absolute(b'http://localhost'), 200, 301, 302, 303, 307, 308, 403, 404),
    'the absolute form with a user': either(absolute(b'http://me@localhost' + PATH), *OTHERS),
    'the absolute form with a bad port': either(absolute(b'http://localhost:8x' + PATH), 404),
    'the absolute form of no host': ('9110 4.2.1', either(absolute(b'http://' + PATH), 404, 421)),
    'the absolute form with brackets open': either(absolute(b'http://[::1' + PATH), 404, 421),
    'the absolute form of https': ('9110 4.2.2', either(absolute(b'https://localhost' + PATH), *OTHERS)),
    'the absolute form of another scheme': either(absolute(b'ftp://localhost' + PATH), *OTHERS),
    'the absolute form in HTTP/1.0':
        ('9112 3.2.2', refused(raw_get(line=b'GET http://localhost' + PATH + b' HTTP/1.0', host=None), 200, 400)),
    'the authority form with GET': ('9112 3.2.3', either(raw_get(line=b'GET localhost:80 HTTP/1.1'), 404)),
    'the asterisk with GET': ('9112 3.2.4', either(raw_get(line=b'GET * HTTP/1.1'), 404)),
}

CASES = cases('hosts', '9112 3.2', HOSTS) + cases('targets', '9112 3.2', FORMS)
