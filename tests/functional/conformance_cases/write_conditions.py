# SPDX-License-Identifier: MIT
"""Conditional writes: nobody's version is overwritten unseen (RFC 9110 sections 13.1 and 13.2)."""

from .dates import FORMS, imf, seconds_of
from .fixture import TOP
from .model import STORED, cases
from .peer import check

OLD, NEW = b'first', b'other'
# {TAG}, {THEN}, {PAST}, {LATER} as for reads; then whether the write must happen.
EXISTING = {
    'none must match anything': ('13.1.2', ['If-None-Match: *'], False),
    'none must match the tag': ('13.1.2', ['If-None-Match: {TAG}'], False),
    'none must match the weak tag': ('13.1.2', ['If-None-Match: W/{TAG}'], False),
    'none must match a list with the tag': ('13.1.2', ['If-None-Match: "x", {TAG}'], False),
    'none must match several lines': ('5.3', ['If-None-Match: "x"', 'If-None-Match: {TAG}'], False),
    'none must match another tag': ('13.1.2', ['If-None-Match: "x"'], True),
    'the tag must match': ('13.1.1', ['If-Match: {TAG}'], True),
    'any must match': ('13.1.1', ['If-Match: *'], True),
    'one of a list must match': ('13.1.1', ['If-Match: "x", {TAG}'], True),
    'one of several lines must match': ('5.3', ['If-Match: "x"', 'If-Match: {TAG}'], True),
    'another tag must match': ('13.1.1', ['If-Match: "x"'], False),
    'the weak tag must match': ('13.1.1', ['If-Match: W/{TAG}'], False),
    'unchanged since the past': ('13.1.4', ['If-Unmodified-Since: {PAST}'], False),
    'unchanged since later': ('13.1.4', ['If-Unmodified-Since: {LATER}'], True),
    'unchanged since no date': ('13.1.4', ['If-Unmodified-Since: yesterday'], True),
    'changed since later means nothing': ('13.1.3', ['If-Modified-Since: {LATER}'], True),
    'a match goes before unchanged': ('13.2.2', ['If-Match: {TAG}', 'If-Unmodified-Since: {PAST}'], True),
    'a failed match goes before unchanged': ('13.2.2', ['If-Match: "x"', 'If-Unmodified-Since: {LATER}'], False),
    'a match and a none-match that fails': ('13.2.2', ['If-Match: {TAG}', 'If-None-Match: *'], False),
    'unchanged and a none-match that fails': ('13.2.2', ['If-Unmodified-Since: {LATER}', 'If-None-Match: *'], False),
}
MISSING = {
    'none must match anything': ('13.1.2', ['If-None-Match: *'], True),
    'none must match a tag': ('13.1.2', ['If-None-Match: "x"'], True),
    'any must match': ('13.1.1', ['If-Match: *'], False),
    'a tag must match': ('13.1.1', ['If-Match: "x"'], False),
}


def filled(peer, name, fields):
    tag = peer.strong_tag(f'up/{name}')
    then = seconds_of(peer.get(f'up/{name}').get('last-modified'))
    marks = {'{TAG}': tag, '{THEN}': imf(then), '{PAST}': imf(then - 3600), '{LATER}': imf(then + 3600)}
    for mark, text in marks.items():
        fields = [field.replace(mark, text) for field in fields]
    return fields


def judged(peer, name, answer, happens, before):
    if happens:
        check(answer.status in STORED, 'the write was refused with', answer.status)
    else:
        check(answer.status == 412, 'expected 412, got', answer.status)
    check(peer.stored(name) == (NEW if happens else before), f'after {answer.status} the file is', peer.stored(name))


def over_existing(method, fields, happens):
    def run(peer):
        name = peer.put(OLD)
        answer = peer.ask(method, f'{TOP}/up/{name}', *filled(peer, name, fields), body=NEW)
        judged(peer, name, answer, happens, OLD)
    return run


def over_nothing(method, fields, happens):
    def run(peer):
        name = peer.name()
        judged(peer, name, peer.ask(method, f'{TOP}/up/{name}', *fields, body=NEW), happens, None)
    return run


def table(method, how, rows):
    return {text: (f'9110 {section}', how(method, fields, happens)) for text,
            (section, fields, happens) in rows.items()}


def in_form(form):
    def run(peer):
        name = peer.put(OLD)
        then = seconds_of(peer.get(f'up/{name}').get('last-modified'))
        answer = peer.ask('PUT', f'{TOP}/up/{name}', f'If-Unmodified-Since: {form(then - 60)}', body=NEW)
        judged(peer, name, answer, False, OLD)
        answer = peer.ask('PUT', f'{TOP}/up/{name}', f'If-Unmodified-Since: {form(then + 60)}', body=NEW)
        judged(peer, name, answer, True, OLD)
    return run


def in_chunks(peer):
    name = peer.put(OLD)
    with peer.wire() as wire:
        wire.send(peer.request('PUT', f'{TOP}/up/{name}', 'If-None-Match: *', 'Transfer-Encoding: chunked'),
                  b'5\r\nother\r\n0\r\n\r\n')
        judged(peer, name, wire.answer('PUT'), False, OLD)


def a_tag_is_good_once(peer):
    name = peer.put(OLD)
    tag = peer.strong_tag(f'up/{name}')
    answer = peer.ask('PUT', f'{TOP}/up/{name}', f'If-Match: {tag}', body=b'third')
    check(answer.status in STORED, 'the write was refused with', answer.status)
    answer = peer.ask('PUT', f'{TOP}/up/{name}', f'If-Match: {tag}', body=NEW)
    judged(peer, name, answer, False, b'third')


def race(condition, prepare):
    """Several writers under one condition, all bodies half sent before any is finished: exactly one wins."""
    def run(peer):
        name = prepare(peer)
        fields = [condition] if '{TAG}' not in condition else filled(peer, name, [condition])
        wires = [peer.wire() for _ in range(6)]
        try:
            for wire in wires:
                wire.send(peer.request('PUT', f'{TOP}/up/{name}', *fields, 'Content-Length: 5'), b'rac')
            for number, wire in enumerate(wires):
                wire.send(b'e%d' % number)
            statuses = [wire.answer('PUT').status for wire in wires]
        finally:
            for wire in wires:
                wire.close()
        winners = [number for number, status in enumerate(statuses) if status in STORED]
        check(len(winners) == 1 and statuses.count(412) == 5, 'exactly one must win:', statuses)
        check(peer.stored(name) == b'race%d' % winners[0], 'the file is not the winner:', peer.stored(name))
    return run


MORE = {
    **{f'{label} guards a write': ('9110 5.6.7', in_form(form)) for label, form in FORMS.items()},
    'a condition on a chunked body': in_chunks,
    'a tag is good for one write': a_tag_is_good_once,
    'one of several creators wins': race('If-None-Match: *', lambda peer: peer.name()),
    'one of several replacers wins': race('If-Match: {TAG}', lambda peer: peer.put(OLD)),
}

CASES = []
for verb, ability in (('PUT', ['puts']), ('POST', ['puts', 'posts'])):
    CASES += cases(f'conditional {verb}, existing', '9110 13', table(verb, over_existing, EXISTING), needs=ability)
    CASES += cases(f'conditional {verb}, missing', '9110 13', table(verb, over_nothing, MISSING), needs=ability)
CASES += cases('conditional PUT', '9110 13.1', MORE, needs=['puts'])
