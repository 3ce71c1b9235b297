# SPDX-License-Identifier: MIT
"""The configuration file, its mistakes, reloading, and what is logged."""

import json
import re
import signal
import time

from support import settings
from support.case import DaemonCase
from support.punctual import Punctual, once_in_time
from support.raw import RawConnection, request


class Configured(DaemonCase):
    def write(self, text, name='filesrv.toml'):
        path = self.home / name
        path.write_text(text)
        return path


class File(Configured):
    def refused(self, text, *options):
        path = self.write(text)
        daemon = self.launch('--config', path, *options)
        daemon.forgiven = True
        self.assertEqual(daemon.wait(10), 2, daemon.report())
        lines = daemon.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, lines)
        return lines[0], path

    def test_a_file_sets_what_the_options_set(self):
        self.put('a.txt', 'alpha')
        path = self.write(f'root = "{self.root}"\nlisten = ["127.0.0.1:0"]\nhosts = ["files.example"]\n'
                          f'idle_shutdown = 0\ntimeout_max = 9.5\ntimeout_min = 2\nread_only = true\n'
                          f'cache_control = "max-age=60"\nserver_header = "mine"\ncontrol = "{self.home}/c"\n'
                          f'workers = "1:8"\nmax_upload = "5M"\n')
        daemon = self.launch('--config', path, cwd='/').wait_ready()
        answer = self.ask(daemon, 'GET', '/a.txt', host='files.example')
        self.assertEqual(answer.body, b'alpha')
        self.assertEqual(answer.get('keep-alive'), 'timeout=8')
        self.assertEqual(answer.get('cache-control'), 'max-age=60')
        self.assertEqual(answer.get('server'), 'mine')
        self.assertEqual(self.ask(daemon, 'PUT', '/b.txt', body=b'x').status, 405)

    def test_the_command_line_wins_over_the_file(self):
        self.put('a.txt', 'alpha')
        path = self.write('timeout_max = 9\nlisten = ["127.0.0.1:1"]\nidle_shutdown = 1\n')
        daemon = self.start('--config', path, '--timeout-max', '15')
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt').get('keep-alive'), 'timeout=14')
        time.sleep(1.3)
        self.assertTrue(daemon.running())

    def test_an_unknown_key_names_file_line_and_the_nearest_key(self):
        line, path = self.refused('root = "."\n\nidle_shutdwn = 3\n')
        self.assertIn(f'{path}:3', line)
        self.assertIn('idle_shutdwn', line)
        self.assertIn('idle_shutdown', line)

    def test_a_bad_value_names_file_line_and_key(self):
        for text, key in (('timeout_max = "soon"', 'timeout_max'), ('read_only = 3', 'read_only'),
                          ('listen = ["localhost:999999"]', 'listen'), ('durability = "some"', 'durability'),
                          ('inline_batch = -1', 'inline_batch'), ('workers = "9:2"', 'workers')):
            with self.subTest(text):
                line, path = self.refused(f'# a comment\n{text}\n')
                self.assertIn(f'{path}:2', line)
                self.assertIn(key, line)

    def test_a_file_that_is_no_toml_names_file_and_line(self):
        line, path = self.refused('root = "."\nthis is not toml\n')
        self.assertIn(f'{path}:2', line)

    def test_a_missing_file_is_status_2(self):
        daemon = self.launch('--config', self.home / 'absent.toml')
        daemon.forgiven = True
        self.assertEqual(daemon.wait(10), 2)
        self.assertIn('absent.toml', daemon.stderr)

    def test_check_config_prints_what_the_file_and_the_options_make(self):
        path = self.write('timeout_max = 9\nhosts = ["files.example"]\n')
        daemon = self.launch('-t', '--config', path, '--timeout-min', '3')
        self.assertEqual(daemon.wait(10), 0, daemon.report())
        for pattern in (r'timeout_max *= *9', r'timeout_min *= *3', r'files\.example'):
            self.assertRegex(daemon.stdout, pattern)
        # What it prints is itself a configuration.
        again = self.launch('-t', '--config', self.write(daemon.stdout + '\n', 'again.toml'))
        self.assertEqual(again.wait(10), 0, again.report())
        self.assertEqual(again.stdout, daemon.stdout)


