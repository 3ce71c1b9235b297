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
    'no private name is used twice in a floor': ('src/os/zz.cpp', HEAD + 'namespace filesrv::os {\nstatic int twice_max;\n}\n', 4),
    'every header compiles alone': ('src/os/leaning.hpp', HEADER + 'inline std::string text;\n', 1),
}
GOOD = {
    'src/base/good.hpp': HEADER + '#include <string>\ninline std::string good() { return {}; }\n',
    'src/os/good.hpp': HEADER + '#include <sys/types.h>\n#include "base/good.hpp"\n',
    'src/event/epoll_poller.hpp': HEADER + '#include <sys/epoll.h>\n#include "os/good.hpp"\n',
    'src/serve/good.cpp': HEAD + '#include "event/epoll_poller.hpp"\n#include "http/none.hpp"\n',
    'daemon/good.hpp': HEADER + '#include "os/good.hpp"\n',
    'src/base/mutex.hpp': HEADER + '#include <mutex>\nclass Mutex { std::mutex mutex_; };\n',
    'src/os/private.cpp': HEAD + """namespace filesrv::os {
namespace {

constexpr int twice_max = 2;  // { is not opened here
struct Twice;
using Bytes = std::vector<char>;

/// Overloaded, not defined twice.
template <class T>
std::pair<int, T> twice(const std::map<int, T>& map, int times = f(1, 2)) {
    static int local = '{';
    struct Local { int a; };
    return {local, map[times]};
}

bool is_twice(int number) noexcept { return number == twice_max; }

}  // namespace

void Room::enter() { constexpr int twice_max = 3; }

namespace deeper {
static void only_here() {}
}  // namespace deeper
}  // namespace filesrv::os
""",
    'src/os/private_too.cpp': HEAD + """namespace filesrv::os {
namespace {
struct Twice;
using Bytes = std::vector<char>;
bool is_twice(std::string_view number) noexcept { return number == "2"; }
}  // namespace
int Room::twice() { return 2; }
void only_here() {}
}  // namespace filesrv::os
""",
    'src/base/private.cpp': HEAD + 'namespace filesrv::os {\nnamespace {\nconstexpr int twice_max = 2;\n}  // namespace\n}  // namespace\n',
    'src/os/just_fits.cpp': HEAD + '\n' * (lint.LINES_MAX - 2),
}


def write(root, path, text):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def complaints(root, compiler):
    return {name: list(check(root)) for name, check in lint.rules(compiler).items()}


def private(declaration):
    return HEAD + 'namespace filesrv::os {\nnamespace {\n' + declaration + '\n}  // namespace\n}  // namespace filesrv::os\n'


def clashing(root):
    """Everything that may be private and clash with src/os/private.cpp of the good tree; and what may not."""
    clashing_ones = ['const long twice_max{2};', 'void twice_max() {}', 'enum class twice_max { one };', 'bool is_twice(const int);',
                     'bool is_twice(int n = 3)\n{\n}', 'template <class T>\nstd::pair<int, T> twice(const std::map<int, T>& m, int) {\n}',
                     'struct is_twice { int a; };', 'using Bytes = std::string;', 'std::array<int, 2> twice_max[2] = {};']
    others = ['bool is_twice(int a, int b) { return a == b; }', 'bool is_twice(int&&) { return {}; }', 'using Bytes = std::vector<char>;', 'struct twice_max;',
              'using namespace twice_max;', 'static_assert(twice_max(2) == 2);', 'int more = twice_max;', 'void Twice::twice(int) {}']
    failures = []
    for wanted, declarations in ((1, clashing_ones), (0, others)):
        for declaration in declarations:
            path = write(root, 'src/os/zz_private.cpp', private(declaration))
            found = len(list(lint.check_private_names(root)))
            if found != wanted:
                failures.append(f'{found} names clash, not {wanted}: {declaration}')
            path.unlink()
    deeper = write(root, 'src/os/zz_deeper.cpp', HEAD + 'namespace filesrv::os::deeper {\nstatic void only_here() {}\n}  // namespace\n')
    macros = [write(root, f'src/os/zz_macro_{number}.cpp', HEAD + '#define FS_ONCE 1\n#define FS_LEFT 1\n#undef FS_ONCE\n') for number in (1, 2)]
    found = {problem.what.split()[0] for problem in lint.check_private_names(root)}
    if found != {'only_here', 'FS_LEFT'}:
        failures.append(f'these clash, not a macro and a function of a deeper namespace: {found}')
    for path in [deeper, *macros]:
        path.unlink()
    return failures


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
        failures += clashing(root)
    for failure in failures:
        print('FAIL', failure)
    print(f'lint: {len(BROKEN) + 3 - len(failures)} passed, {len(failures)} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:] or ['c++']))
