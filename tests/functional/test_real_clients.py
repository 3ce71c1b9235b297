# SPDX-License-Identifier: MIT
"""Clients from the distribution that want more than one GET: aria2, rclone, git, apt, zsync, lftp; each compares bytes."""

import email.utils
import hashlib
import json
import os
import pathlib
import random
import subprocess
import time

from support.case import DaemonCase, tool

PAST = 1_700_000_000


class RealClient(DaemonCase):
    timeout = 120
    options = ()

    def setUp(self):
        super().setUp()
        self.here = self.home / 'here'
        self.here.mkdir()
        self.fill()
        self.log = self.home / 'access.log'
        self.daemon = self.start('--access-log', f'common:{self.log}', *self.options)

    def fill(self):
        """The tree before the daemon starts."""

    def run_tool(self, name, *words, cwd=None, allow=(0,), **environment):
        """Its output; it finds neither the user's settings, nor a proxy, nor a terminal."""
        kept = {key: os.environ[key] for key in ('PATH', 'TMPDIR') if key in os.environ}
        done = subprocess.run([tool(name), *map(str, words)], cwd=cwd or self.here, capture_output=True, timeout=90,
                              check=False, stdin=subprocess.DEVNULL,
                              env={**kept, 'HOME': str(self.home), 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC', **environment})
        said = done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace')
        self.assertIn(done.returncode, allow, '\n'.join(said))
        return said[0]

    def was_asked_in_parts(self, name, times=1):
        """Whether so many answers for the name were 206: a client that starts anew gets the right bytes, too."""
        def parts():
            return sum(f'/{name} ' in line and '" 206 ' in line for line in self.log.read_text().splitlines())
        self.eventually(lambda: parts() >= times, what=f'{times} times 206 for {name}')

    def random_file(self, name, size):
        content = random.Random(name).randbytes(size)
        self.put(name, content)
        return content

    @staticmethod
    def tree(top):
        """Path to content of every file below."""
        top = pathlib.Path(top)
        return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob('*') if path.is_file()}


class Mirrored(RealClient):
    """A tree with the names that break listings."""

    names = ('plain.txt', 'with space.txt', 'ünïcödé ☃.txt', 'per%20cent.txt', 'hash#mark.txt', 'question?mark.txt',
             "quote'and\"double.txt", 'amp&ersand <tag>.txt', 'plus+and;semicolon=x.txt', 'empty', 'tilde~.txt',
             'deep/er/est/file.txt', 'folder with space/inner file.txt', 'földer/größe.bin')

    def fill(self):
        for number, name in enumerate(self.names):
            path = self.put(name, b'' if name == 'empty' else f'{name} {number}\n'.encode() * (number + 1))
            os.utime(path, (PAST + 60 * number,) * 2)
        self.big = self.random_file('big.bin', 3_000_000)


class Aria2(RealClient):
    def fill(self):
        self.content = self.random_file('big.bin', 24_000_000)

    def aria2(self, *words):
        return self.run_tool('aria2c', '--no-conf', '--min-split-size=1M', '-x8', '-s8', '--allow-overwrite=true', '-c',
                             '--console-log-level=warn', '--summary-interval=0', *words)

    def test_aria2_fetches_one_file_over_eight_connections(self):
        self.aria2(f'{self.daemon.url}/big.bin')
        self.assertEqual((self.here / 'big.bin').read_bytes(), self.content)
        self.was_asked_in_parts('big.bin', 7)            # the first connection may ask for the whole

    def test_aria2_resumes_a_broken_download(self):
        (self.here / 'big.bin').write_bytes(self.content[:5_000_001])
        self.aria2(f'{self.daemon.url}/big.bin')
        self.assertEqual((self.here / 'big.bin').read_bytes(), self.content)


class Rclone(Mirrored):
    def rclone(self, *words):
        return self.run_tool('rclone', '--config', '/dev/null', *words, '--http-url', f'{self.daemon.url}/')

    def test_rclone_copies_the_tree_from_its_listings(self):
        self.rclone('copy', ':http:', 'copy')
        self.assertEqual(self.tree(self.here / 'copy'), self.tree(self.root))

    def test_rclone_sees_sizes_and_times(self):
        listed = {item['Path']: item for item in json.loads(self.rclone('lsjson', '-R', ':http:'))}
        for path in self.root.rglob('*'):
            name, stat = str(path.relative_to(self.root)), path.stat()
            self.assertIn(name, listed)
            self.assertEqual(listed[name]['IsDir'], path.is_dir(), name)
            if path.is_file():
                self.assertEqual(listed[name]['Size'], stat.st_size, name)
                self.assertEqual(listed[name]['ModTime'][:19],
                                 time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(stat.st_mtime)), name)
        self.assertEqual(len(listed), len(list(self.root.rglob('*'))))

    def test_rclone_copies_nothing_twice(self):
        self.rclone('copy', ':http:', 'copy')
        marks = {path: path.stat().st_ino for path in (self.here / 'copy').rglob('*')}
        self.rclone('copy', ':http:', 'copy')
        self.assertEqual({path: path.stat().st_ino for path in (self.here / 'copy').rglob('*')}, marks)


