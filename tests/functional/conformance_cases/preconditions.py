# SPDX-License-Identifier: MIT
"""Conditional reads in the order of RFC 9110 section 13.2.2, for GET and HEAD alike."""

from .dates import FORMS, imf, seconds_of
from .fixture import ALPHA, SECRET, TOP
from .model import cases
from .peer import check

# {TAG} is the file's strong tag, {THEN} its time, {PAST} and {LATER} are an hour before and after.
READS = {
    'the tag': ('13.1.2', ['If-None-Match: {TAG}'], {304}),
    'the weak form of the tag': ('13.1.2', ['If-None-Match: W/{TAG}'], {304}),
    'another tag': ('13.1.2', ['If-None-Match: "x"'], {200}),
    'any tag': ('13.1.2', ['If-None-Match: *'], {304}),
    'a list with the tag': ('13.1.2', ['If-None-Match: "x", {TAG}, "y"'], {304}),
    'a list without the tag': ('13.1.2', ['If-None-Match: "x", W/"y"'], {200}),
    'a list without blanks': ('13.1.2', ['If-None-Match: "x",{TAG}'], {304}),
    'a list with tabs and empty elements': ('5.6.1', ['If-None-Match: ,"x",\t, {TAG},,'], {304}),
    'a list with commas in its tags': ('13.1.2', ['If-None-Match: "a,b", "c,", {TAG}'], {304}),
    'a list over several lines': ('5.3', ['If-None-Match: "x"', 'If-None-Match: {TAG}'], {304}),
    'a list over three lines': ('5.3', ['If-None-Match: {TAG}', 'If-None-Match: "x"', 'If-None-Match: "y"'], {304}),
    'a list of two hundred tags': ('13.1.2', ['If-None-Match: ' + '"x", ' * 200 + '{TAG}'], {304}),
    'the tag with letters behind it': ('13.1.2', ['If-None-Match: "x{RAW}"'], {200}),
    'a tag that begins like it': ('13.1.2', ['If-None-Match: "{RAW}x"'], {200}),
    'the tag in another case of its name': ('5.1', ['if-none-MATCH: {TAG}'], {304}),
    'a tag without quotes': ('8.8.3', ['If-None-Match: x'], {200, 400}),
    'an empty list': ('13.1.2', ['If-None-Match:'], {200, 400}),
    'the tag, and a date that says changed': ('13.1.3', ['If-None-Match: {TAG}', 'If-Modified-Since: {PAST}'], {304}),
    'another tag, and a date that says unchanged':
        ('13.1.3', ['If-None-Match: "x"', 'If-Modified-Since: {THEN}'], {200}),
    'another tag, and a later date': ('13.1.3', ['If-None-Match: "x"', 'If-Modified-Since: {LATER}'], {200}),
    'changed since the past': ('13.1.3', ['If-Modified-Since: {PAST}'], {200}),
    'changed since its time': ('13.1.3', ['If-Modified-Since: {THEN}'], {304}),
    'changed since later': ('13.1.3', ['If-Modified-Since: {LATER}'], {200, 304}),
    'changed since no date': ('13.1.3', ['If-Modified-Since: yesterday'], {200}),
    'changed since an empty date': ('13.1.3', ['If-Modified-Since:'], {200}),
    'changed since a number': ('13.1.3', ['If-Modified-Since: 2000000000'], {200}),
    'changed since a day that is none': ('13.1.3', ['If-Modified-Since: Fri, 31 Feb 2040 00:00:00 GMT'], {200, 304}),
    'changed since a list of dates': ('13.1.3', ['If-Modified-Since: {THEN}, {THEN}'], {200, 304, 400}),
    'if the tag matches': ('13.1.1', ['If-Match: {TAG}'], {200}),
    'if any matches': ('13.1.1', ['If-Match: *'], {200}),
    'if another matches': ('13.1.1', ['If-Match: "x"'], {412}),
    'if the weak form matches': ('13.1.1', ['If-Match: W/{TAG}'], {412}),
    'if one of a list matches': ('13.1.1', ['If-Match: "x", {TAG}'], {200}),
    'if one of several lines matches': ('5.3', ['If-Match: "x"', 'If-Match: {TAG}'], {200}),
    'if none of a list matches': ('13.1.1', ['If-Match: "x", "y", W/{TAG}'], {412}),
    'unchanged since its time': ('13.1.4', ['If-Unmodified-Since: {THEN}'], {200}),
    'unchanged since later': ('13.1.4', ['If-Unmodified-Since: {LATER}'], {200}),
    'unchanged since the past': ('13.1.4', ['If-Unmodified-Since: {PAST}'], {412}),
    'unchanged since no date': ('13.1.4', ['If-Unmodified-Since: yesterday'], {200}),
    'a tag that matches goes before unchanged': ('13.1.4', ['If-Match: {TAG}', 'If-Unmodified-Since: {PAST}'], {200}),
    'a tag that does not match goes before unchanged':
        ('13.1.4', ['If-Match: "x"', 'If-Unmodified-Since: {LATER}'], {412}),
    'a match that fails goes before none-match': ('13.2.2', ['If-Match: "x"', 'If-None-Match: {TAG}'], {412}),
    'a match that holds leaves none-match': ('13.2.2', ['If-Match: {TAG}', 'If-None-Match: {TAG}'], {304}),
    'unchanged that fails goes before none-match':
        ('13.2.2', ['If-Unmodified-Since: {PAST}', 'If-None-Match: {TAG}'], {412}),
    'unchanged that holds leaves none-match': ('13.2.2', ['If-Unmodified-Since: {THEN}', 'If-None-Match: {TAG}'],
                                               {304}),
    'unchanged that fails goes before changed':
        ('13.2.2', ['If-Unmodified-Since: {PAST}', 'If-Modified-Since: {THEN}'], {412}),
    'the order of the lines does not count': ('13.2.2', ['If-None-Match: {TAG}', 'If-Match: "x"'], {412}),
    'all four, and all hold':
        ('13.2.2', ['If-Match: {TAG}', 'If-Unmodified-Since: {PAST}', 'If-None-Match: "x"',
                    'If-Modified-Since: {THEN}'],
         {200}),
    'a range that would fail after a match that fails': ('13.2.2', ['If-Match: "x"', 'Range: bytes=99-'], {412}),
    'a range after a none-match that fails': ('13.2.2', ['If-None-Match: {TAG}', 'Range: bytes=0-1'], {304}),
}