class Reload(Punctual, Configured):
    def keep_alive(self, daemon):
        return self.ask(daemon, 'GET', '/a.txt').get('keep-alive')

    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')

    def test_sighup_changes_the_log_level_and_names_what_waits_without_losing_a_connection(self):
        path = self.write('timeout_max = 30\n')
        daemon = self.start('--config', path)
        kept = self.connect(daemon)
        self.assertEqual(kept.ask('GET', '/a.txt').get('keep-alive'), 'timeout=29')
        self.write('timeout_max = 12\nlog_level = "debug"\nhidden = true\ncache_control = "no-store"\n')
        daemon.signal(signal.SIGHUP)
        self.eventually(lambda: 'at the next start: hidden, cache_control' in daemon.stderr, 3, 'the word on what waits')
        self.assertIn('in force now: timeout_max, log_level', daemon.stderr)
        self.assertEqual(kept.ask('GET', '/a.txt').get('keep-alive'), 'timeout=11')
        self.assertEqual(kept.ask('PUT', '/b.txt', body=b'b').status, 201)
        self.eventually(lambda: 'holds connection' in daemon.stderr, 3, 'a line of the new level')

    def test_a_bad_file_leaves_the_old_one_in_force_and_says_so(self):
        path = self.write('timeout_max = 30\n')
        daemon = self.start('--config', path)
        self.write('timeout_max = 12\nwrong_key = 1\n')
        daemon.signal(signal.SIGHUP)
        self.eventually(lambda: 'wrong_key' in daemon.stderr, 3, 'the complaint')
        self.assertIn(f'{path}:2', daemon.stderr)
        self.assertEqual(self.keep_alive(daemon), 'timeout=29')
        self.assertTrue(daemon.running())

    def test_a_reload_under_load_loses_nothing(self):
        path = self.write('timeout_max = 30\n')
        daemon = self.start('--config', path)
        connection = self.connect(daemon)
        for turn in range(200):
            if turn % 10 == 0:
                self.write(f'timeout_max = {30 + turn}\n')
                daemon.signal(signal.SIGHUP)
            self.assertEqual(connection.ask('GET', '/a.txt').body, b'alpha')


    def reload(self, daemon, text):
        before = daemon.stderr.count('reload: ')
        self.write(text)
        daemon.signal(signal.SIGHUP)
        self.eventually(lambda: daemon.stderr.count('reload: ') > before, 3, 'the reload')

    def test_limits_change_while_it_serves(self):
        path = self.write('')
        daemon = self.start('--config', path)
        kept = self.connect(daemon)
        self.assertEqual(kept.ask('PUT', '/b.txt', body=b'12345').status, 201)
        self.reload(daemon, 'max_upload = 4\nmax_connections = 1\n')
        self.assertEqual(kept.ask('PUT', '/b.txt', body=b'1234').status, 204)
        self.assertEqual(kept.ask('PUT', '/b.txt', body=b'12345').status, 413)
        self.assertEqual(self.connect(daemon).read_response().status, 503)
        self.reload(daemon, 'read_only = true\nno_listing = true\n')
        self.assertEqual(self.ask(daemon, 'PUT', '/b.txt', body=b'1').status, 405)
        self.assertEqual(self.ask(daemon, 'GET', '/').status, 403)
        self.reload(daemon, 'allow_delete = true\n')
        self.assertEqual(self.ask(daemon, 'DELETE', '/b.txt').status, 204)
        self.reload(daemon, f'min_free = {1 << 60}\n')
        self.assertEqual(self.ask(daemon, 'PUT', '/b.txt', body=b'1').status, 507)

    @once_in_time
    def test_a_shorter_timeout_holds_for_connections_that_wait_already(self):
        daemon = self.start('--config', self.write(''))
        kept = self.connect(daemon)
        self.assertEqual(kept.ask('GET', '/a.txt').get('keep-alive'), 'timeout=19')
        self.reload(daemon, 'timeout_max = 1.5\ntimeout_min = 1\n')
        began = time.monotonic()
        self.assertEqual(kept.read_until_close(), (b'', 'fin'))
        self.in_time(time.monotonic() - began, 1.75)

    def test_a_log_turned_off_in_the_middle_of_a_transfer_does_not_stop_the_daemon(self):
        self.put('big.bin', bytes(64 << 20))
        daemon = self.start('--config', self.write(f'access_log = "common:{self.home}/one.log"\n'))
        with RawConnection(daemon.port, receive_buffer=4096) as slow:
            slow.send(request('GET', '/big.bin'))
            slow.read_head()
            self.reload(daemon, 'access_log = "off"\n')
        self.assertEqual(self.ask(daemon, 'GET', '/a.txt').body, b'alpha')
        self.assertTrue(daemon.running())

    def test_shorter_timeouts_reach_transfers_under_way(self):
        self.put('big.bin', bytes(64 << 20))
        daemon = self.start('--config', self.write('timeout_max = 30\ntimeout_min = 30\nstall_timeout = 60\n'))
        with RawConnection(daemon.port, receive_buffer=4096) as slow:
            slow.send(request('GET', '/big.bin'))
            slow.read_head()
            with_it = daemon.sockets()
            self.reload(daemon, 'timeout_max = 1\ntimeout_min = 1\nstall_timeout = 1\n')
            self.eventually(lambda: daemon.sockets() < with_it, 3, 'the close')

    def test_the_idle_shutdown_can_be_set_and_taken_back(self):
        path = self.write('idle_shutdown = 2\n')
        daemon = self.launch('--root', self.root, '--listen', 'localhost:0', '--config', path).wait_ready()
        self.reload(daemon, 'idle_shutdown = 0\n')
        time.sleep(2.3)
        self.assertTrue(daemon.running())
        self.reload(daemon, 'idle_shutdown = 0.3\n')
        self.assertEqual(daemon.wait(3), 0)
        self.assertIn('no request for 0.3 s', daemon.stdout)

    def test_the_pool_takes_another_range(self):
        daemon = self.start('--config', self.write('workers = "2:8"\n'))
        self.eventually(lambda: len(daemon.workers()) == 2, 3, 'two workers')
        self.reload(daemon, 'workers = "5:8"\n')
        self.eventually(lambda: len(daemon.workers()) == 5, 3, 'five workers')
        self.reload(daemon, 'workers = "1:1"\n')
        self.assertEqual(self.ask(daemon, 'PUT', '/b.txt', body=b'1').status, 201)

    def test_the_access_log_changes_its_file_and_format(self):
        one, two = self.home / 'one.log', self.home / 'two.log'
        daemon = self.start('--config', self.write(f'access_log = "common:{one}"\n'))
        self.ask(daemon, 'GET', '/a.txt')
        self.reload(daemon, f'access_log = "json:{two}"\n')
        self.ask(daemon, 'GET', '/a.txt')
        self.eventually(lambda: two.exists() and '"status":200' in two.read_text().replace(' ', ''), 3, 'the line')
        self.assertEqual(len(one.read_text().splitlines()), 1)
        self.reload(daemon, f'access_log = "json:{self.home}/missing/x.log"\n')
        self.assertIn('the old one stays', daemon.stderr)
        self.ask(daemon, 'GET', '/a.txt')
        self.eventually(lambda: len(two.read_text().splitlines()) == 2, 3, 'the line in the old file')