class Lftp(Mirrored):
    def lftp(self, script):
        self.run_tool('lftp', '--norc', '-c',
                      f'set cmd:fail-exit true; set net:max-retries 2; open {self.daemon.url}/; {script}')

    def test_lftp_mirrors_the_tree(self):
        self.lftp('mirror --parallel=3 . copy')
        self.assertEqual(self.tree(self.here / 'copy'), self.tree(self.root))

    def test_lftp_resumes_and_fetches_in_pieces(self):
        (self.here / 'big.bin').write_bytes(self.big[:1_000_001])
        self.lftp('reget big.bin')
        self.assertEqual((self.here / 'big.bin').read_bytes(), self.big)
        self.was_asked_in_parts('big.bin')
        self.lftp('pget -n 4 big.bin -o pieces.bin')
        self.assertEqual((self.here / 'pieces.bin').read_bytes(), self.big)
        self.was_asked_in_parts('big.bin', 2)            # pieces of a MiB at least, and the first asks for the whole

    def test_lftp_puts_a_file(self):
        (self.here / 'up.bin').write_bytes(self.big)
        self.lftp('put up.bin -o up/here.bin')
        self.assertEqual((self.root / 'up/here.bin').read_bytes(), self.big)


class Git(RealClient):
    def git(self, *words, **how):
        return self.run_tool('git', '-c', 'user.name=n', '-c', 'user.email=n@localhost',
                             '-c', 'init.defaultBranch=main', *words, GIT_CONFIG_NOSYSTEM='1', GIT_TERMINAL_PROMPT='0', GIT_ALLOW_PROTOCOL='http:file', **how)

    def fill(self):
        self.work = self.home / 'work'
        self.git('init', '-q', self.work)
        for number in range(3):
            (self.work / f'file {number}.bin').write_bytes(random.Random(number).randbytes(200_000))
            self.git('add', '.', cwd=self.work)
            self.git('commit', '-q', '-m', f'commit {number}', cwd=self.work)
        self.publish()

    def publish(self):
        bare = self.root / 'repo.git'
        if not bare.exists():
            self.git('init', '-q', '--bare', bare)
        self.git('push', '-q', bare, 'main', cwd=self.work)
        self.git('update-server-info', cwd=bare)

    def checked_out(self, clone):
        return {name: content for name, content in self.tree(clone).items() if not name.startswith('.git/')}

    def test_git_clones_loose_objects_then_fetches_packs(self):
        self.git('clone', '-q', f'{self.daemon.url}/repo.git', 'clone')
        self.assertEqual(self.checked_out(self.here / 'clone'), self.checked_out(self.work))
        self.git('fsck', '--full', cwd=self.here / 'clone')
        (self.work / 'later.bin').write_bytes(random.Random('later').randbytes(300_000))
        self.git('add', '.', cwd=self.work)
        self.git('commit', '-q', '-m', 'later', cwd=self.work)
        self.git('repack', '-q', '-a', '-d', cwd=self.work)
        self.publish()
        self.git('repack', '-q', '-a', '-d', cwd=self.root / 'repo.git')
        self.git('update-server-info', cwd=self.root / 'repo.git')
        self.git('pull', '-q', cwd=self.here / 'clone')
        self.assertEqual((self.here / 'clone/later.bin').read_bytes(), (self.work / 'later.bin').read_bytes())
        self.git('clone', '-q', f'{self.daemon.url}/repo.git', 'again')
        self.git('fsck', '--full', cwd=self.here / 'again')


