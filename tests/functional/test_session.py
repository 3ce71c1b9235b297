# SPDX-License-Identifier: MIT
"""A user's first hour: start, fetch, send, mistakes on the command line, and how it leaves."""

import hashlib
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

from support import settings
from support.case import DaemonCase, tool
from support.ports import free_port
from support.punctual import Punctual, once_in_time
from support.raw import RawConnection, request

PHOTO = b'\xff\xd8\xff\xe0\x00\x10JFIF' + bytes(range(256)) * 20
PICTURE = b'\x89PNG\r\n\x1a\n' + bytes(range(256)) * 20


class ExampleSession(DaemonCase):
    """The session every description of this server begins with."""

    def setUp(self):
        super().setUp()
        self.put('server/testServer.txt', 'a text of the server\n')
        self.put('server/photoServer.jpg', PHOTO)
        self.put('server/picture.png', PICTURE)
        self.put('server/index.html', '<!doctype html><title>home</title><img src="picture.png">')
        self.elsewhere = self.home / 'elsewhere'
        (self.elsewhere / 'client').mkdir(parents=True)
        self.daemon = self.start(cwd=self.root)

    def curl(self, *options):
        done = subprocess.run([tool('curl'), '-sS', '--max-time', '40', *options], capture_output=True,
                              cwd=self.elsewhere, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def test_the_four_types_are_served_with_their_names(self):
        for name, kind in (('testServer.txt', 'text/plain'), ('photoServer.jpg', 'image/jpeg'),
                           ('picture.png', 'image/png'), ('index.html', 'text/html')):
            connection = http.client.HTTPConnection('localhost', self.daemon.port, timeout=10)
            connection.request('GET', f'/server/{name}')
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.reason), (200, 'OK'))
            self.assertEqual(answer.getheader('Content-Type').split(';')[0], kind)
            self.assertEqual(answer.read(), (self.root / 'server' / name).read_bytes())
            connection.close()

    def test_curl_shows_the_answer_of_a_text(self):
        shown = self.curl('-i', f'{self.daemon.url}/server/testServer.txt')
        self.assertTrue(shown.startswith(b'HTTP/1.1 200 OK\r\n'), shown)
        self.assertTrue(shown.endswith(b'\r\n\r\na text of the server\n'), shown)

    def test_curl_uploads_from_another_folder(self):
        content = os.urandom(200_000)
        (self.elsewhere / 'client/testClient.txt').write_bytes(content)
        shown = self.curl('-i', '--data-binary', '@client/testClient.txt', f'{self.daemon.url}/client/testClient.txt')
        self.assertIn(b'HTTP/1.1 200 OK\r\n', shown)
        self.assertEqual(hashlib.sha256((self.root / 'client/testClient.txt').read_bytes()).hexdigest(),
                         hashlib.sha256(content).hexdigest())

    def test_an_upload_over_plain_http_client_says_200_ok(self):
        connection = http.client.HTTPConnection('localhost', self.daemon.port, timeout=10)
        connection.request('POST', '/client/new.txt', body=b'from afar')
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.reason), (200, 'OK'))
        self.assertEqual((self.root / 'client/new.txt').read_bytes(), b'from afar')
        connection.close()

    def test_a_missing_name_is_404_not_found(self):
        shown = self.curl('-i', f'{self.daemon.url}/server/nothing.txt')
        self.assertTrue(shown.startswith(b'HTTP/1.1 404 Not Found\r\n'), shown)

    def test_one_curl_with_five_urls_opens_one_connection(self):
        urls = [f'{self.daemon.url}/server/{name}' for name in
                ('testServer.txt', 'photoServer.jpg', 'picture.png', 'index.html', 'testServer.txt')]
        shown = self.curl('-w', 'opened=%{num_connects}\n', *(part for url in urls for part in ('-o', '/dev/null', url)))
        self.assertEqual(shown.split(), [b'opened=1'] + [b'opened=0'] * 4)

    def test_curl_sends_a_form(self):
        (self.elsewhere / 'client/form.bin').write_bytes(PHOTO)
        shown = self.curl('-i', '-F', 'file=@client/form.bin', f'{self.daemon.url}/server/')
        self.assertIn(b'HTTP/1.1 200 OK\r\n', shown)
        self.assertEqual((self.root / 'server/form.bin').read_bytes(), PHOTO)

    def test_the_listing_shows_names_and_the_form(self):
        page = self.curl(f'{self.daemon.url}/')
        self.assertIn(b'server/', page)
        self.assertIn(b'multipart/form-data', page)
        self.assertNotIn(b'filesrv-staging', page)

    def test_both_families_of_localhost_answer_on_one_port(self):
        for address in ('127.0.0.1', '::1'):
            try:
                connection = RawConnection(self.daemon.port, address=address)
            except OSError as error:
                if address == '::1' and not os.path.exists('/proc/net/if_inet6'):
                    raise unittest.SkipTest('this machine has no IPv6') from error
                raise
            with connection:
                self.assertEqual(connection.ask('GET', '/server/testServer.txt').status, 200)


