# SPDX-License-Identifier: MIT
"""filesrvctl beside a real daemon: its figures are the clients' own, its orders are done, its exit statuses hold."""

import json
import os
import re
import shutil
import socket
import subprocess
import time

from support import control, ctl, settings
from support.case import NOBODY
from support.ctl import Counted, Screen, as_json, parse_metrics
from support.raw import RawConnection, request
from support.replacing import Replacing

BIG = 32 << 20
UPLOAD = 1 << 20
ESCAPE = '\033'


class CtlCase(Replacing):
    def setUp(self):
        super().setUp()
        self.path = self.home / 'control.sock'

    def begin(self, *options, **how):
        return self.line('--control', self.path, *options, **how)

    def ctl(self, *words, **how):
        return ctl.run(self.home, '--socket', self.path, *words, **how)

    def told(self, *words, status=0):
        """Standard output of one that ends with this status, and says nothing else."""
        done = self.ctl(*words)
        self.assertEqual((done.returncode, done.stderr), (status, ''), done)
        return done.stdout

    def failed(self, status, *words, **how):
        """The one line of a refusal, on standard error alone."""
        done = ctl.run(self.home, *words, **how)
        self.assertEqual((done.returncode, done.stdout), (status, ''), done)
        self.assertTrue(done.stderr.startswith('filesrvctl: ') and done.stderr.endswith('\n'), done.stderr)
        return done.stderr

    def json(self, *words):
        return as_json(self.ctl('--json', *words))

    def slow_get(self, line, target='/big.bin'):
        """A download that waits in its middle."""
        connection = self.connect(line.daemon, receive_buffer=8192)
        connection.send(request('GET', target))
        self.assertEqual(connection.read_head().status, 200)
        return connection


