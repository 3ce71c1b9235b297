# SPDX-License-Identifier: MIT
"""filesrv-client's prompt: typed at a terminal as people do, and fed by a pipe."""

import functools
import http.server
import json
import os
import random
import re
import signal
import socket
import stat
import subprocess
import termios
import threading
import time

from support import settings
from support.case import DaemonCase, tool
from support.manager import Manager
from support.relay import Relay
from support.terminal import Terminal

KINDS = ('txt', 'jpg', 'png', 'html')


class Plain(http.server.SimpleHTTPRequestHandler):
    """A server that knows no digests."""

    def log_message(self, *_):
        pass


class ClientCase(DaemonCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(settings.CLIENT):
            self.skipTest(f'{settings.CLIENT} is not built')
        self.here = self.home / 'here'
        (self.here / 'client').mkdir(parents=True)
        self.log = self.home / 'access.log'

    def serve(self, *options, **how):
        return self.start('--access-log', f'json:{self.log}', *options, **how)

    def environment(self):
        return settings.clean_environment(self.home)

    def at_terminal(self, *words, columns=100, before=()):
        terminal = Terminal([*before, settings.CLIENT, *words], self.here, self.environment(), columns)
        self.addCleanup(terminal.close)
        return terminal

    def piped(self, text, *words):
        return subprocess.run([settings.CLIENT, *map(str, words)], input=text, cwd=self.here, env=self.environment(),
                              capture_output=True, text=True, timeout=settings.patience(30), check=False)

    def relay(self, daemon, **how):
        relay = Relay(daemon.port, **how)
        self.addCleanup(relay.close)
        return relay

    def logged(self):
        """What the access log says of each request that has ended."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def wait_logged(self, count):
        self.eventually(lambda: len(self.logged()) >= count, 5, f'{count} lines in the access log')
        return self.logged()

    def ask_at(self, terminal, line, answer='HTTP/1.1 200 OK'):
        """Type a line at the prompt, and see the status line of its answer and the next prompt."""
        terminal.type(line + '\n')
        terminal.expect(re.escape(answer))
        return terminal.expect(r'filesrv \S+> ')


class OriginalSession(ClientCase):
    """GET and POST of each kind of file, typed one after the other."""

    def fill(self):
        for number, kind in enumerate(KINDS):
            self.put(f'server/file.{kind}', os.urandom(100_000 + number))
            (self.here / f'client/mine.{kind}').write_bytes(os.urandom(50_000 + number))

    def session_at(self, terminal):
        terminal.expect(r'filesrv \S+> ')
        for kind in KINDS:
            self.ask_at(terminal, f'GET server/file.{kind}')
        for kind in KINDS:
            self.ask_at(terminal, f'POST client/mine.{kind}')
        terminal.type('QUIT\n')
        self.assertEqual(terminal.wait(), 0, terminal.shown)

    def both_sides_agree(self):
        for kind in KINDS:
            self.assertEqual((self.here / f'file.{kind}').read_bytes(), (self.root / f'server/file.{kind}').read_bytes())
            self.assertEqual((self.root / f'client/mine.{kind}').read_bytes(), (self.here / f'client/mine.{kind}').read_bytes())
        logged = self.wait_logged(8)
        self.assertEqual([entry['method'] for entry in logged], ['GET'] * 4 + ['POST'] * 4)
        self.assertEqual(len({(entry['client'], entry['port']) for entry in logged}), 1, 'one connection')

    def test_with_another_host_and_port(self):
        self.fill()
        daemon = self.serve()
        self.session_at(self.at_terminal('127.0.0.1', daemon.port))
        self.both_sides_agree()

    def test_with_the_default_host_and_port(self):
        if os.geteuid() != 0:
            self.skipTest('a network of its own, in which port 8080 is free, needs root')
        self.fill()
        network = subprocess.Popen([tool('unshare'), '--net', '--kill-child', 'sh', '-c', 'ip link set lo up && echo up && exec sleep 60'],
                                   stdout=subprocess.PIPE)
        self.addCleanup(network.wait)
        self.addCleanup(network.kill)
        self.addCleanup(network.stdout.close)
        if network.stdout.readline() != b'up\n':
            self.skipTest('no network namespaces on this machine, or no ip(8)')
        inside = [tool('nsenter'), '--target', str(network.pid), '--net', '--']
        daemon = subprocess.Popen([*inside, settings.DAEMON, '--root', self.root, '--access-log', f'json:{self.log}'],
                                  stdout=subprocess.PIPE, env=self.environment())
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        self.addCleanup(daemon.stdout.close)
        self.assertIn(b'http://localhost:8080/', daemon.stdout.readline())
        self.session_at(self.at_terminal(before=inside))
        self.both_sides_agree()


class Answers(ClientCase):
    def test_names_on_both_sides_may_be_given(self):
        self.put('server/a b.txt', 'of the server')
        (self.here / 'client/own.txt').write_text('mine')
        (self.here / 'folder').mkdir()
        terminal = self.at_terminal('localhost', self.serve().port)
        terminal.expect('> ')
        self.ask_at(terminal, 'get "server/a b.txt" other.txt')
        self.ask_at(terminal, r'Get server/a\ b.txt folder')
        self.ask_at(terminal, "put client/own.txt 'sub folder/x y'", 'HTTP/1.1 201 Created')
        self.ask_at(terminal, 'POST client/own.txt inbox/')
        self.assertEqual((self.here / 'other.txt').read_text(), 'of the server')
        self.assertEqual((self.here / 'folder/a b.txt').read_text(), 'of the server')
        self.assertEqual((self.root / 'sub folder/x y').read_text(), 'mine')
        self.assertEqual((self.root / 'inbox/own.txt').read_text(), 'mine')

    def test_head_shows_fields_and_ls_sizes_and_dates_without_controls(self):
        self.put('plain.txt', 'x' * 5000)
        self.put('\x1b[2Jevil\n', 'e')
        os.utime(self.root / 'plain.txt', (1_700_000_000,) * 2)
        (self.root / 'sub').mkdir()
        done = self.piped('LS\nHEAD plain.txt\nls sub\n', '127.0.0.1', self.serve().port)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('\n4.8 KiB  2023-11-14 22:13  plain.txt\n', done.stdout)
        self.assertRegex(done.stdout, r'\n +2\d{3}-\d\d-\d\d \d\d:\d\d  sub/\n')
        self.assertIn(r'  \x1B[2Jevil\x0A' + '\n', done.stdout)
        self.assertIn('1 folder, 2 files\n', done.stdout)
        self.assertRegex(done.stdout, r'(?i)\nContent-Length: 5000\n')
        self.assertRegex(done.stdout, r'(?i)\nETag: ')
        self.assertTrue(done.stdout.endswith('0 folders, 0 files\n'), done.stdout)
        self.assertNotIn('\x1b', done.stdout)
        self.assertEqual(done.stdout.count('HTTP/1.1 200 OK\n'), 3)

    def test_delete_removes_a_file_of_the_server_where_that_is_allowed(self):
        self.put('server/old.txt', 'old')
        done = self.piped('DELETE server/old.txt\n', '127.0.0.1', self.serve().port)
        self.assertEqual((done.returncode, done.stderr), (1, 'filesrv-client: line 1: 405 Method Not Allowed: This server does not offer that method.\n'))
        self.assertTrue((self.root / 'server/old.txt').exists())
        terminal = self.at_terminal('localhost', self.serve('--allow-delete').port)
        terminal.expect('> ')
        self.ask_at(terminal, 'delete ser\to\t', 'HTTP/1.1 204 No Content')
        self.assertIn('/server/old.txt: removed\n', terminal.shown)
        self.assertFalse((self.root / 'server/old.txt').exists())
        terminal.type('HEAD server/o\t\x03')          # nothing is left to complete
        terminal.expect(r'HEAD server/o\^C')

    def test_lines_pasted_at_once_run_one_after_the_other(self):
        self.put('a.txt', 'alpha')
        terminal = self.at_terminal('localhost', self.serve().port)
        terminal.expect('> ')
        terminal.type(''.join(f'GET a.txt {number}\n' for number in range(20)))
        for number in range(20):
            terminal.expect(f'\n{number}: 5 B in ')
        self.assertEqual(len(list(self.here.iterdir())), 20 + 1)

    def test_help_explains_and_mistakes_are_named_and_the_prompt_stays(self):
        terminal = self.at_terminal('127.0.0.1', 1, '--retry', 0)
        terminal.expect('> ')
        for line, answer in (('help', r'GET PATH \[LOCAL-NAME\]'), ('HELP post', 'Missing folders are made'),
                             ('gte x', r"there is no verb 'gte'; did you mean GET\?"), ('GET', 'a name is missing'),
                             ('GET "x', r'a " has no end'), ('GET ../x', "holds '..'"), ('', ''), ('# nothing', ''),
                             ('GET x', '(?i)connect')):
            terminal.type(line + '\n')
            terminal.expect(answer)
            terminal.expect(r'filesrv 127.0.0.1:1> ')
        terminal.type('\x04')
        self.assertEqual(terminal.wait(), 0)


class Piped(ClientCase):
    def test_lines_run_without_a_prompt_and_the_worst_status_is_that_of_all(self):
        self.put('a.txt', 'alpha')
        port = self.serve().port
        done = self.piped('GET a.txt\n\n# comment\nGET missing.txt\nGET a.txt b.txt', 'localhost', port)
        self.assertEqual(done.returncode, 1, done)
        self.assertNotIn('>', done.stdout)
        self.assertNotIn('\x1b', done.stdout + done.stderr)
        self.assertEqual(done.stdout.count('HTTP/1.1 200 OK\n'), 2)
        self.assertIn('HTTP/1.1 404 Not Found\n', done.stdout)
        self.assertRegex(done.stderr, r'\Afilesrv-client: line 4: .*\n\Z')
        self.assertEqual((self.here / 'b.txt').read_text(), 'alpha')
        self.assertEqual(len({entry['port'] for entry in self.wait_logged(3)}), 1)
        for text, status in (('GET a.txt\nGTE a.txt\n', 2), ('', 0), ('QUIT\nGTE\n', 0)):
            self.assertEqual(self.piped(text, 'localhost', port).returncode, status, text)
        self.assertEqual(self.piped('GET a.txt\n', 'localhost', 1, '--retry', 0).returncode, 3)

    def test_a_full_disk_under_standard_output_is_no_success(self):
        self.put('a.txt', 'alpha')
        with open('/dev/full', 'w', encoding='ascii') as full:
            done = subprocess.run([settings.CLIENT, 'localhost', str(self.serve().port)], input='GET a.txt\n', cwd=self.here, text=True,
                                  env=self.environment(), stdout=full, stderr=subprocess.PIPE, timeout=settings.patience(30), check=False)
        self.assertEqual((done.returncode, done.stderr), (1, 'filesrv-client: standard output could not be written whole\n'))
        self.assertEqual((self.here / 'a.txt').read_text(), 'alpha')

    def test_what_was_verified_and_what_could_not_be_is_told(self):
        self.put('a.txt', 'alpha')
        done = self.piped('GET a.txt\n', '--verify', 'localhost', self.serve().port)
        self.assertRegex(done.stdout, r'\na\.txt: 5 B in .*, verified\n\Z')
        other = http.server.HTTPServer(('127.0.0.1', 0), functools.partial(Plain, directory=self.root))
        self.addCleanup(other.server_close)
        self.addCleanup(other.shutdown)
        threading.Thread(target=other.serve_forever, args=(0.05,), daemon=True).start()
        done = self.piped('GET a.txt\n', '--verify', '127.0.0.1', other.server_port)
        self.assertRegex(done.stdout, r'\na\.txt: 5 B in .*, not verified: the server gives no digest\n\Z')

    def test_no_progress_reaches_a_pipe(self):
        self.put('big.bin', bytes(600_000))
        relay = self.relay(self.serve(), rate=1_000_000)
        done = self.piped('GET big.bin\n', '127.0.0.1', relay.port)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertNotIn('%', done.stdout)
        self.assertIn('big.bin: 585 KiB in', done.stdout)

    def test_an_interrupt_ends_it_with_130_and_the_rest_is_kept_for_the_next_time(self):
        self.put('big.bin', os.urandom(3_000_000))
        relay = self.relay(self.serve(), rate=1_000_000)
        client = subprocess.Popen([settings.CLIENT, '127.0.0.1', str(relay.port)], cwd=self.here, env=self.environment(),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(client.stdout.close)
        client.stdin.write('GET big.bin\nGET big.bin other.bin\n')
        client.stdin.close()
        part = self.here / 'big.bin.part'
        self.eventually(lambda: part.exists() and part.stat().st_size > 100_000, 5, 'some of the download')
        client.send_signal(signal.SIGINT)
        self.assertEqual(client.wait(settings.patience(5)), 130, client.stdout.read())
        self.assertTrue(part.exists())
        self.assertFalse((self.here / 'big.bin').exists() or (self.here / 'other.bin').exists())


class Completion(ClientCase):
    def setUp(self):
        super().setUp()
        for name in ('server/photo one.jpg', 'server/photo two.jpg', 'server/grün.txt', 'server/deep/notes.txt', "server/it's"):
            self.put(name, name)
        (self.here / 'client/my notes.txt').write_text('mine')
        (self.here / 'client/other').mkdir()
        self.terminal = self.at_terminal('localhost', self.serve().port)
        self.terminal.expect('> ')

    def test_tab_completes_verbs_and_remote_names_with_blanks_quotes_and_wide_letters(self):
        for typed in ('ge\tser\tpho\to\t', 'GET "server/photo o\t', "GET 'server/photo o\t"):
            self.ask_at(self.terminal, typed)
            self.assertEqual((self.here / 'photo one.jpg').read_text(), 'server/photo one.jpg')
            (self.here / 'photo one.jpg').unlink()
        self.ask_at(self.terminal, 'GET server/gr\t')
        self.assertEqual((self.here / 'grün.txt').read_text(), 'server/grün.txt')
        self.ask_at(self.terminal, 'GET server/i\t')
        self.ask_at(self.terminal, 'HEAD server/d\tn\t')
        self.ask_at(self.terminal, 'LS se\t')
        asked = [entry['target'] for entry in self.logged()]
        self.assertLess(len([target for target in asked if target.endswith('/')]), 12, 'listings are kept for a moment')

    def test_tab_completes_local_names_for_uploads(self):
        self.ask_at(self.terminal, 'POST cl\tm\t')
        self.assertEqual((self.root / 'client/my notes.txt').read_text(), 'mine')
        self.ask_at(self.terminal, 'put client/my\tser\tde\tnew.txt', 'HTTP/1.1 201 Created')
        self.assertEqual((self.root / 'server/deep/new.txt').read_text(), 'mine')

    def test_a_second_tab_shows_what_there_is_to_choose_from(self):
        self.terminal.type('GET server/pho\t\t')
        self.terminal.expect(r'photo one\.jpg  photo two\.jpg\n')
        self.terminal.type('tw\t local name\n')
        self.terminal.expect("'name' is one word too many")
        self.ask_at(self.terminal, 'GET server/photo\\ t\tsecond.jpg')
        self.assertEqual((self.here / 'second.jpg').read_text(), 'server/photo two.jpg')

    def test_tab_waits_for_no_server_that_is_silent(self):
        with socket.create_server(('127.0.0.1', 0)) as silent:
            terminal = self.at_terminal('127.0.0.1', silent.getsockname()[1])
            terminal.expect('> ')
            began = time.monotonic()
            terminal.type('GET x\t\x15help quit\n')
            terminal.expect('leave')
            self.assertLess(time.monotonic() - began, settings.patience(6))


class Keys(ClientCase):
    def test_history_is_kept_for_the_next_start_and_for_nobody_else(self):
        self.put('a.txt', 'alpha')
        port = self.serve().port
        terminal = self.at_terminal('localhost', port)
        terminal.expect('> ')
        self.ask_at(terminal, 'GET a.txt first.txt')
        terminal.type('QUIT\n')
        self.assertEqual(terminal.wait(), 0)
        kept = self.home / 'state/filesrv/client_history'
        self.assertEqual(kept.read_text(), 'GET a.txt first.txt\nQUIT\n')
        self.assertEqual(stat.S_IMODE(kept.stat().st_mode), 0o600)
        (self.here / 'first.txt').unlink()
        terminal = self.at_terminal('localhost', port)
        terminal.expect('> ')
        self.ask_at(terminal, '\x1b[A\x1b[A')
        self.assertEqual((self.here / 'first.txt').read_text(), 'alpha')

    def test_a_history_that_cannot_be_kept_is_told_once_and_stops_nothing(self):
        (self.home / 'state').write_text('no folder')
        self.put('a.txt', 'alpha')
        terminal = self.at_terminal('localhost', self.serve().port)
        terminal.expect('the history is not kept: ')
        terminal.expect('> ')
        for _ in range(2):
            self.ask_at(terminal, 'GET a.txt')
        self.assertEqual(terminal.shown.count('history is not kept'), 1)

    def test_ctrl_c_drops_what_is_typed_and_ctrl_d_leaves(self):
        self.put('a.txt', 'alpha')
        terminal = self.at_terminal('localhost', self.serve().port)
        terminal.expect('> ')
        terminal.type('GET nothing-like\x03')
        terminal.expect(r'\^C\n.*> ')
        terminal.type('\x03')
        terminal.expect(r'\^C\n.*> ')
        self.ask_at(terminal, 'GET a.txt')
        terminal.type('\x04')
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual([entry['target'] for entry in self.wait_logged(1)], ['/a.txt'])

    def test_ctrl_c_stops_a_transfer_whose_bar_follows_the_width_and_get_goes_on_where_it_ended(self):
        content = os.urandom(2_000_000)
        (self.here / 'client/big.bin').write_bytes(content)
        relay = self.relay(self.serve(), rate=700_000)
        terminal = self.at_terminal('127.0.0.1', relay.port)
        terminal.expect('> ')
        # Uploaded, for what others wrote just now has a weak entity tag, and is not continued.
        self.ask_at(terminal, 'PUT client/big.bin big.bin', 'HTTP/1.1 201 Created')
        terminal.type('GET big.bin\n')
        terminal.expect(r'big\.bin +\d+% \[=*> *\] +[\d.]+ [KM]iB of 1\.9 MiB  [\d.]+ [KM]iB/s  \d:\d\d left')
        bars = re.findall(r'\r(big[^\r\x1b]*)\x1b\[K', terminal.raw)
        self.assertLessEqual(max(map(len, bars)), 100 - len('^C') - 1, 'the echo of Ctrl-C stays on the line that is wiped')
        terminal.resize(20)
        terminal.expect(r'\rbig\.bin +\d+%\x1b\[K', raw=True)
        terminal.resize(100)
        terminal.type('\x03')
        terminal.expect('interrupted')
        terminal.expect('> ')
        part = self.here / 'big.bin.part'
        had = part.stat().st_size
        self.assertFalse((self.here / 'big.bin').exists())
        self.assertTrue(0 < had < len(content))
        self.ask_at(terminal, 'GET big.bin', 'HTTP/1.1 206 Partial Content')
        self.assertEqual((self.here / 'big.bin').read_bytes(), content)
        self.assertFalse(part.exists())
        self.assertEqual(self.wait_logged(3)[-1]['bytes'], len(content) - had)

    def test_ctrl_c_does_not_wait_for_a_name_server_that_is_silent(self):
        (self.home / 'resolv.conf').write_text('nameserver 192.0.2.1\noptions timeout:30 attempts:5\n')
        (self.home / 'nsswitch.conf').write_text('hosts: dns\n')
        # What is routed there is dropped without a word.
        network = ('ip link set lo up && ip route add 192.0.2.1 dev lo || exit; for file in resolv.conf nsswitch.conf; do'
                   ' mount --bind "$1/$file" /etc/$file || exit; done; shift; exec "$@"')
        before = [tool('unshare'), '--net', '--mount', 'sh', '-c', network, 'sh', str(self.home)]
        if subprocess.run([*before, 'true'], capture_output=True, check=False).returncode != 0:
            self.skipTest('a network of its own, with other name servers, needs root and ip(8)')
        terminal = self.at_terminal('silent.example', 80, '--connect-timeout', 120, before=before)
        terminal.expect('> ')
        terminal.type('GET a.txt\n')
        terminal.expect('GET a.txt\n')
        time.sleep(0.2)                # as somebody waits who then thinks better of it
        terminal.type('\x03')
        terminal.expect('interrupted')
        terminal.type('QUIT\n')
        self.assertEqual(terminal.wait(), 0)

    def test_a_line_end_that_the_quoting_key_types_is_part_of_the_line(self):
        self.put('a.txt', 'alpha')
        terminal = self.at_terminal('localhost', self.serve().port)
        terminal.expect('> ')
        for quoted in ('\x16\n', '\x16\r', '\x16\x03'):
            terminal.type(f'HELP x{quoted}\n')
            terminal.expect('no verb')
            terminal.expect('> ')
        self.ask_at(terminal, 'GET a.txt')

    def test_who_is_ended_gives_the_terminal_back(self):
        terminal = self.at_terminal('localhost', 1)
        cooked = lambda: termios.tcgetattr(terminal.master)[3] & termios.ICANON != 0
        terminal.expect('> ')
        self.assertFalse(cooked())
        terminal.process.send_signal(signal.SIGTERM)
        self.assertEqual(terminal.wait(), -signal.SIGTERM)
        self.assertTrue(cooked())

    def test_ctrl_z_stops_it_until_the_shell_goes_on(self):
        terminal = Terminal([tool('bash'), '--norc', '--noprofile', '-i'], self.here, self.environment())
        self.addCleanup(terminal.close)
        terminal.type(f'{settings.CLIENT} localhost 1 --retry 0\n')
        terminal.expect('filesrv localhost:1> ')
        terminal.type('GET some\x1a')
        terminal.expect('Stopped')
        terminal.type('fg\n')
        terminal.expect('filesrv localhost:1> GET some')
        terminal.type('thing\n')
        terminal.expect('cannot connect to localhost:1')
        terminal.expect('filesrv localhost:1> ')
        terminal.type('QUIT\n')
        terminal.expect(r'bash\S*[$#] ')

    def test_typing_at_the_end_of_a_line_that_fills_the_screen_does_not_end_it(self):
        self.put('a.txt', 'alpha')
        terminal = self.at_terminal('localhost', self.serve().port)
        terminal.expect('> ')
        for rows, quoted in ((24, ''), (6, '\x16\t'), (6, '\x16\n')):
            terminal.resize(80, rows)
            terminal.type(quoted + 'x' * rows * 80)
            terminal.type('\x01\x05')                  # to its begin and back, which is where libedit's counts part
            terminal.type('y' * 200 + 'z')
            terminal.expect('yz')
            terminal.type('\x15')
        terminal.resize(100)
        self.ask_at(terminal, 'GET a.txt')

    def test_a_search_in_the_history_for_words_of_a_long_line_does_not_end_it(self):
        self.put('a.txt', 'alpha')
        daemon = self.serve()
        history = self.home / 'state/filesrv/client_history'
        # Words of the line until memory is full; a line as long as memory; more than memory has room to look for.
        for length, keys in ((900, '\x12G\x17\x17\x1b'), (1021, '\x12G\x12\x1b'), (4096, '\x12\x17G\x17\x17\x12\x1b'),
                             (20, '\x12' + 'x' * 1100 + '\x1b')):
            history.write_text(f'GET {"x" * (length - 4)}\n')
            terminal = self.at_terminal('localhost', daemon.port, columns=200)
            terminal.expect('> ')
            terminal.type(keys + '\x05' + 'y' * 2000 + '\x15')       # memory is asked for anew, which tells
            self.ask_at(terminal, 'GET a.txt')
            terminal.type('QUIT\n')
            self.assertEqual(terminal.wait(), 0, keys)

    def test_no_keys_and_no_size_of_the_terminal_end_it(self):
        for name in ('a b', 'grün', '日本', "it's", 'c\n\x1b[2J', b'bad\xff'.decode(errors='surrogateescape'), 'x' * 200, 'dir/sub/f'):
            self.put(name, name.encode(errors='surrogateescape'))
        terminal = self.at_terminal('localhost', self.serve().port)
        terminal.expect('> ')
        keys = ['\t'] * 30 + ['\n'] * 6 + list('\x01\x03\x05\x0b\x0c\x12\x15\x16\x17\x19\x7f"\'\\ #./abcdx') * 2 + [
            '\x1b[A', '\x1b[B', '\x1b[C', '\x1b[D', '\x1b\x7f', '\x1bf', '\x1bb', 'GET ', 'put ', 'LS ', 'head ', 'ü', '日', '\udcff', '\udce6', '\0']
        dice = random.Random(random.randrange(2**32) if settings.SOAK else 1)
        for number in range(settings.counted(ci=3_000, soak=300_000)):
            terminal.type(dice.choice(keys))
            terminal.skip()
            if number % 100 == 0:
                terminal.resize(dice.choice((1, 2, 5, 20, 80, 200)), dice.choice((1, 3, 24)))
        terminal.resize(100)
        terminal.type('\x15\x03\x03')
        self.ask_at(terminal, "GET 'a b'")


class Idle(ClientCase):
    def test_a_prompt_left_alone_past_its_timeout_reconnects_once_and_silently(self):
        self.put('a.txt', 'alpha')
        terminal = self.at_terminal('127.0.0.1', self.serve('--timeout-max', 0.3, '--timeout-min', 0.2).port)
        terminal.expect('> ')
        self.ask_at(terminal, 'GET a.txt')
        time.sleep(0.6)
        self.ask_at(terminal, 'GET a.txt')
        ports = [entry['port'] for entry in self.wait_logged(2)]
        self.assertEqual(len(set(ports)), 2, 'one reconnect')
        self.assertNotRegex(terminal.shown, '(?i)error|retr|reset|clos')

    def test_uploads_survive_an_idle_close_too(self):
        content = os.urandom(200_000)
        (self.here / 'client/up.bin').write_bytes(content)
        terminal = self.at_terminal('127.0.0.1', self.serve('--timeout-max', 0.3, '--timeout-min', 0.2).port)
        terminal.expect('> ')
        self.ask_at(terminal, 'HEAD one', 'HTTP/1.1 404 Not Found')
        for name in ('one', 'two'):
            time.sleep(0.5)
            self.ask_at(terminal, f'PUT client/up.bin {name}', 'HTTP/1.1 201 Created')
            self.assertEqual((self.root / name).read_bytes(), content)
        self.assertEqual(len({entry['port'] for entry in self.wait_logged(3)}), 3)


class Asleep(ClientCase):
    def test_a_daemon_that_sleeps_under_socket_activation_is_woken(self):
        tool('systemctl')
        if settings.SLOW > 1:
            self.skipTest('the units confine a plain build')
        manager = Manager(self.home, '--idle-shutdown 0.5')
        manager.boot()
        self.addCleanup(manager.stop)
        manager.run('systemctl', 'start', 'filesrv.socket')
        state = lambda: manager.show('ActiveState')['ActiveState']
        (self.here / 'notes.txt').write_text('notes')
        terminal = self.at_terminal('localhost', manager.port)
        terminal.expect('> ')
        self.assertEqual(state(), 'inactive')
        self.ask_at(terminal, 'POST notes.txt')
        self.eventually(lambda: state() == 'inactive', 5, 'the idle exit')
        self.ask_at(terminal, 'GET notes.txt back.txt')
        self.assertEqual((self.here / 'back.txt').read_text(), 'notes')