class CommandLine(DaemonCase):
    def fails(self, status, *options, **how):
        """Run to its end; exactly one line on standard error, and nothing served."""
        daemon = self.launch(*options, **how)
        daemon.forgiven = True
        self.assertEqual(daemon.wait(10), status, daemon.report())
        lines = daemon.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, daemon.report())
        self.assertNotIn('serving', daemon.stdout)
        return lines[0]

    def runs(self, *options, **how):
        daemon = self.launch(*options, **how)
        self.assertEqual(daemon.wait(10), 0, daemon.report())
        return daemon.stdout

    def test_a_positional_port_is_listened_on(self):
        port = free_port()
        daemon = self.launch('--control', self.home / 'c.sock', port, cwd=self.root).wait_ready()
        self.assertEqual(daemon.port, port)
        self.put('here.txt', 'here')
        self.assertEqual(self.ask(daemon, 'GET', '/here.txt').body, b'here')    # the current folder is the root

    def test_the_start_line_tells_root_address_and_the_idle_shutdown(self):
        daemon = self.start('--idle-shutdown', '60')
        line = daemon.wait_line('serving')[1]
        self.assertEqual(line, f'serving {self.root} on http://localhost:{daemon.port}/ — stops after 60 s '
                               f'without a request (--idle-shutdown 0 keeps it)')

    def test_the_start_line_promises_no_stop_when_there_is_none(self):
        line = self.start().wait_line('serving')[1]
        self.assertNotIn('stops after', line)

    def test_a_taken_port_is_status_1_and_one_line_that_names_it(self):
        taken = self.start()
        line = self.fails(1, '--root', self.root, '--listen', f'127.0.0.1:{taken.port}')
        self.assertIn(str(taken.port), line)
        self.assertIn('in use', line.lower())

    def test_an_absent_root_is_status_1_and_one_line_that_names_it(self):
        line = self.fails(1, '--root', self.home / 'absent', '--listen', 'localhost:0')
        self.assertIn('absent', line)
        self.assertIn('No such file or directory', line)

    def test_a_root_that_is_a_file_is_status_1(self):
        self.put('file')
        self.assertIn('Not a directory', self.fails(1, '--root', self.root / 'file', '--listen', 'localhost:0'))

    def test_an_unreadable_root_is_status_1(self):
        locked = self.home / 'locked'
        locked.mkdir(mode=0)
        how = {'cwd': '/'}
        if os.geteuid() == 0:
            self.start_as_nobody().finish()          # copies the program to where every user can run it
            how.update(program=str(self.home / 'filesrvd'), user=65534)
        self.assertIn('Permission denied', self.fails(1, '--root', locked, '--listen', 'localhost:0', **how))

    def test_wrong_usage_is_status_2_and_names_the_nearest_option(self):
        self.assertIn('--idle-shutdown', self.fails(2, '--idle-shutdwn', '3'))
        self.assertIn('--read-only', self.fails(2, '--readonly'))
        self.assertIn('--max-upload', self.fails(2, '--max-uplaod', '3'))

    def test_wrong_values_are_status_2_and_name_the_option(self):
        for option, value in (('--idle-shutdown', 'soon'), ('--idle-shutdown', '-1'), ('--timeout-max', 'x'),
                              ('--inline-batch', '+1'), ('--workers', '8:2'),
                              ('--durability', 'some'), ('--listen', 'localhost:99999'), ('--max-upload', '5Q'),
                              ('--log-level', 'loud'), ('--access-log', 'nice'), ('--reactors', '0')):
            with self.subTest(option=option, value=value):
                self.assertIn(option, self.fails(2, option, value))
        self.assertIn('PORT', self.fails(2, '70000'))
        self.fails(2, '8080', '8081')

    def test_help_and_version_are_status_0(self):
        helped = self.runs('--help')
        for option in ('--root', '--listen', '--idle-shutdown', '--inline-batch', '--durability', '--check-config'):
            self.assertIn(option, helped)
        self.assertRegex(self.runs('--version'), r'\d+\.\d+')

    def test_check_config_prints_what_is_in_force_and_serves_nothing(self):
        shown = self.runs('--check-config', '--root', self.root, '--idle-shutdown', '12.5')
        self.assertRegex(shown, r'idle_shutdown *= *12\.5')
        self.assertRegex(shown, r'timeout_max *= *20')
        self.assertNotIn('serving', shown)
        self.assertIn('absent', self.fails(1, '-t', '--root', self.home / 'absent'))
        self.assertIn('no-such-user', self.fails(2, '-t', '--user', 'no-such-user'))

    def test_a_unix_socket_can_be_listened_on(self):
        self.put('a.txt', 'alpha')
        path = self.home / 'http.sock'
        self.start('--listen', f'unix:{path}')
        with RawConnection(path=path) as connection:
            self.assertEqual(connection.ask('GET', '/a.txt', host='any.example').body, b'alpha')

    def test_several_listeners_serve_one_root(self):
        self.put('a.txt', 'alpha')
        first, second = free_port(), free_port()
        self.start('--listen', f'127.0.0.1:{first}', '--listen', f'127.0.0.1:{second}')
        for port in (first, second):
            with RawConnection(port) as connection:
                self.assertEqual(connection.ask('GET', '/a.txt').body, b'alpha')