class Load(CtlCase):
    """Three throttled downloads, two uploads in their middle, and requests that are done."""

    def setUp(self):
        super().setUp()
        self.put('big.bin', os.urandom(1 << 20) * (BIG >> 20))
        self.put('small.txt', b's' * 1000)
        self.served = self.begin('--timeout-max', '30')
        self.count = Counted()
        self.downloads, self.uploads = {}, {}
        self.done = self.connect(self.served.daemon)

    def send(self, connection, data):
        connection.send(data)
        self.count.sent += len(data)

    def ask(self, method, target, *fields, body=b''):
        """On one kept connection; every byte is counted."""
        self.send(self.done, request(method, target, *fields, body=body))
        connection, taken = self.done, []
        take = connection._take

        def counting(count):
            taken.append(count)
            return take(count)
        connection._take = counting
        response = connection.read_response(method)
        connection._take = take
        self.count.received += sum(taken)
        self.count.answered(method, response.status)
        return response.status

    def begin_load(self):
        for target, method, code in (('/small.txt', 'GET', 200), ('/small.txt', 'GET', 200), ('/nothing', 'GET', 404),
                                     ('/small.txt', 'HEAD', 200), ('/', 'GET', 200)):
            self.assertEqual(self.ask(method, target), code)
        self.assertEqual(self.ask('GET', '/small.txt', 'Range: bytes=0-9'), 206)
        self.assertEqual(self.ask('PUT', '/done.txt', body=b'0123456789'), 201)
        self.assertEqual(self.ask('DELETE', '/small.txt'), 405)
        for _ in range(3):
            connection = self.connect(self.served.daemon, receive_buffer=8192)
            self.send(connection, request('GET', '/big.bin'))
            connection.socket.recv(16, socket.MSG_PEEK | socket.MSG_WAITALL)
            self.count.answered('GET', 200)              # that much is known from its first line on
            self.downloads[connection.socket.getsockname()[1]] = connection
        for number in range(2):
            connection = self.connect(self.served.daemon)
            self.send(connection, request('PUT', f'/up{number}.bin', f'Content-Length: {UPLOAD}'))
            self.send(connection, b'u' * (UPLOAD // 4 * (number + 1)))
            self.uploads[connection.socket.getsockname()[1]] = connection
        self.eventually(self.settled, 20, 'the load at rest')

    def settled(self):
        """All that was sent has arrived, and nobody's window has room."""
        def figures():
            told = control.status(self.path)
            return told['bytes'], told['requests']['in_flight']
        before = figures()
        time.sleep(0.5)
        return before == figures() and before[0]['in'] == self.count.sent and before[1] == 5

    def finish_load(self):
        for connection in self.downloads.values():
            head = b''
            while b'\r\n\r\n' not in head:
                head += connection.socket.recv(65536)
            length = head.index(b'\r\n\r\n') + 4 + BIG
            got = len(head)
            while got < length:
                got += len(connection.socket.recv(1 << 20))
            self.count.received += got
        for number, connection in enumerate(self.uploads.values()):
            self.send(connection, b'u' * (UPLOAD - UPLOAD // 4 * (number + 1)))
            while b'\r\n\r\n' not in connection.buffer:
                connection._more()
            head = connection.buffer.index(b'\r\n\r\n') + 4
            answer = connection.read_response('PUT')
            self.assertEqual(answer.status, 201)
            self.count.received += head + len(answer.body)
            self.count.answered('PUT', 201)
        self.eventually(lambda: control.status(self.path)['requests']['in_flight'] == 0, 10, 'the end of all requests')

    def check_status(self, in_flight):
        told = self.json('status')
        total, ended = 13, 13 - in_flight
        self.assertEqual(sorted(told['requests']['by'], key=lambda row: (row['method'], row['code'])), self.count.rows())
        self.assertEqual((told['requests']['total'], told['requests']['in_flight']), (total, in_flight))
        self.assertEqual((told['connections']['now'], told['connections']['peak'], told['connections']['total']), (6, 6, 6))
        self.assertEqual(told['connections']['refused'], 0)
        self.assertEqual((told['timeout_s'], told['timeout_max_s']), (24, 30))       # 30 less one for each of the six
        self.assertEqual((told['downloads']['in_flight'], told['uploads']['in_flight']), (3 if in_flight else 0, 2 if in_flight else 0))
        self.assertEqual(told['bytes']['in'], self.count.sent)
        self.assertEqual((told['latency']['count'], told['latency']['buckets'][-1][1]), (ended, ended))
        self.assertEqual((told['errors'], told['uploads']['failed'], told['pid']), (0, 0, self.served.daemon.pid))
        self.assertEqual((told['lifetime']['requests'], told['lifetime']['starts']), (ended, 1))
        return told

    def check_metrics(self, told):
        metrics = parse_metrics(self.told('metrics'))
        for row in self.count.rows():
            self.assertEqual(metrics[f'filesrv_requests_total{{method="{row["method"]}",code="{row["code"]}"}}'], row['count'])
        self.assertEqual(sum(name.startswith('filesrv_requests_total') for name in metrics), len(self.count.rows()))
        for name, value in (('filesrv_up', 1), ('filesrv_requests_in_flight', told['requests']['in_flight']), ('filesrv_connections', 6),
                            ('filesrv_connections_accepted_total', 6), ('filesrv_timeout_seconds', 24),
                            ('filesrv_bytes_total{direction="in"}', self.count.sent), ('filesrv_bytes_total{direction="out"}', told['bytes']['out']),
                            ('filesrv_transfers{direction="download"}', told['downloads']['in_flight']),
                            ('filesrv_transfers{direction="upload"}', told['uploads']['in_flight']),
                            ('filesrv_uploads_total{result="stored"}', told['uploads']['stored']),
                            ('filesrv_request_duration_seconds_count', told['requests']['total'] - told['requests']['in_flight']), ('filesrv_starts_total', 1)):
            self.assertEqual(metrics[name], value, name)

    def check_connections(self, bytes_out):
        listed = self.json('connections')
        self.assertEqual((listed['state'], listed['truncated'], len(listed['connections'])), ('running', False, 6))
        by_port = {int(one['peer'].rpartition(':')[2]): one for one in listed['connections']}
        idle = by_port.pop(self.done.socket.getsockname()[1])
        self.assertEqual((idle['state'], idle['method'], idle['target'], idle['transfer'], idle['worker']), ('idle', None, None, None, None))
        self.assertEqual(idle['requests'], 8)
        self.assertEqual(idle['out'], self.count.received)
        self.assertTrue(0 < idle['timeout_s'] <= 24, idle)
        self.assertEqual(by_port.keys(), self.downloads.keys() | self.uploads.keys())
        self.assertEqual(sum(one['in'] for one in listed['connections']), self.count.sent)
        self.assertEqual(sum(one['out'] for one in listed['connections']), bytes_out)
        for port in self.downloads:
            one = by_port[port]
            self.assertEqual((one['method'], one['target'], one['transfer']['direction'], one['transfer']['total']),
                             ('GET', '/big.bin', 'download', BIG))
            self.assertTrue(0 < one['transfer']['done'] < one['out'] < BIG, one)     # a head came before
        for number, port in enumerate(self.uploads):
            one = by_port[port]
            self.assertEqual((one['method'], one['target'], one['transfer']['direction']), ('PUT', f'/up{number}.bin', 'upload'))
            self.assertEqual((one['transfer']['done'], one['transfer']['total']), (UPLOAD // 4 * (number + 1), UPLOAD))
        return by_port

    def test_every_figure_is_the_clients_own(self):
        self.begin_load()
        told = self.check_status(in_flight=5)
        self.assertEqual(told['uploads']['stored'], 1)
        self.check_metrics(told)
        listed = self.check_connections(told['bytes']['out'])
        moving = self.json('transfers')['transfers']
        self.assertEqual({one['id']: one['transfer']['done'] for one in moving}, {one['id']: one['transfer']['done'] for one in listed.values()})
        table = self.told('transfers')
        self.assertEqual(len(table.splitlines()), 6, table)
        self.assertRegex(table, r'up +/up0\.bin +\[#+-+\] +25% +256 KiB +1\.0 MiB')
        self.assertRegex(table, r'up +/up1\.bin +\[#+-+\] +50% +512 KiB +1\.0 MiB')
        self.assertEqual(len(self.told('connections').splitlines()), 7)
        lines = self.told('status').splitlines()
        self.assertLessEqual(len(lines), 14)
        self.assertIn('6 now · 6 peak · 6 total', '\n'.join(lines))
        self.assertIn('13 · 5 in flight', '\n'.join(lines))
        self.finish_load()
        told = self.check_status(in_flight=0)
        self.assertEqual(told['bytes']['out'], self.count.received)
        self.assertEqual(told['uploads']['stored'], 3)
        self.check_metrics(told)
        self.assertEqual(self.json('transfers')['transfers'], [])
        self.assertEqual(self.told('transfers'), 'no transfers\n')

    def test_prometheus_own_check_finds_no_fault(self):
        if shutil.which('promtool') is None:
            self.skipTest('promtool is not installed')
        self.begin_load()
        done = subprocess.run(['promtool', 'check', 'metrics'], input=self.told('metrics'), capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ''))


class Orders(CtlCase):
    def test_a_kick_closes_that_transfer_and_no_other(self):
        self.put('big.bin', bytes(BIG))
        line = self.begin()
        transfers = [self.slow_get(line) for _ in range(2)]
        port = transfers[0].socket.getsockname()[1]
        victim = next(one['id'] for one in self.json('transfers')['transfers'] if one['peer'].endswith(f':{port}'))
        self.assertEqual(self.told('kick', victim), f'closed {victim}\n')
        self.assertNotEqual(transfers[0].read_until_close()[1], 'open')
        self.eventually(lambda: len(self.json('transfers')['transfers']) == 1, 5, 'the end of its slot')
        self.assertIn(str(victim), self.failed(1, '--socket', self.path, 'kick', victim))
        self.failed(2, '--socket', self.path, 'kick', 'x')
        self.assertEqual(len(transfers[1]._take_exactly(BIG)), BIG)

    def test_log_level_and_reload(self):
        file = self.home / 'filesrv.toml'
        file.write_text('')
        line = self.begin('--config', file)
        self.assertEqual(self.told('log-level', 'debug'), 'log level debug, was info\n')
        self.assertEqual(self.json('log-level', 'info'), {'schema': 1, 'level': 'info', 'was': 'debug'})
        self.assertEqual(self.told('reload'), 'reloaded: nothing has changed\n')
        file.write_text('timeout_max = 15\nhidden = true\n')
        self.assertEqual(self.json('reload'), {'schema': 1, 'changed': 'timeout_max', 'waiting': 'hidden'})
        self.assertEqual(self.json('status')['timeout_s'], 15)
        file.write_text('timeout_max = "never"\n')
        self.assertIn('timeout_max', self.failed(1, '--socket', self.path, 'reload'))
        file.write_text('timeout_max = 12\n')
        self.assertEqual(self.told('reload', '--no-wait'), '')
        self.eventually(lambda: self.json('status')['timeout_s'] == 12, 5, 'the reload that nobody waited for')
        self.assertIsNotNone(line.daemon.pid)

    def test_an_upgrade_is_told_or_not_waited_for(self):
        line = self.begin()
        told = self.json('upgrade')
        line.pids.append(told['pid'])
        self.assertEqual(told['was'], line.pids[0])
        self.assertEqual(self.json('ping')['pid'], told['pid'])
        self.assertEqual(self.told('upgrade', '--no-wait'), '')
        self.eventually(lambda: self.json('ping')['pid'] not in line.pids, 10, 'the successor that nobody waited for')
        line.pids.append(self.json('ping')['pid'])
        self.stop_line(line)
        self.failed(3, '--socket', self.path, 'status')

    def test_an_upgrade_that_fails_says_why(self):
        program = self.own_program()
        self.begin(program=str(program))
        program.rename(program.with_suffix('.old'))
        self.assertIn('No such file or directory', self.failed(1, '--socket', self.path, 'upgrade'))

    def test_drain_waits_for_what_is_in_flight_and_stop_does_not(self):
        self.put('big.bin', bytes(BIG))
        line = self.begin()
        transfer = self.slow_get(line)
        self.assertEqual(self.told('drain', '--no-wait'), 'draining, 1 request in flight\n')
        self.assertEqual(self.json('status')['state'], 'draining')
        told = self.told('stop').splitlines()
        self.assertEqual(told[0], 'stopping, 1 request in flight')
        self.assertTrue(told[1].startswith('leaving: '), told)
        self.assertEqual(line.daemon.wait(), 0)
        transfer.close()

    def test_drain_tells_the_reason_that_the_daemon_left(self):
        line = self.begin()
        done = self.ctl('drain', '--json')
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 1), done)
        self.assertEqual(json.loads(done.stdout)['state'], 'left')
        self.assertEqual(line.daemon.wait(), 0)


class Words(CtlCase):
    def test_wrong_usage_is_told_with_the_nearest_word(self):
        for words, named in ((('statsu',), 'status'), (('--jsn', 'status'), '--json'), ((), 'status'), (('kick',), 'ID'),
                             (('status', 'top'), 'top'), (('ping', '--no-wait'), '--no-wait'), (('status', '--watch=x'), "'x'"),
                             (('top',), 'terminal'), (('help',), '--help'), (('log-level', 'loud'), "'loud'"), (('-V',), '--version'), (('--socket',), '--socket needs a value'),
                             (('--socket', '', 'status'), '--socket: must not be empty'),
                             (('--socket=', 'status'), '--socket: must not be empty')):
            with self.subTest(words):
                if words == ('top',):
                    self.begin()
                    words = ('--socket', self.path, *words)
                self.assertIn(named, self.failed(2, *words))

    def test_a_failure_for_programs_is_json_as_well(self):
        done = ctl.run(self.home, '--json', '--socket', self.home / 'nobody.sock', 'status')
        self.assertEqual((done.returncode, json.loads(done.stdout)['exit']), (3, 3))

    def test_nobody_there_is_three_and_a_stranger_is_four(self):
        self.failed(3, 'status', environment={'TMPDIR': str(self.home)})
        self.failed(3, '--socket', self.home / 'nobody.sock', 'ping')
        self.begin()
        if os.geteuid() != 0:
            self.skipTest('another identity needs root')
        program = self.home / 'filesrvctl'
        shutil.copy(settings.CTL, program)
        os.chmod(self.home, 0o755)
        done = subprocess.run([program, '--socket', self.path, 'status'], user=NOBODY, group=NOBODY, extra_groups=[], cwd='/',
                              capture_output=True, text=True, check=False, env=settings.clean_environment(self.home))
        self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (4, '', 1), done)
        self.assertIn('sudo', done.stderr)

    def test_one_daemon_is_found_and_several_are_listed(self):
        def at(port_daemon):
            return self.home / 'runtime/filesrv' / f'{port_daemon.port}.sock'
        plain = ('--root', self.root, '--listen', 'localhost:0', '--idle-shutdown', '0')
        one = self.launch(*plain).wait_ready()
        self.assertEqual(as_json(ctl.run(self.home, 'ping', '--json'))['pid'], one.pid)
        other = self.launch(*plain).wait_ready()
        told = self.failed(2, 'status')
        for daemon in (one, other):
            self.assertIn(f'{at(daemon)}  pid {daemon.pid}, 127.0.0.1:{daemon.port}, {self.root}', told)
        self.assertEqual(as_json(ctl.run(self.home, '--socket', at(other), 'ping', '--json'))['pid'], other.pid)
        one.kill()                                        # its socket stays, and nobody listens there
        self.assertEqual(as_json(ctl.run(self.home, 'ping', '--json'))['pid'], other.pid)
        self.failed(3, '--socket', at(one), 'ping')

    def test_a_name_cannot_move_the_cursor(self):
        line = self.begin()
        name = 'a%1B%5B2J%0Ab%7F.bin'
        with RawConnection(line.daemon.port) as connection:
            connection.send(request('PUT', f'/{name}', 'Content-Length: 1000'), b'x' * 10)
            self.eventually(lambda: self.json('transfers')['transfers'], 5, 'the upload')
            for command in ('transfers', 'connections'):
                text = self.told(command)
                self.assertIn('.bin', text)
                self.assertFalse([c for c in text if ord(c) < 32 and c != '\n' or ord(c) == 127], text)
                self.assertEqual(len(text.splitlines()), 2)

    def test_colour_is_for_terminals_alone_and_not_for_who_refuses_it(self):
        self.begin()
        for command in ('status', 'connections', 'transfers'):
            self.assertNotIn(ESCAPE, self.told(command))
        for environment, coloured in (({}, True), ({'NO_COLOR': '1'}, False), ({'NO_COLOR': ''}, True), ({'TERM': 'dumb'}, False)):
            with self.subTest(environment):
                screen = Screen(self.home, '--socket', self.path, 'status', environment=environment)
                text = screen.read_until('over all')
                self.assertEqual(screen.process.wait(10), 0)
                screen.close()
                self.assertEqual(ESCAPE in text, coloured, text)

    def test_help_and_versions(self):
        text = ctl.run(self.home, '--help')
        self.assertEqual((text.returncode, text.stderr), (0, ''))
        for word in ('status', 'upgrade', '--no-wait', 'Exit status'):
            self.assertIn(word, text.stdout)
        line = self.begin()
        version = ctl.run(self.home, '--version').stdout
        self.assertRegex(version, r'^filesrvctl \d+\.\d+\.\d+\n$')
        number = version.split()[1]
        self.assertEqual(self.told('version'), f'filesrvctl {number}\nfilesrvd {number}, pid {line.daemon.pid}\n')

    def test_watch_goes_on_until_it_is_ended(self):
        self.begin()
        with subprocess.Popen([settings.CTL, '--socket', self.path, '--json', 'status', '--watch=0.1'], stdout=subprocess.PIPE, text=True,
                              env=settings.clean_environment(self.home)) as watch:
            times = [json.loads(watch.stdout.readline())['uptime_s'] for _ in range(4)]
            watch.terminate()
        self.assertEqual(times, sorted(set(times)))


class Top(CtlCase):
    def shown(self, text, columns, rows):
        """The rows of the last whole picture, plain."""
        picture = text[text.rindex(f'{ESCAPE}[1;1H'):] if f'{ESCAPE}[{rows};1H' in text[text.rindex(f'{ESCAPE}[1;1H'):] else \
            text[text.rindex(f'{ESCAPE}[1;1H', 0, text.rindex(f'{ESCAPE}[1;1H')):]
        lines = re.split(r'\033\[\d+;1H', picture)[1:rows + 1]
        plain = [re.sub(r'\033\[[0-9;?]*[A-Za-z]', '', line) for line in lines]
        self.assertEqual(len(plain), rows)
        for line in plain:
            self.assertLessEqual(len(line), columns, line)
        return plain

    def test_it_fits_its_screen_follows_its_size_and_leaves_it_as_it_was(self):
        self.put('big.bin', bytes(BIG))
        self.put('a name that is as long as names are in the folders of people who like them long, which is a lot.bin', bytes(BIG))
        line = self.begin()
        transfers = [self.slow_get(line) for _ in range(3)]
        transfers.append(self.slow_get(line, '/a%20name%20that%20is%20as%20long%20as%20names%20are%20in%20the%20folders%20of%20people'
                                             '%20who%20like%20them%20long,%20which%20is%20a%20lot.bin'))
        for columns, rows, environment in ((80, 24, {}), (200, 50, {}), (80, 24, {'NO_COLOR': '1'}), (20, 3, {})):
            with self.subTest((columns, rows)):
                screen = Screen(self.home, '--socket', self.path, 'top', columns=columns, rows=rows, environment=environment)
                self.addCleanup(screen.close)
                text = screen.read_until(f'{ESCAPE}[{rows};1H') + screen.read(0.2)
                plain = self.shown(text, columns, rows)
                self.assertTrue(plain[0].startswith('filesrvd '), plain)
                if rows >= 24:
                    self.assertEqual(sum('/big.bin' in row for row in plain), 3, plain)
                    self.assertTrue(plain[-1].startswith('q leaves'), plain)
                self.assertNotEqual(screen.mode(), screen.before)
                mark = len(screen.output)
                screen.resize_while_it_runs(100, 30)
                text = screen.read_until(f'{ESCAPE}[30;1H', after=mark) + screen.read(0.2)
                self.shown(text, 100, 30)
                screen.key('q')
                self.assertEqual(screen.process.wait(settings.patience(10)), 0)
                self.assertIn(f'{ESCAPE}[?1049l', screen.read(0.2))
                self.assertEqual(screen.mode(), screen.before)

    def test_it_follows_a_daemon_that_is_replaced_and_tells_when_it_is_gone(self):
        line = self.begin()
        screen = Screen(self.home, '--socket', self.path, 'top')
        self.addCleanup(screen.close)
        screen.read_until(f'pid {line.daemon.pid}')
        line.pids.append(self.json('upgrade')['pid'])
        screen.read_until(f'pid {line.pids[1]}')
        self.assertEqual(self.ctl('stop').returncode, 0)
        screen.read_until('looking again')
        screen.process.terminate()
        self.assertEqual(screen.process.wait(settings.patience(10)), 0)
        self.assertEqual(screen.mode(), screen.before)
