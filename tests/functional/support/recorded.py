# SPDX-License-Identifier: MIT
"""What a daemon asked of the kernel, call by call, as strace(1) wrote it down.

A call has two moments: lines of the record at which it began and at which it had ended. What it does
happens between them, and the record does not say when.
"""

import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess

# All that changes what a disk holds or moves a descriptor, and what leaves on a socket.
TRACED = ('open openat openat2 creat close dup dup2 dup3 fcntl write writev pwrite64 pwritev pwritev2 fallocate ftruncate '
          'truncate copy_file_range splice sendfile fsync fdatasync syncfs sync msync mkdir mkdirat rename renameat renameat2 '
          'link linkat symlink symlinkat unlink unlinkat rmdir utimensat fchmod fchmodat fchown fchownat fsetxattr setxattr '
          'sendto sendmsg accept4 clone clone3 fork vfork').split()
LINE = re.compile(r'(\d+) +(?:(\w+)\(|<\.\.\. (\w+) resumed>)(.*)', re.DOTALL)
UNFINISHED = '<unfinished ...>'
RESULT = re.compile(r'\) += (-?\d+)[^)"]*(?:\([^)]*\))?$')
STRING = re.compile(r'"([^"]*)"')


class Call:
    """One call. `strings` are its texts in order, `words` its arguments with those left out."""

    __slots__ = ('thread', 'name', 'strings', 'words', 'result', 'begun', 'ended', 'done')

    def __init__(self, thread, name, begun):
        self.thread, self.name, self.begun = thread, name, begun
        self.strings, self.words, self.result, self.ended = [], [], None, None
        self.done = None             # when a replay took it to have happened

    def finish(self, text, ended):
        found = RESULT.search(text)
        self.result = int(found[1]) if found else None      # exit_group and the like have none
        self.strings = [bytes.fromhex(one.replace('\\x', '')) for one in STRING.findall(text)]
        skeleton = STRING.sub('"', text[:found.start()] if found else text)
        self.words = skeleton.split(', ')
        self.ended = ended

    def number(self, position):
        """An argument as a number; None for AT_FDCWD."""
        word = self.words[position]
        return None if word == 'AT_FDCWD' else int(word, 0)

    def has(self, flag):
        return any(flag in re.split(r'\W', word) for word in self.words)

    def __repr__(self):
        return f'{self.begun}: {self.thread} {self.name}({", ".join(self.words)}) {self.strings!r:.200} = {self.result}'


def parse(lines):
    """The calls that ended, in the order of their beginnings. Line numbers are moments."""
    calls, open_calls = [], {}
    for moment, line in enumerate(lines):
        found = LINE.fullmatch(line.rstrip('\n'))
        if not found:
            continue                 # an exit, a signal
        thread, name, rest = found[1], found[2], found[4]
        if name:
            call = Call(thread, name, moment)
            calls.append(call)
            text = rest
        else:
            call, text = open_calls.pop(thread)
            text += rest
        if text.endswith(UNFINISHED):
            open_calls[thread] = (call, text.removesuffix(UNFINISHED))
        else:
            call.finish(text, moment)
    return [call for call in calls if call.ended is not None]


def why_not():
    """Why nothing can be recorded here; None when it can. Containers and Yama forbid it now and then, ptrace(2)."""
    if shutil.which('strace') is None:
        return 'strace is not installed'
    tried = subprocess.run(['strace', '-f', '-o', os.devnull, 'true'], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return None if tried.returncode == 0 else f'strace cannot trace here: {tried.stderr.strip()}'


class Recorder:
    """The words that go before a daemon's own, and the file that they fill."""

    numbers = itertools.count()

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / f'record.{next(self.numbers)}'
        self.command = ['strace', '-f', '--seccomp-bpf', '-xx', '-s', str(8 << 20), '-e', 'signal=none',
                        '-e', f'trace={",".join(f"?{name}" for name in TRACED)}', '-o', str(self.path)]

    @staticmethod
    def stop(tracer):
        """Asks the daemon to leave; the tracer, its parent, leaves with it and has its status."""
        children = pathlib.Path(f'/proc/{tracer.pid}/task/{tracer.pid}/children').read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)

    def calls(self):
        with open(self.path, encoding='ascii') as lines:
            return parse(lines)
