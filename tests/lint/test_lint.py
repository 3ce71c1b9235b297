#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks every rule of lint.py in a small tree, one at a time, and expects it to be found there and nowhere else."""

import pathlib
import sys
import tempfile

import lint

HEAD = '// ' + lint.LICENCE + '\n// Says what it is for.\n'
HEADER = HEAD + '#pragma once\n'

# rule -> (path, text, where the complaint belongs)
BROKEN = {
    'no include goes up a floor': ('src/base/up.hpp', HEADER + '#include "os/good.hpp"\n', 4),
    'only os and the pollers see <sys/*>': ('src/base/system.hpp', HEADER + '#include <sys/types.h>\n', 4),
    'every file has a head': ('src/os/headless.cpp', '// ' + lint.LICENCE + '\n#include <string>\n', 2),
    'every header is guarded': ('src/os/unguarded.hpp', HEAD, 1),
    'nothing is left to do': ('src/os/unfinished.cpp', HEAD + '// TO' + 'DO: later\n', 3),
    'no file is too long': ('src/os/long.cpp', HEAD + '\n' * lint.LINES_MAX, lint.LINES_MAX + 1),
    'clang can watch every mutex': ('src/os/unwatched.hpp', HEADER + '#include <mutex>\ninline std::mutex one;\n', 5),
    'every header compiles alone': ('src/os/leaning.hpp', HEADER + 'inline std::string text;\n', 1),
}
GOOD = {
    'src/base/good.hpp': HEADER + '#include <string>\ninline std::string good() { return {}; }\n',
    'src/os/good.hpp': HEADER + '#include <sys/types.h>\n#include "base/good.hpp"\n',
    'src/event/epoll_poller.hpp': HEADER + '#include <sys/epoll.h>\n#include "os/good.hpp"\n',
    'src/serve/good.cpp': HEAD + '#include "event/epoll_poller.hpp"\n#include "http/none.hpp"\n',
    'daemon/good.hpp': HEADER + '#include "os/good.hpp"\n',
    'src/base/mutex.hpp': HEADER + '#include <mutex>\nclass Mutex { std::mutex mutex_; };\n',
    'src/os/just_fits.cpp': HEAD + '\n' * (lint.LINES_MAX - 2),
}


def write(root, path, text):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def complaints(root, compiler):
    return {name: list(check(root)) for name, check in lint.rules(compiler).items()}


def proven(root):
    """Only a source that is compiled, and that includes its own header first, spares that header a look."""
    header = write(root, 'src/os/own.hpp', HEADER)
    source = write(root, 'src/os/own.cpp', HEAD + '#include "os/own.hpp"\n#include <string>\n')
    late = write(root, 'src/os/late.cpp', HEAD + '#include <string>\n#include "os/late.hpp"\n')
    cases = [(header, {source}, True), (header, set(), False), (late.with_suffix('.hpp'), {late}, False)]
    return [f'is_proven({path.name}) is not {wanted}' for path, compiled, wanted in cases
            if lint.is_proven(root, path, compiled) != wanted]


def main(compiler):
    failures = []
    with tempfile.TemporaryDirectory(prefix='filesrv-lint-') as folder:
        root = pathlib.Path(folder).resolve()
        for path, text in GOOD.items():
            write(root, path, text)
        for name, problems in complaints(root, compiler).items():
            if problems:
                failures.append(f'{name}: a good tree is refused: {problems}')
        for rule, (path, text, line) in BROKEN.items():
            broken = write(root, path, text)
            for name, problems in complaints(root, compiler).items():
                hit = [problem for problem in problems if problem.path == broken and problem.line == line]
                if name == rule and not hit:
                    failures.append(f'{rule}: {path} is not found: {problems}')
                if name != rule and problems:
                    failures.append(f'{rule}: {path} is also found by "{name}": {problems}')
            broken.unlink()
        failures += proven(root)
    for failure in failures:
        print('FAIL', failure)
    print(f'lint: {len(BROKEN) + 2 - len(failures)} passed, {len(failures)} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:] or ['c++']))
