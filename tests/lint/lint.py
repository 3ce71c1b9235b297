#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rules of the house that a compiler does not check: floors, file heads, sizes, headers that stand alone.

usage: lint.py [--compiler WORDS...] [--compiled FILE] ROOT      prints what is wrong, and `lint: N passed, N failed` at the end
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import clashes

# What a floor may include besides itself. Whoever stands above all of them (daemon, tools) may include any.
FLOORS = {
    'base': set(),
    'observe': {'base'},
    'os': {'base'},
    'http': {'base'},
    'config': {'base'},
    'event': {'os', 'base'},
    'store': {'os', 'base'},
    'control': {'event', 'os', 'observe', 'base'},
    'serve': {'event', 'http', 'store', 'observe', 'os', 'base'},
}
LINES_MAX = 400
CODE = {'.cpp', '.hpp'}
# What clang's analysis cannot follow: mutexes chosen at run time, locks handed about, and what one of two rights allows.
UNWATCHED = ('src/store/folder_mutexes.', 'src/store/path_lock.', 'src/store/staged_', 'daemon/lifetime_keeper.')
# What no build compiles together with the rest of its floor.
APART = {'src/event/kqueue_poller.cpp'}
LICENCE = 'SPDX-License-Identifier: MIT'
# Written in two halves, or this file would be the first to fail.
LEFT_TO_DO = re.compile(r'\b(' + '|'.join(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK']) + r')\b')
LOCKS = re.compile(r'std::(mutex|shared_mutex|recursive_mutex|lock_guard|unique_lock|scoped_lock|shared_lock)\b')
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

Problem = collections.namedtuple('Problem', 'path line what')


def sources(root, *tops):
    """Every file of ours below the folders, in a stable order."""
    found = []
    for top in tops:
        found += [path for path in sorted((root / top).rglob('*'))
                  if path.is_file() and '__pycache__' not in path.parts]
    return found


def code(root, *tops):
    return [path for path in sources(root, *tops) if path.suffix in CODE]


def floor_of(root, path):
    parts = path.relative_to(root).parts
    return parts[1] if parts[0] == 'src' else None


def includes(path):
    text = path.read_text()
    for match in INCLUDE.finditer(text):
        yield text.count('\n', 0, match.start(2)) + 1, match.group(1) == '"', match.group(2)


def check_floors(root):
    for path in code(root, 'src'):
        floor = floor_of(root, path)
        if floor not in FLOORS:
            yield Problem(path, 1, f'src/{floor} is no floor that lint knows')
            continue
        for line, ours, name in includes(path):
            other = name.split('/')[0]
            if not ours or '/' not in name or other == floor:
                continue
            if other not in FLOORS[floor]:
                yield Problem(path, line, f'{floor} may not include {name}')


def check_system_headers(root):
    """<sys/*> stays inside os and the pollers, so that a port has one place to look at."""
    for path in code(root, 'src', 'daemon', 'tools'):
        poller = floor_of(root, path) == 'event' and re.search(r'poller|kqueue', str(path.relative_to(root)))
        if floor_of(root, path) == 'os' or poller:
            continue
        for line, ours, name in includes(path):
            if not ours and name.startswith('sys/'):
                yield Problem(path, line, f'<{name}> belongs in src/os')


def check_heads(root):
    """A licence line, then one line that says what the file is for."""
    for path in code(root, 'src', 'daemon', 'tools', 'tests'):
        lines = path.read_text().splitlines()[:2] + ['', '']
        if lines[0] != '// ' + LICENCE:
            yield Problem(path, 1, 'does not begin with its licence line')
        elif path.relative_to(root).parts[0] != 'tests' and not re.match(r'// \S', lines[1]):
            yield Problem(path, 2, 'does not say what it is for')
    for path in sources(root, 'src', 'tests', 'tools'):
        script = path.suffix == '.py' or path.read_bytes()[:2] == b'#!'
        head = path.read_text().splitlines()[:3] if script else []
        if head and '# ' + LICENCE not in head:
            yield Problem(path, 1, 'does not begin with its licence line')


def check_guards(root):
    for path in code(root, 'src', 'daemon', 'tools'):
        if path.suffix == '.hpp' and '\n#pragma once\n' not in path.read_text():
            yield Problem(path, 1, 'has no #pragma once')


def check_locks(root):
    """Mutexes are those of base/mutex.hpp, which clang watches over."""
    for path in code(root, 'src', 'daemon', 'tools'):
        name = str(path.relative_to(root))
        if name == 'src/base/mutex.hpp' or name.startswith(UNWATCHED):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = LOCKS.search(line)
            if found and not line.lstrip().startswith('//'):
                yield Problem(path, number, f'{found[0]}: base/mutex.hpp has what clang can watch')


def check_leftovers(root):
    for path in sources(root, 'src', 'daemon', 'tools', 'tests'):
        if 'corpus' in path.parts:
            continue  # bytes that fuzzing found
        for number, line in enumerate(path.read_text(errors='replace').splitlines(), 1):
            if LEFT_TO_DO.search(line):
                yield Problem(path, number, 'leaves something to do')


def check_sizes(root):
    for path in code(root, 'src', 'daemon', 'tools', 'tests'):
        count = len(path.read_text().splitlines())
        if count > LINES_MAX:
            yield Problem(path, LINES_MAX + 1, f'has {count} lines, more than {LINES_MAX}')


def check_private_names(root):
    """Sanitized builds compile several files of a floor as one."""
    floors = collections.defaultdict(list)
    for path in code(root, 'src', 'daemon', 'tools'):
        if path.suffix == '.cpp' and str(path.relative_to(root)) not in APART:
            floors[path.parent].append(path)
    for paths in floors.values():
        for (path, name), (other_path, other) in clashes.clashes(paths):
            where = f'{other_path.relative_to(root)}:{other.line}'
            yield Problem(path, name.line, f'{name.name} is {name.what}, and {other.what} at {where}')


def compile_headers(compiler, root, headers):
    """Compiles each header as if it were the only one; one run of the compiler takes them one by one."""
    where = ['-I' + str(root / 'src'), '-I' + str(root), '-I' + str(root / 'src/event/kqueue_sim')]
    # FS_VERSION comes from the build, whatever it is.
    command = compiler + ['-std=c++23', '-fsyntax-only', '-w', '-DFS_VERSION=""', '-x', 'c++'] + where + [str(path) for path in headers]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def is_proven(root, header, compiled):
    """Whether the build has compiled it alone: as the first thing that its own source includes."""
    source = header.with_suffix('.cpp')
    if source not in compiled:
        return False
    first = INCLUDE.search(source.read_text())
    return first is not None and first[2] in (str(header.relative_to(root)), str(header.relative_to(root)).removeprefix('src/'))


def sources_in(database):
    """What a compile_commands.json says is compiled."""
    return {(pathlib.Path(entry['directory']) / entry['file']).resolve() for entry in json.loads(database.read_text())}


def check_headers_alone(root, compiler, compiled):
    headers = [path for path in code(root, 'src', 'daemon', 'tools')
               if path.suffix == '.hpp' and not is_proven(root, path, compiled)]
    halves = [half for half in (headers[::2], headers[1::2]) if half]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for run in pool.map(lambda half: compile_headers(compiler, root, half), halves):
            if run.returncode == 0:
                continue
            errors = [line for line in run.stdout.splitlines() if ' error: ' in line] or run.stdout.splitlines()[-1:]
            for error in errors:
                yield Problem(pathlib.Path(error.split(':')[0]), 1, 'does not compile alone: ' + error)


def rules(compiler, compiled=frozenset()):
    """Every rule by name; a compiler that is not there leaves its rule out."""
    table = {
        'no include goes up a floor': check_floors,
        'only os and the pollers see <sys/*>': check_system_headers,
        'every file has a head': check_heads,
        'every header is guarded': check_guards,
        'nothing is left to do': check_leftovers,
        'no file is too long': check_sizes,
        'clang can watch every mutex': check_locks,
        'no private name is used twice in a floor': check_private_names,
    }
    if compiler:
        table['every header compiles alone'] = lambda root: check_headers_alone(root, compiler, compiled)
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', type=pathlib.Path)
    parser.add_argument('--compiler', nargs='+', default=[], help='the command that compiles C++')
    parser.add_argument('--compiled', type=pathlib.Path, help='compile_commands.json of a build: its own headers need no second look')
    options = parser.parse_args()
    compiled = sources_in(options.compiled) if options.compiled else set()
    root = options.root.resolve()

    failed = 0
    table = rules(options.compiler, compiled)
    for name, check in table.items():
        problems = list(check(root))
        failed += bool(problems)
        print(('FAIL ' if problems else 'ok   ') + name)
        for problem in problems:
            print(f'  {problem.path}:{problem.line}: {problem.what}')
    print(f'lint: {len(table) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