COMMON = re.compile(r'(\S+) - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "(.*?)" (\d{3}) (\d+|-)(.*)')


class Logs(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')
        self.log = self.home / 'access.log'

    def lines(self, count):
        self.eventually(lambda: self.log.exists() and len(self.log.read_text().splitlines()) >= count, 3,
                        f'{count} lines in the access log')
        return self.log.read_text().splitlines()

    def some_requests(self, daemon):
        with RawConnection(daemon.port) as connection:
            connection.ask('GET', '/a.txt', 'User-Agent: tester/1', 'Referer: http://localhost/')
            connection.ask('GET', '/missing')
            connection.ask('PUT', '/b.txt', body=b'12345')

    def test_the_common_format(self):
        self.some_requests(self.start('--access-log', f'common:{self.log}'))
        shown = [COMMON.fullmatch(line) for line in self.lines(3)]
        self.assertTrue(all(shown), self.log.read_text())
        self.assertEqual([(match[2], match[3]) for match in shown],
                         [('GET /a.txt HTTP/1.1', '200'), ('GET /missing HTTP/1.1', '404'),
                          ('PUT /b.txt HTTP/1.1', '201')])
        self.assertEqual((shown[0][1], shown[0][4]), ('127.0.0.1', '5'))
        self.assertNotIn('tester/1', self.log.read_text())

    def test_the_combined_format_has_referer_and_agent(self):
        self.some_requests(self.start('--access-log', f'combined:{self.log}'))
        self.assertIn('"http://localhost/" "tester/1"', self.lines(3)[0])

    def test_the_json_format_is_an_object_a_line_with_bytes_and_duration(self):
        self.some_requests(self.start('--access-log', f'json:{self.log}'))
        records = [json.loads(line) for line in self.lines(3)]
        self.assertEqual([record['status'] for record in records], [200, 404, 201])
        self.assertEqual(records[0]['bytes'], 5)
        self.assertTrue(any(name.startswith(('duration', 'seconds')) for name in records[0]), records[0])

    def test_a_client_cannot_forge_a_line(self):
        daemon = self.start('--access-log', f'combined:{self.log}')
        self.ask(daemon, 'GET', '/a.txt%0a127.0.0.1', 'User-Agent: a" 200 5 "\t\\')
        self.ask(daemon, 'GET', '/a.txt')
        lines = self.lines(2)
        self.assertEqual(len(lines), 2)
        self.assertEqual(re.sub(r'\\.', '', lines[0]).count('"'), 6, lines[0])

    def test_a_rotated_log_is_reopened_on_sighup(self):
        daemon = self.start('--access-log', f'common:{self.log}')
        self.some_requests(daemon)
        self.lines(3)
        rotated = self.home / 'access.log.1'
        self.log.rename(rotated)
        daemon.signal(signal.SIGHUP)
        self.eventually(self.log.exists, 3, 'a new log')
        self.some_requests(daemon)
        self.lines(3)
        self.assertEqual(len(rotated.read_text().splitlines()), 3)

    def test_without_a_terminal_nothing_is_logged_by_default(self):
        daemon = self.start()
        self.some_requests(daemon)
        self.assertEqual(len(daemon.stdout.splitlines()), 1)

    def test_the_level_decides_what_is_said(self):
        quiet = self.start('--log-level', 'error')
        self.some_requests(quiet)
        self.assertEqual(quiet.stderr, '')
        chatty = self.start('--log-level', 'debug')
        self.some_requests(chatty)
        self.eventually(lambda: ' debug ' in chatty.stderr, settings.budget(2), 'a debug line')
