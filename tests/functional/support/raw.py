# SPDX-License-Identifier: MIT
"""A client that forgives nothing: bytes go out where the test says, answers are parsed strictly."""

import hashlib
import re
import select
import socket
import struct
import time

from . import settings

STATUS_LINE = re.compile(rb'HTTP/1\.1 ([1-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)')
FIELD_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*"
                        rb'[\x21-\x7e\x80-\xff])?)?)[ \t]*')
IMF_DATE = re.compile(r'(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) '
                      r'\d{4} \d\d:\d\d:\d\d GMT')
# RFC 9110: fields that are no lists may come once.
SINGLE = {'content-length', 'date', 'content-type', 'etag', 'last-modified', 'location', 'content-range',
          'transfer-encoding', 'retry-after', 'keep-alive', 'connection', 'content-location'}


class FramingError(AssertionError):
    """The peer's bytes are not one well-formed HTTP/1.1 answer."""


class Response:
    def __init__(self, status, reason, fields):
        self.status, self.reason, self.fields = status, reason, fields
        self.body = b''
        self.closing = self.get('connection', '').lower() == 'close'

    def get(self, name, otherwise=None):
        return next((value for key, value in self.fields if key == name.lower()), otherwise)

    def all(self, name):
        return [value for key, value in self.fields if key == name.lower()]

    @property
    def text(self):
        return self.body.decode('utf-8', 'replace')

    @property
    def sha256(self):
        return hashlib.sha256(self.body).hexdigest()

    def __repr__(self):
        return f'<{self.status} {self.reason} {dict(self.fields)} body={self.body[:200]!r} ({len(self.body)})>'


def split_head(head: bytes, status_line=STATUS_LINE) -> Response:
    """The status line and fields, without the empty line. RFC 9112 sections 4 and 5."""
    lines = head.split(b'\r\n')
    first = status_line.fullmatch(lines[0])
    if not first:
        raise FramingError(f'bad status line {lines[0]!r}')
    fields = []
    for line in lines[1:]:
        field = FIELD_LINE.fullmatch(line)
        if not field:
            raise FramingError(f'bad field line {line!r} in {head!r}')
        fields.append((field[1].decode().lower(), field[2].decode('latin-1')))
    names = [name for name, _ in fields]
    for name in SINGLE:
        if names.count(name) > 1:
            raise FramingError(f'{name} came {names.count(name)} times in {head!r}')
    return Response(int(first[1]), first[2].decode('latin-1'), fields)


def parse_head(head: bytes) -> Response:
    """The same, and what must hold of every answer of ours."""
    response = split_head(head)
    check_fields(response)
    return response


def check_fields(response: Response) -> None:
    """What holds for every answer: a date, and no framing where there is no body."""
    if response.status >= 200:
        if not IMF_DATE.fullmatch(response.get('date', '')):
            raise FramingError(f'no valid Date in {response}')
    if response.status < 200 or response.status == 204:     # RFC 9110 section 8.6, RFC 9112 section 6.1
        if response.get('content-length') is not None or response.get('transfer-encoding') is not None:
            raise FramingError(f'a {response.status} must not be framed: {response}')
    if response.get('content-length') is not None and response.get('transfer-encoding') is not None:
        raise FramingError(f'both length headers in {response}')
    if response.status == 405 and response.get('allow') is None:
        raise FramingError(f'a 405 without Allow: {response}')
    if response.status == 416 and response.get('content-range') is None:
        raise FramingError(f'a 416 without Content-Range: {response}')


