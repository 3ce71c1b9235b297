# SPDX-License-Identifier: MIT
"""Clients that people have: curl and wget, each comparing bytes."""

import os
import subprocess

from support.case import DaemonCase, tool


class Client(DaemonCase):
    def setUp(self):
        super().setUp()
        self.content = os.urandom(3_000_000)
        self.put('big.bin', self.content)
        self.put('folder/one.txt', 'one')
        self.put('folder/deep/two.txt', 'two')
        self.daemon = self.start()
        self.here = self.home / 'here'
        self.here.mkdir()

    def run_tool(self, name, *words, data=None):
        done = subprocess.run([tool(name), *map(str, words)], cwd=self.here, capture_output=True, input=data,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors='replace'))
        return done.stdout.decode(errors='replace')


class Curl(Client):
    def curl(self, *words, **how):
        return self.run_tool('curl', '-sS', '--fail', *words, **how)

    def test_curl_resumes_a_broken_download(self):
        (self.here / 'big.bin').write_bytes(self.content[:1_234_567])
        shown = self.curl('-C', '-', '-O', '-w', '%{http_code} %{size_download}', f'{self.daemon.url}/big.bin')
        self.assertEqual(shown.split(), ['206', str(len(self.content) - 1_234_567)])
        self.assertEqual((self.here / 'big.bin').read_bytes(), self.content)

    def test_curl_uploads_a_stream_of_unknown_length_in_chunks(self):
        self.curl('-T', '-', f'{self.daemon.url}/streamed.bin', data=self.content)
        self.assertEqual((self.root / 'streamed.bin').read_bytes(), self.content)

    def test_curl_uploads_a_file_with_expect_and_replaces_it(self):
        (self.here / 'up.bin').write_bytes(self.content)
        for code in ('201', '204'):
            shown = self.curl('-T', 'up.bin', '-H', 'Expect: 100-continue', '-w', '%{http_code}',
                              f'{self.daemon.url}/sub/up.bin')
            self.assertTrue(shown.endswith(code), shown)
        self.assertEqual((self.root / 'sub/up.bin').read_bytes(), self.content)

    def test_curl_fetches_only_what_changed(self):
        stamp = self.curl('-z', 'big.bin', '-R', '-o', 'big.bin', '-w', '%{http_code}', f'{self.daemon.url}/big.bin')
        self.assertTrue(stamp.endswith('200'))
        stamp = self.curl('-z', 'big.bin', '-R', '-o', 'big.bin', '-w', '%{http_code}', f'{self.daemon.url}/big.bin')
        self.assertTrue(stamp.endswith('304'))

    def test_curl_in_http_1_0_gets_the_file(self):
        self.curl('--http1.0', '-O', f'{self.daemon.url}/big.bin')
        self.assertEqual((self.here / 'big.bin').read_bytes(), self.content)

    def test_curl_sends_several_files_in_one_form(self):
        for name in ('a b.txt', 'ä.txt'):
            (self.here / name).write_text(name)
        self.curl('-F', 'x=@"a b.txt"', '-F', 'y=@"ä.txt"', f'{self.daemon.url}/folder/')
        for name in ('a b.txt', 'ä.txt'):
            self.assertEqual((self.root / 'folder' / name).read_text(), name)


class Wget(Client):
    def test_wget_resumes_a_broken_download(self):
        (self.here / 'big.bin').write_bytes(self.content[:777_777])
        self.run_tool('wget', '-q', '-c', f'{self.daemon.url}/big.bin')
        self.assertEqual((self.here / 'big.bin').read_bytes(), self.content)

    def test_wget_mirrors_a_listing(self):
        self.run_tool('wget', '-q', '-r', '-np', '-nH', '-l', '5', '-e', 'robots=off', f'{self.daemon.url}/folder/')
        self.assertEqual((self.here / 'folder/one.txt').read_text(), 'one')
        self.assertEqual((self.here / 'folder/deep/two.txt').read_text(), 'two')

    def test_wget_posts_a_file(self):
        (self.here / 'up.txt').write_text('posted')
        shown = self.run_tool('wget', '-q', '-O', '-', '--post-file=up.txt', f'{self.daemon.url}/up.txt')
        self.assertIn('up.txt', shown)
        self.assertEqual((self.root / 'up.txt').read_text(), 'posted')
