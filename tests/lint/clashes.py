# SPDX-License-Identifier: MIT
"""Names that are private to a file and used twice in one floor: sanitized builds compile several of its files as one.

Reads no C++ in full: braces and semicolons cut a file into declarations, whose heads tell what they name. Functions may be
overloaded, so those clash by their parameters' types too.
"""

import collections
import re

NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"\w*\(.*?\)\w*"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'(?<!\d\'\d)|^[ \t]*#(?:\\\n|[^\n])*',
                   re.DOTALL | re.MULTILINE)
# As the house writes it: what a namespace holds stands at the margin, what anything else holds does not. Only to be quick.
BODY = re.compile(r'^((?!namespace)[^\s#/][^\n]*\{)[^\n{}]*\n(?:[ #][^\n]*\n|\n)*\}(?!  //)', re.MULTILINE)
SEPARATED_DIGITS = re.compile(r"(?<=[0-9A-Fa-f])'(?=[0-9A-Fa-f])")
MARKS = re.compile(r'[{}();]')
NAMESPACE = re.compile(r'\bnamespace\b\s*([\w:]*)\s*$')
MACRO = re.compile(r'^[ \t]*#[ \t]*(define|undef)[ \t]+(\w+)', re.MULTILINE)
TYPE = re.compile(r'^(?:struct|class|union|enum(?:\s+(?:class|struct))?)\s+(\w+)')
ALIAS = re.compile(r'^using\s+(\w+)\s*=\s*(.*)$', re.DOTALL)
NAMED_LAST = re.compile(r'(\w+)\s*(?:\[[^\]]*\]\s*)*$')
OPERATOR = re.compile(r'operator\s*\S+?\s*$|operator""\s*\w+\s*$')
NAMELESS = 'anonymous'

Name = collections.namedtuple('Name', 'scope name what line')


def without_noise(text):
    """The same lines, without what only looks like code."""
    text = BODY.sub(lambda match: match[1] + '\n' * match[0].count('\n') + '}', text)
    return NOISE.sub(lambda match: '\n' * match[0].count('\n'), SEPARATED_DIGITS.sub('', text))


def without_templates(text):
    """Without what angle brackets hold; `->` and comparisons are none of them."""
    text = text.replace('->', '  ')
    while True:
        shorter = re.sub(r'<[^<>(){};]*>', ' ', text)
        if shorter == text:
            return text
        text = shorter


def parameter_types(parameters):
    """Of each parameter without its default and its name."""
    types = []
    for parameter in parameters.split(','):
        words = parameter.split('=')[0].split()
        if len(words) > 1 and re.fullmatch(r'\w+', words[-1]) and words[-2] not in ('const', 'unsigned', 'struct'):
            words.pop()
        if words and words[0] == 'const' and not re.search('[&*]', parameter):
            words.pop(0)
        types.append(''.join(words))
    return ', '.join(types)


def named_by(head, has_body):
    """What a declaration names and what that is; nothing where nobody else could name it so."""
    head = re.sub(r'\[\[.*?\]\]', ' ', head).strip()
    template = re.match(r'template\s*<', head)
    plain = without_templates(head)
    if template:
        plain = re.sub(r'^(template\s+)+(requires\b.*?\)\s*)?', '', plain).strip()
    if (alias := ALIAS.match(plain)):
        return alias[1], 'using ' + ' '.join(head.split())
    if not plain or re.match(r'(using|namespace|static_assert|friend|extern|FS_\w+\s*\()', plain):
        return None
    if (kind := TYPE.match(plain)) and '(' not in plain and '=' not in plain:
        return (kind[1], 'a type') if has_body else None
    before, parenthesis, rest = plain.partition('(')
    if parenthesis and '=' not in before and not OPERATOR.search(before):
        found = NAMED_LAST.search(before)
        qualified = re.search(r'::\s*~?\w+\s*$', before)
        return (found[1], f'a function of ({parameter_types(full_parameters(head))})') if found and not qualified else None
    found = NAMED_LAST.search(plain.split('=')[0].split('{')[0].strip())
    return (found[1], 'a variable') if found and not OPERATOR.search(before) else None


def full_parameters(head):
    """What the first parentheses outside of angle brackets hold, commas within angle brackets made harmless."""
    angles, depth, held = 0, 0, []
    for character in head.replace('->', '  '):
        if character == '(' and angles == 0:
            depth += 1
            if depth == 1:
                continue
        if depth == 0 and character in '<>' or depth == 1 and character in '<>':
            angles += 1 if character == '<' else -1
        if character == ')' and angles == 0:
            depth -= 1
            if depth == 0:
                break
        if depth:
            held.append(';' if character == ',' and (angles or depth > 1) else character)
    return ''.join(held)


class Reader:
    """Walks over a file; `names` are those of its nameless namespaces and its static ones."""

    def __init__(self, text):
        self.text = without_noise(text)
        self.names = []
        self.scopes = []       # a namespace's name, or None for any other brace
        self.begin = 0         # of the declaration that is being read
        self.parentheses = 0
        for mark in MARKS.finditer(self.text):
            self.read(mark)

    def read(self, mark):
        sign = mark[0]
        if sign in '()':
            self.parentheses += 1 if sign == '(' else -1
        elif sign == '{':
            self.open(mark.start())
        elif sign == '}':
            self.close(mark.end())
        elif self.parentheses == 0 and self.among_namespaces():
            self.tell(self.text[self.begin:mark.start()], False)
            self.begin = mark.end()

    def among_namespaces(self):
        return None not in self.scopes

    def open(self, at):
        head = self.text[self.begin:at]
        space = NAMESPACE.search(head) if self.parentheses == 0 else None
        if space and self.among_namespaces():
            self.scopes.append(space[1] or NAMELESS)
            self.begin = at + 1
            return
        if self.among_namespaces() and self.parentheses == 0:
            self.tell(head, True)
            self.begin = at    # what follows the closing brace, up to `;`, has been told with this
        self.scopes.append(None)

    def close(self, after):
        if self.scopes:
            self.scopes.pop()
        if self.among_namespaces() and self.parentheses == 0:
            self.begin = after

    def tell(self, head, has_body):
        is_static = re.match(r'\s*(?:\[\[.*?\]\]\s*)?static\b', head) is not None
        if NAMELESS not in self.scopes and not is_static:
            return
        if (named := named_by(head, has_body)):
            scope = '::'.join(name for name in self.scopes if name != NAMELESS)
            first = self.begin + len(head) - len(head.lstrip())
            self.names.append(Name(scope, *named, self.text.count('\n', 0, first) + 1))


def macros_left(text):
    """Macros that a file leaves defined behind it, and where."""
    left = {}
    for match in MACRO.finditer(text):
        if match[1] == 'define':
            left[match[2]] = text.count('\n', 0, match.start(2)) + 1
        else:
            left.pop(match[2], None)
    return left


def private_names(text):
    return Reader(text).names + [Name('', name, 'a macro', line) for name, line in macros_left(text).items()]


def clash(one, other):
    if one.what.startswith('a function') and other.what.startswith('a function'):
        return one.what == other.what
    return not (one.what.startswith('using') and one.what == other.what)


def clashes(paths):
    """Pairs of (path, Name) that cannot be compiled as one file, the later one first."""
    seen = collections.defaultdict(list)
    for path in paths:
        own = private_names(path.read_text())
        for name in own:
            for other_path, other in seen[name.scope, name.name]:
                if clash(name, other):
                    yield (path, name), (other_path, other)
                    break
        for name in own:
            seen[name.scope, name.name].append((path, name))
