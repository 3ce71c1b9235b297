# SPDX-License-Identifier: MIT
"""What the suite writes into the root that the server under test serves. Names and contents are fixed."""

import os
import pathlib
import shutil
import time

TOP = '/conformance'
SECRET = b'SERVED-BEHIND-IT\n'
ALPHA = b'alpha\n'
DIGITS = b'0123456789'
BLOCK = bytes(range(256)) * 40
LONG_NAME = 'n' * 251 + '.txt'        # 255 bytes, the most that Linux file systems hold
HOUR = 3600

# Target below TOP -> file name. Each file holds its own name, so that a wrong one is seen.
NAMES = {
    'a%20b.txt': b'a b.txt',
    'plus+sign.txt': b'plus+sign.txt',
    '%C3%A4.txt': b'\xc3\xa4.txt',
    '%c3%b6.txt': b'\xc3\xb6.txt',
    'per%2541.txt': b'per%41.txt',
    'question%3Fmark.txt': b'question?mark.txt',
    'hash%23.txt': b'hash#.txt',
    'semi;colon.txt': b'semi;colon.txt',
    'colon:at@.txt': b'colon:at@.txt',
    '%70%6C%61%69%6E.txt': b'plain.txt',
    "quote'%22.txt": b'quote\'".txt',
    'am&eq=.txt': b'am&eq=.txt',
    'dots...in.txt': b'dots...in.txt',
    'tilde~!$*(),.txt': b'tilde~!$*(),.txt',
}


def prepare(root: pathlib.Path) -> None:
    """Everything below TOP anew. The uploads' folder is open to all: servers change their user."""
    top = root / TOP.strip('/')
    if top.exists():
        shutil.rmtree(top)
    files = {'secret.txt': SECRET, 'a.txt': ALPHA, 'digits.txt': DIGITS, 'block.bin': BLOCK, 'empty.txt': b'',
             'dir/inner.txt': b'inner\n', 'big.bin': bytes(3 << 20), LONG_NAME: b'long\n', 'future.txt': b'later\n',
             'victim.txt': b'victim\n', 'up/kept.txt': b'kept\n',
             **{f'{number}.txt': b'content of %d\n' % number * (number + 1) for number in range(10)}}
    for name, content in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        age(path, -86400 if name == 'future.txt' else HOUR)
    for name in (*NAMES.values(), b'raw-\xff.txt'):
        with open(os.fsencode(top) + b'/' + name, 'wb') as file:
            file.write(name)
    for name in ('fifo', 'up/fifo'):
        os.mkfifo(top / name)
    for folder in (top, top / 'dir', top / 'up'):
        os.chmod(folder, 0o777)


def age(path: pathlib.Path, seconds: float) -> None:
    """Whole seconds, so that Last-Modified says all there is to say."""
    when = int(time.time() - seconds)
    os.utime(path, (when, when))