class Leaving(Punctual, DaemonCase):
    """Signals and drains."""

    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')

    def begin_upload(self, daemon, name='/slow.bin'):
        connection = self.connect(daemon)
        connection.send(request('PUT', name, 'Content-Length: 10'), b'12345')
        time.sleep(0.1)
        return connection

    def test_sigterm_and_sigint_end_an_idle_daemon_with_status_0_and_a_line_why(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = self.start()
            daemon.signal(number)
            self.assertEqual(daemon.wait(3), 0)
            self.assertGreaterEqual(len(daemon.stdout.splitlines()), 2, 'one line on leaving says why')

    def test_a_drain_finishes_what_is_in_flight_and_takes_nobody_new(self):
        daemon = self.start()
        connection = self.begin_upload(daemon)
        daemon.signal(signal.SIGTERM)
        self.eventually(lambda: self.refuses(daemon), what='the drain')
        self.assertTrue(daemon.running())
        connection.send('67890')
        answer = connection.read_response('PUT')
        self.assertEqual(answer.status, 201)
        self.assertTrue(answer.closing)
        self.assertEqual(connection.read_until_close(settings.patience(3)), (b'', 'fin'))
        self.assertEqual(daemon.wait(3), 0)
        self.assertEqual((self.root / 'slow.bin').read_bytes(), b'1234567890')

    def test_a_drain_finishes_a_download(self):
        size = 32 << 20
        self.put('big.bin', bytes(size))
        daemon = self.start()
        connection = self.connect(daemon, receive_buffer=65536)
        connection.send(request('GET', '/big.bin'))
        connection.read_head()
        daemon.signal(signal.SIGTERM)
        time.sleep(0.3)
        got = len(connection.buffer)
        while got < size:
            chunk = connection.socket.recv(1 << 20)
            self.assertTrue(chunk, f'cut after {got}')
            got += len(chunk)
        self.assertEqual(daemon.wait(3), 0)

    def test_an_access_log_that_nobody_reads_stalls_nothing(self):
        command = [settings.DAEMON, '--root', str(self.root), '--listen', 'localhost:0', '--access-log', 'json']
        daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(daemon.stdout.close)
        self.addCleanup(daemon.kill)
        port = int(re.search(rb'localhost:(\d+)', daemon.stdout.readline()).group(1))
        with RawConnection(port) as connection:
            for _ in range(600):  # a pipe holds 64 KiB
                self.assertEqual(connection.ask('GET', '/absent', 'User-Agent: ' + 'a' * 200).status, 404)
        daemon.terminate()
        self.assertEqual(daemon.wait(settings.patience(5)), 0)

    def test_a_descriptor_that_is_not_open_cannot_be_inherited(self):
        script = f'export LISTEN_FDS=1 LISTEN_PID=$$; exec {settings.DAEMON} --root {self.root} 3<&-'
        outcome = subprocess.run(['bash', '-c', script], capture_output=True, text=True, timeout=settings.patience(20))
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertIn('is not a listening stream socket', outcome.stderr)

    @staticmethod
    def refuses(daemon):
        try:
            socket.create_connection(('127.0.0.1', daemon.port), settings.patience(1)).close()
            return False
        except ConnectionRefusedError:
            return True

    @once_in_time
    def test_a_fresh_kept_connection_may_send_one_more_request_in_a_drain(self):
        daemon = self.start()
        connection = self.connect(daemon)
        asked = time.monotonic()
        connection.ask('GET', '/a.txt')
        daemon.signal(signal.SIGTERM)
        with self.unless_late(asked, 1):         # then it is not fresh any more
            self.eventually(lambda: self.refuses(daemon), what='the drain')
            answer = connection.ask('GET', '/a.txt')
        self.assertEqual((answer.status, answer.closing), (200, True))
        self.assertEqual(connection.read_until_close(settings.patience(3)), (b'', 'fin'))
        self.assertEqual(daemon.wait(3), 0)

    @once_in_time
    def test_kept_idle_connections_meet_a_fin_and_the_daemon_leaves(self):
        daemon = self.start()
        crowd = [self.connect(daemon) for _ in range(20)]
        for connection in crowd:
            connection.ask('GET', '/a.txt')
        time.sleep(1.1)
        began = time.monotonic()
        daemon.signal(signal.SIGTERM)
        for connection in crowd:
            self.assertEqual(connection.read_until_close(settings.patience(3)), (b'', 'fin'))
        self.assertEqual(daemon.wait(3), 0)
        self.in_time(time.monotonic() - began, 1.25)

    @once_in_time
    def test_a_second_signal_stops_now(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT),
                              (signal.SIGTERM, signal.SIGINT)):
            daemon = self.start()
            self.begin_upload(daemon, '/never.bin')
            daemon.signal(first)
            self.eventually(lambda: self.refuses(daemon), what='the drain')       # the first is taken, or the second were none
            self.assertTrue(daemon.running())
            began = time.monotonic()
            daemon.signal(second)
            self.assertEqual(daemon.wait(2), 0)
            self.in_time(time.monotonic() - began, 0.25)
        self.assertNotIn('never.bin', self.names())

    @once_in_time
    def test_a_drain_takes_no_longer_than_its_timeout(self):
        daemon = self.start('--drain-timeout', '1')
        self.begin_upload(daemon, '/never.bin')
        began = time.monotonic()
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(4), 0)
        took = time.monotonic() - began
        self.assertGreaterEqual(took, 0.95)
        self.assertNotIn('never.bin', self.names())
        self.in_time(took, 1.25)

    def test_a_request_after_the_fin_is_never_executed_and_meets_no_reset(self):
        # The client keeps its half open; what it still sends must not be answered by an RST at once.
        daemon = self.start()
        connection = self.connect(daemon)
        connection.ask('GET', '/a.txt')
        time.sleep(1.1)
        daemon.signal(signal.SIGTERM)
        self.assertEqual(connection.read_until_close(settings.patience(3)), (b'', 'fin'))
        try:
            connection.send(request('PUT', '/late.txt', body=b'late'))
        except OSError:
            pass
        daemon.wait(4)
        self.assertNotIn('late.txt', self.names())

    def test_it_can_be_started_again_on_the_same_port_at_once(self):
        daemon = self.start()
        self.ask(daemon, 'GET', '/a.txt', 'Connection: close')
        port = daemon.port
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(3), 0)
        again = self.start(port=port)
        self.assertEqual(self.ask(again, 'GET', '/a.txt').status, 200)


class Warnings(DaemonCase):
    def test_a_wider_address_with_uploads_warns_once(self):
        daemon = self.start('--listen', '0.0.0.0:0')
        warned = [line for line in daemon.stderr.splitlines() if ' warning ' in line and 'upload' in line]
        self.assertEqual(len(warned), 1, daemon.report())
        self.assertEqual(self.ask(daemon, 'GET', '/', host='any.example').status, 200)

    def test_a_wider_address_that_is_read_only_does_not_warn(self):
        daemon = self.start('--listen', '0.0.0.0:0', '--read-only')
        self.assertFalse([line for line in daemon.stderr.splitlines() if ' warning ' in line and 'upload' in line])

    def test_the_program_under_test_exists(self):
        self.assertTrue(os.access(pathlib.Path(settings.DAEMON), os.X_OK), settings.DAEMON)
