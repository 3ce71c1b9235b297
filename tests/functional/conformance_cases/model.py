# SPDX-License-Identifier: MIT
"""What a case is, and the one exchange most of them are: a message, its answer, and what follows on the connection."""

import collections.abc
import dataclasses
import enum

from support.raw import request

from .fixture import SECRET, TOP
from .peer import METHOD, NAME, Peer, check

TARGET = f'{TOP}/a.txt'
# Sent right behind a message; whether it is answered tells how the server understood the message's end.
AFTER = request('GET', f'{TOP}/secret.txt', 'Connection: close')
STORED = frozenset({200, 201, 204})
UNSUPPORTED = frozenset({403, 404, 405, 501})      # of an upload, where there are none


class After(enum.Enum):
    """Whether the request behind the message is answered."""
    NEVER = 'never'    # and the connection ends
    MUST = 'must'
    MAY = 'may'        # or the connection ends


@dataclasses.dataclass(frozen=True)
class Case:
    chapter: str
    name: str
    rfc: str
    run: collections.abc.Callable[[Peer], None]
    needs: frozenset = frozenset()

    @property
    def title(self):
        return f'{self.chapter}: {self.name} ({self.rfc})'


def cases(chapter, rfc, table, needs=()):
    """Cases of a table {name: what runs}, or {name: (RFC section, what runs)} where the section differs."""
    found = []
    for name, row in table.items():
        section, run = row if isinstance(row, tuple) else (rfc, row)
        found.append(Case(chapter, name, f'RFC {section}', run, frozenset(needs)))
    return found


@dataclasses.dataclass(frozen=True)
class Exchange:
    """Sends a message with AFTER behind it. Uploads are stored as `stores` when they succeed, else not at all."""
    message: bytes
    statuses: frozenset
    after: After
    silent: bool = False                 # ending without an answer is right too
    stores: bytes = b'hello'
    body: bytes | None = None            # of a 200
    patient: bool = False                # waiting for more instead of answering is right too

    def __call__(self, peer):
        name = peer.name()
        method = peer.upload_method if self.message.startswith(METHOD) else self.message.split(b' ')[0]
        with peer.wire() as wire:
            wire.send(self.message.replace(METHOD, method).replace(NAME, name.encode()) + AFTER)
            if self.patient and wire.quiet_for(0.5):
                return
            answer = wire.answer(method.decode('latin-1'))
            if answer is None:
                check(self.silent, 'the connection ended without an answer')
                return
            self._judge(peer, answer)
            self._judge_rest(wire, answer)
        self._judge_stored(peer, name, answer)

    def _uploads(self, peer):
        return METHOD in self.message and 'puts' in peer.abilities

    def _judge(self, peer, answer):
        allowed = self.statuses
        if METHOD in self.message and 'puts' not in peer.abilities:
            allowed = allowed | UNSUPPORTED
        check(answer.status in allowed, f'expected {sorted(allowed)}, got {answer.status}:', answer.body)
        if self.body is not None and answer.status == 200:
            check(answer.body == self.body, 'the wrong content came:', answer.body)

    def _judge_rest(self, wire, answer):
        expected = self.after
        if expected is After.MUST and answer.status >= 400:
            expected = After.MAY             # refusing may mean closing
        if expected is After.NEVER:
            rest = wire.end()
            check(SECRET not in rest, 'the request behind it was served')
            check(not rest, 'more than one answer came:', rest)
            return
        behind = wire.answer()
        if behind is None:
            check(expected is After.MAY, 'the request behind it was not served')
            return
        check((behind.status, behind.body) == (200, SECRET), 'the next answer is out of step:', behind)
        check(not wire.end(), 'more than two answers came')

    def _judge_stored(self, peer, name, answer):
        if self._uploads(peer):
            wanted = self.stores if answer.status in STORED else None
            stored = peer.stored(name)
            check(stored == wanted, f'after {answer.status} the file is', stored)


def upload(*fields, body=b'', version='1.1', name=NAME) -> bytes:
    """The head is as given: no length is added."""
    head = [METHOD + b' ' + f'{TOP}/up/'.encode() + name + b' HTTP/' + version.encode(), b'Host: localhost']
    head += [field if isinstance(field, bytes) else field.encode('latin-1') for field in fields]
    return b'\r\n'.join(head) + b'\r\n\r\n' + body


def raw_get(*fields, line=None, host=b'Host: localhost') -> bytes:
    """A GET of TARGET, or another first line, whose fields are bytes as they are."""
    head = [line or f'GET {TARGET} HTTP/1.1'.encode()] + ([host] if host else []) + list(fields)
    return b'\r\n'.join(head) + b'\r\n\r\n'


def refused(message, *statuses, silent=True, **more) -> Exchange:
    """Refused, closed, and nothing behind it served (RFC 9112 section 2.2)."""
    return Exchange(message, frozenset(statuses or (400,)), After.NEVER, silent=silent, **more)


def closed(message, *statuses, **more) -> Exchange:
    """Served or refused, but the connection ends with the answer."""
    return Exchange(message, frozenset(statuses) | STORED | {400, 501}, After.NEVER, silent=True, **more)


def served(message, *statuses, **more) -> Exchange:
    """Understood, and what is behind it too."""
    return Exchange(message, frozenset(statuses or (200,)), After.MUST, **more)


def understood(message, *statuses, **more) -> Exchange:
    """An upload that is stored."""
    return served(message, *(statuses or STORED), **more)


def either(message, *statuses, **more) -> Exchange:
    """The RFC leaves the choice: understood as these statuses say, or refused. Never out of step."""
    return Exchange(message, frozenset(statuses or STORED) | {400, 501}, After.MAY, silent=True, **more)