def filled(peer, fields):
    tag = peer.strong_tag('a.txt')
    then = seconds_of(peer.get('a.txt').get('last-modified'))
    marks = {'{TAG}': tag, '{RAW}': tag.strip('"'), '{THEN}': imf(then), '{PAST}': imf(then - 3600),
             '{LATER}': imf(then + 1800)}
    for mark, text in marks.items():
        fields = [field.replace(mark, text) for field in fields]
    return fields


def conditional(method, fields, statuses):
    """The status; and that the connection is in step behind an answer without a body."""
    def run(peer):
        with peer.wire() as wire:
            wire.send(peer.request(method, f'{TOP}/a.txt', *filled(peer, fields)))
            answer = wire.answer(method)
            check(answer.status in statuses, f'expected {sorted(statuses)}, got', answer.status)
            if method == 'GET' and answer.status == 200:
                check(answer.body == ALPHA, 'the wrong content came:', answer.body)
            if answer.closing:
                return
            wire.send(peer.request('GET', f'{TOP}/secret.txt'))
            behind = wire.answer()                # a server may close at any time
            check(behind is None or behind.body == SECRET, 'the next answer is out of step')
    return run


def in_form(field, form, shift, status):
    def run(peer):
        then = seconds_of(peer.get('a.txt').get('last-modified'))
        answer = peer.get('a.txt', f'{field}: {form(then + shift)}')
        check(answer.status == status, f'expected {status} for {form(then + shift)}, got', answer.status)
    return run


DATES = {}
for label, form_of in FORMS.items():
    DATES[f'{label}, changed since its time'] = in_form('If-Modified-Since', form_of, 0, 304)
    DATES[f'{label}, changed since a second earlier'] = in_form('If-Modified-Since', form_of, -1, 200)
    DATES[f'{label}, unchanged since its time'] = in_form('If-Unmodified-Since', form_of, 0, 200)
    DATES[f'{label}, unchanged since a second earlier'] = in_form('If-Unmodified-Since', form_of, -1, 412)


def fields_of_304(peer):
    """RFC 9110 section 15.4.5: what a 200 would have said of these."""
    tag = peer.strong_tag('a.txt')
    full, short = peer.get('a.txt'), peer.get('a.txt', f'If-None-Match: {tag}')
    check(short.status == 304, 'no 304 but', short.status)
    for name in ('etag', 'cache-control', 'content-location', 'expires', 'vary'):
        check(short.get(name) == full.get(name), f'{name} differs from that of a 200:', short.get(name), full.get(name))
    length = short.get('content-length')
    check(length in (None, full.get('content-length')), 'the length is not that of a 200:', length)
    check(short.get('transfer-encoding') is None, 'a 304 is framed')


def other(method, target, field, *statuses):
    def run(peer):
        answer = peer.ask(method, target, field)
        check(answer.status in statuses, f'expected {statuses}, got', answer.status)
    return run


MORE = {
    'a 304 has the fields that it must have': ('9110 15.4.5', fields_of_304),
    'a missing file is 404 whatever must match': other('GET', f'{TOP}/none', 'If-Match: *', 404),
    'a missing file is 404 whatever must not match': other('GET', f'{TOP}/none', 'If-None-Match: *', 404),
    'a missing file is 404 whatever it was': other('GET', f'{TOP}/none', 'If-Match: "x"', 404),
    'an unknown method is refused whatever must match': other('BREW', f'{TOP}/a.txt', 'If-Match: "x"', 400, 403, 405,
                                                              501),
    'OPTIONS has no conditions': ('9110 13.2.1', other('OPTIONS', f'{TOP}/a.txt', 'If-Match: "x"', 200, 204, 403, 405,
                                                       501)),
}

CASES = []
for verb in ('GET', 'HEAD'):
    CASES += cases(f'conditional {verb}', '9110 13', {
        text: (f'9110 {section}', conditional(verb, fields, statuses))
        for text, (section, fields, statuses) in READS.items()
        if verb == 'GET' or not any(field.startswith('Range') for field in fields)})
CASES += cases('conditional GET', '9110 5.6.7', DATES) + cases('conditional GET', '9110 13.2.1', MORE)