class RawConnection:
    """One TCP (or Unix) connection. Reading never takes a byte more than the answer it returns."""

    parse = staticmethod(parse_head)

    def __init__(self, port=None, address='127.0.0.1', path=None, timeout=10.0, receive_buffer=None,
                 source=None):
        self.timeout = settings.patience(timeout)
        if path is not None:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            target = str(path)
        else:
            self.socket = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            target = (address, port)
        if receive_buffer is not None:        # before connect: it decides the window, tcp(7)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source is not None:
            self.socket.bind((source, 0))
        self.socket.settimeout(2 * self.timeout)
        self.socket.connect(target)
        self.buffer = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, *pieces):
        for piece in pieces:
            self.socket.sendall(piece if isinstance(piece, bytes) else piece.encode())

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Close by RST instead of FIN: SO_LINGER with time 0, socket(7)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.socket.close()

    def _more(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise FramingError(f'closed within an answer, after {self.buffer[-300:]!r}')
        self.buffer += chunk

    def _take(self, count):
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _take_exactly(self, count):
        if count > len(self.buffer):
            # Big bodies are gathered in pieces: appending to one string would be quadratic.
            pieces, have = [self.buffer], len(self.buffer)
            while have < count:
                chunk = self.socket.recv(min(count - have, 1 << 20))
                if not chunk:
                    raise FramingError(f'closed {count - have} bytes before the end of the body')
                pieces.append(chunk)
                have += len(chunk)
            self.buffer = b''
            return b''.join(pieces)
        return self._take(count)

    def _take_line(self):
        while b'\r\n' not in self.buffer:
            self._more()
        line = self._take(self.buffer.index(b'\r\n'))
        self._take(2)
        return line

    def read_head(self) -> Response:
        while b'\r\n\r\n' not in self.buffer:
            if len(self.buffer) > 1 << 20:
                raise FramingError('a head without an end')
            self._more()
        head = self._take(self.buffer.index(b'\r\n\r\n'))
        self._take(4)
        return self.parse(head)

    def read_response(self, method='GET') -> Response:
        """Exactly one answer, interim ones included; later bytes stay in `buffer`."""
        response = self.read_head()
        if method == 'HEAD' or response.status < 200 or response.status in (204, 304):
            return response
        length = response.get('content-length')
        coding = response.get('transfer-encoding')
        if coding is not None:
            if coding != 'chunked':
                raise FramingError(f'unknown transfer coding {coding!r}')
            response.body = self._read_chunks()
        elif length is not None:
            if not re.fullmatch(r'\d+', length):
                raise FramingError(f'bad Content-Length {length!r}')
            response.body = self._take_exactly(int(length))
        elif response.closing:
            response.body, how = self.read_until_close()
            if how != 'fin':
                raise FramingError(f'a body that ends with the connection ended by {how}')
        else:
            raise FramingError(f'no framing and no Connection: close in {response}')
        return response

    def _read_chunks(self):
        body = []
        while True:
            size = re.fullmatch(rb'([0-9A-Fa-f]{1,16})(;.*)?', self._take_line())
            if not size:
                raise FramingError('bad chunk size')
            count = int(size[1], 16)
            if count == 0:
                while self._take_line():
                    pass
                return b''.join(body)
            body.append(self._take_exactly(count))
            if self._take_exactly(2) != b'\r\n':
                raise FramingError('a chunk without its end')

    def ask(self, method, target, *fields, body=b'', version='1.1', host='localhost') -> Response:
        """One request, one answer. An interim answer nobody asked for is an error."""
        self.send(request(method, target, *fields, body=body, version=version, host=host))
        response = self.read_response(method)
        if response.status < 200:
            raise FramingError(f'unexpected interim answer {response}')
        return response

    def read_until_close(self, seconds=None):
        """All bytes to the end, and how it came: 'fin', 'rst', or 'open' when the time ran out."""
        pieces = [self.buffer]
        self.buffer = b''
        deadline = time.monotonic() + (self.timeout if seconds is None else seconds)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return b''.join(pieces), 'open'
            try:
                chunk = self.socket.recv(1 << 20)
            except ConnectionResetError:
                return b''.join(pieces), 'rst'
            if not chunk:
                return b''.join(pieces), 'fin'
            pieces.append(chunk)

    def quiet_for(self, seconds):
        """Nothing arrives, not even an end, for that long."""
        return not self.buffer and not select.select([self.socket], [], [], seconds)[0]

    def segments_received(self):
        """tcpi_data_segs_in of struct tcp_info, linux/tcp.h: how many sends reached us on loopback."""
        info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
        return struct.unpack_from('<I', info, 152)[0]


def request(method, target, *fields, body=b'', version='1.1', host='localhost') -> bytes:
    """A well-formed request; a body brings its Content-Length unless a field frames it already."""
    lines = [f'{method} {target} HTTP/{version}']
    if host is not None:
        lines.append(f'Host: {host}')
    lines += fields
    framed = any(field.lower().startswith(('content-length:', 'transfer-encoding:')) for field in fields)
    if (body or method in ('POST', 'PUT')) and not framed:
        lines.append(f'Content-Length: {len(body)}')
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1') + body


def chunked(*pieces: bytes) -> bytes:
    """The pieces as chunks, with the last one; an empty piece would end the body early."""
    return b''.join(b'%x\r\n%s\r\n' % (len(piece), piece) for piece in pieces if piece) + b'0\r\n\r\n'