class Apt(RealClient):
    """A flat mirror folder, and an apt that knows nothing of this machine's own sources, lists and keys."""

    def fill(self):
        build = self.home / 'build'
        (build / 'DEBIAN').mkdir(parents=True)
        (build / 'usr/share/filesrv-example').mkdir(parents=True)
        (build / 'usr/share/filesrv-example/noise').write_bytes(random.Random(7).randbytes(900_000))
        (build / 'DEBIAN/control').write_text(
            'Package: filesrv-example\nVersion: 1.0+really~2\nArchitecture: all\nMaintainer: n <n@localhost>\n'
            'Description: an example\n')
        mirror = self.root / 'mirror' / 'pool'
        mirror.mkdir(parents=True)
        self.deb = mirror / 'filesrv-example_1.0+really~2_all.deb'
        self.run_tool('dpkg-deb', '--root-owner-group', '--build', build, self.deb)
        os.utime(self.deb, (PAST, PAST))     # a date guards a range only when it is no longer young, RFC 9110 13.1.5
        self.publish()

    def publish(self):
        mirror = self.root / 'mirror'
        packages = self.run_tool('dpkg-scanpackages', '--multiversion', 'pool', cwd=mirror).encode()
        (mirror / 'Packages').write_bytes(packages)
        self.run_tool('gzip', '-kf9n', mirror / 'Packages')
        sums = ''.join(f' {hashlib.sha256((mirror / name).read_bytes()).hexdigest()} {(mirror / name).stat().st_size} {name}\n'
                       for name in ('Packages', 'Packages.gz'))
        (mirror / 'Release').write_text(f'Date: {email.utils.formatdate(PAST, usegmt=True)}\nSHA256:\n{sums}')

    def apt(self, *words):
        top = self.home / 'apt'
        for folder in ('etc/apt.conf.d', 'etc/preferences.d', 'etc/trusted.gpg.d', 'etc/auth.conf.d', 'state/lists/partial',
                       'cache/archives/partial', 'log'):
            (top / folder).mkdir(parents=True, exist_ok=True)
        (top / 'status').touch()
        (top / 'sources.list').write_text(f'deb [trusted=yes] {self.daemon.url}/mirror ./\n')
        (top / 'apt.conf').write_text(
            f'Dir "{top}"; Dir::Etc "{top}/etc"; Dir::Etc::sourcelist "{top}/sources.list"; Dir::Etc::sourceparts "-";\n'
            f'Dir::State "{top}/state"; Dir::State::status "{top}/status"; Dir::Cache "{top}/cache"; Dir::Log "{top}/log";\n'
            'APT::Sandbox::User ""; Acquire::Languages "none"; Acquire::http::Proxy "DIRECT"; Acquire::Retries "0";\n')
        return self.run_tool('apt-get', *words, APT_CONFIG=str(top / 'apt.conf'))

    def test_apt_updates_and_downloads_from_a_mirror_folder(self):
        first = self.apt('update')
        self.assertIn('Get:', first)
        self.assertNotIn('Err:', first)
        self.apt('download', 'filesrv-example')
        fetched = [path for path in self.here.iterdir() if path.suffix == '.deb']
        self.assertEqual([path.read_bytes() for path in fetched], [self.deb.read_bytes()])
        again = self.apt('update')
        self.assertIn('Hit:', again)                     # 304 for what has not changed
        self.assertNotIn('Get:', again)

    def test_apt_resumes_a_broken_download(self):
        self.apt('update')
        whole = self.deb.read_bytes()
        partial = self.home / 'apt/cache/archives/partial' / 'filesrv-example_1.0+really~2_all.deb'
        partial.write_bytes(whole[:400_000])
        os.utime(partial, (PAST, PAST))
        self.apt('install', '--download-only', '-y', 'filesrv-example')
        self.assertEqual((self.home / 'apt/cache/archives' / partial.name).read_bytes(), whole)
        self.was_asked_in_parts('mirror/pool/filesrv-example_1.0%2breally%7e2_all.deb')


class AptPrecompressed(Apt):
    """`Packages.gz` is a sibling of `Packages` and a file that apt asks for by name."""

    options = ('--precompressed',)


class Zsync(RealClient):
    def fill(self):
        self.old = random.Random('old').randbytes(2_000_000)
        changed = bytearray(self.old)
        for at in (10_000, 500_000, 900_000, 1_300_000, 1_999_990):     # several gaps, so several ranges a request
            changed[at:at + 5] = b'-new-'
        self.new = bytes(changed) + b'and a tail' * 1000
        self.put('image.iso', self.new)
        self.run_tool('zsyncmake', '-u', 'image.iso', '-o', self.root / 'image.zsync', self.root / 'image.iso')

    def test_zsync_fetches_only_what_differs(self):
        (self.here / 'old.iso').write_bytes(self.old)
        said = self.run_tool('zsync', '-i', 'old.iso', f'{self.daemon.url}/image.zsync')
        self.assertEqual((self.here / 'image.iso').read_bytes(), self.new, said)
        fetched = int(said.rsplit('fetched ', 1)[1].split()[0])
        self.assertLess(fetched, len(self.new) // 4, said)
