# SPDX-License-Identifier: MIT
"""filesrvctl and a service that sleeps: it is told of and never woken, and its counters never go back."""

import json
import pathlib
import shutil
import time

from support import settings
from support.case import NOBODY
from support.ctl import parse_metrics
from support.raw import RawConnection, request
from support.under_systemd import UnderSystemd

PROGRAM = '/opt/filesrvctl'

# In the daemon's place: found by its answer to the first who asks (or by its unit alone), and gone for the second.
LEAVER = '''
import os, pathlib, socket, time
path = '/run/filesrv/control.sock'
way = pathlib.Path('/srv/way').read_text()
pathlib.Path(path).unlink(missing_ok=True)
listener = socket.socket(socket.AF_UNIX)
if way != 'never':
    listener.bind(path)
    listener.listen()
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])
def asked():
    found = listener.accept()[0]
    found.recv(100)
    return found
if way in ('unlinked', 'refused', 'ended', 'reset'):
    with asked() as found:
        if way == 'unlinked':
            os.unlink(path)
        if way == 'refused':
            listener.close()
        found.sendall(pathlib.Path('/srv/status').read_bytes())
if way in ('ended', 'deaf'):
    asked().close()
if way == 'reset':
    listener.accept()[0].close()
time.sleep(0.2)     # what is gone is still a service that runs
'''


class Sleeper(UnderSystemd):
    def begin(self, *options):
        self.boot(*options)
        inside = f'/proc/{self.manager.leader}/root{PROGRAM}'
        shutil.copy(settings.CTL, inside)

    def ctl(self, *words, status=0):
        done = self.manager.run(PROGRAM, *words, check=False)
        self.assertEqual(done.returncode, status, done)
        if status == 0:
            self.assertEqual(done.stderr, '')
        return done.stdout if status == 0 else done.stderr

    def asleep(self):
        self.eventually(lambda: self.state() == 'inactive', 10, 'the sleep')

    def asked_and_asleep(self):
        with RawConnection(self.manager.port) as connection:       # at once, or it might leave between the two
            connection.send(request('PUT', '/a.txt', body=b'12345') + request('GET', '/a.txt'))
            self.assertEqual(connection.read_response('PUT').status, 201)
            self.assertEqual(connection.read_response().body, b'12345')
        self.asleep()

    def starts(self):
        """What changes with every start of the service."""
        return self.manager.show('InvocationID', 'ActiveEnterTimestampMonotonic', 'MainPID')

    def test_asking_tells_of_the_sleep_and_does_not_end_it(self):
        self.begin('--idle-shutdown', '0.3')
        told = self.ctl('status')
        self.assertIn('filesrvd  asleep since ', told)
        self.assertIn('nobody has asked for anything', told)
        self.asked_and_asleep()
        before = self.starts()
        lines = self.ctl('status').splitlines()
        self.assertLessEqual(len(lines), 14)
        self.assertRegex(lines[0], r'^filesrvd  asleep since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, .* ago$')
        self.assertRegex(lines[1], r'^because +no request for 0\.3 s')
        self.assertIn(f'127.0.0.1:{self.manager.port}', lines[2])
        self.assertRegex(lines[3], r'1 start · 2 requests · .* in, .* out · 1 upload · 0 errors$')
        self.assertRegex(lines[4], r'^cold starts +last [\d.]+ ms')
        told = json.loads(self.ctl('status', '--json'))
        self.assertEqual((told['schema'], told['state'], told['starts'], told['lifetime']['requests']), (1, 'asleep', 1, 2))
        self.assertTrue(0 <= time.time() - told['since_s'] <= settings.budget(30), told)
        metrics = parse_metrics(self.ctl('metrics'))
        for name, value in (('filesrv_up', 0), ('filesrv_starts_total', 1), ('filesrv_requests_total{method="PUT",code="201"}', 1),
                            ('filesrv_requests_total{method="GET",code="200"}', 1), ('filesrv_uploads_total{result="stored"}', 1)):
            self.assertEqual(metrics[name], value, name)
        for words in (['ping'], ['connections'], ['transfers'], ['version'], ['reload'], ['drain'], ['stop'], ['upgrade'],
                      ['--socket', '/run/filesrv/control.sock', 'status']):
            self.assertIn('asleep', self.ctl(*words), words)
        self.assertIn('asleep', self.ctl('kick', '1', status=1))
        self.assertIn('asleep', self.ctl('log-level', 'debug', status=1))
        self.assertEqual((self.state(), self.starts()), ('inactive', before))
        self.assert_socket_is_healthy()

    def test_it_runs_it_is_asked_and_its_socket_is_found(self):
        self.begin()
        self.assertEqual(self.ask_port('GET', '/').status, 200)
        told = json.loads(self.ctl('status', '--json'))
        self.assertEqual((told['state'], told['pid'], told['socket']), ('running', self.main_pid(), '/run/filesrv/control.sock'))
        self.assertIn('kept by the service manager', self.ctl('status'))
        self.assertIn('finishes what it has and leaves', self.ctl('upgrade'))
        self.assertIn('leaving: ', self.ctl('drain'))
        self.asleep()
        self.assertIn('asked to', self.ctl('status'))

    def test_one_that_leaves_before_it_has_answered_is_told_as_asleep(self):
        self.begin()
        self.assertEqual(self.ask_port('GET', '/').status, 200)
        status = self.ctl('status', '--json')
        self.ctl('stop')
        inside = pathlib.Path(f'/proc/{self.manager.leader}/root')
        (inside / 'opt/leaver').write_text(LEAVER)
        (inside / 'srv/status').write_text(json.dumps({'ok': True, 'status': json.loads(status)}) + '\n')
        self.manager.drop_in_now('filesrv.service', 'zz-leaver', '[Service]\nType=notify\nExecStart=\n'
                                                              'ExecStart=/usr/bin/python3 /opt/leaver\n')
        named = ('--socket', '/run/filesrv/control.sock')
        for way, words in (('unlinked', ['status']), ('refused', ['metrics']), ('ended', ['stop']), ('reset', ['version']),
                           ('deaf', ['ping']), ('never', ['status']), ('deaf', [*named, 'drain']), ('never', [*named, 'version'])):
            (inside / 'srv/way').write_text(way)
            self.manager.run('systemctl', 'start', 'filesrv.service')
            self.assertIn('filesrv_up 0' if words == ['metrics'] else 'asleep', self.ctl(*words), (way, words))
            self.asleep()
        self.assert_socket_is_healthy()

    def test_with_its_socket_stopped_too_nobody_is_there(self):
        self.begin('--idle-shutdown', '0.3')
        self.asked_and_asleep()
        self.manager.run('systemctl', 'stop', 'filesrv.socket')
        for words in (('status',), ('ping',), ('metrics',), ('--socket', '/run/filesrv/control.sock', 'status')):
            said = self.ctl(*words, status=3)
            self.assertEqual(len(said.splitlines()), 1, said)

    def test_another_user_is_told_in_one_line_that_it_may_not_know(self):
        self.begin('--idle-shutdown', '0.5')
        self.asked_and_asleep()
        for state in ('asleep', 'awake'):
            if state == 'awake':
                self.assertEqual(self.ask_port('GET', '/').status, 200)
            done = self.manager.run('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', PROGRAM, 'status', check=False)
            self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (4, '', 1), (state, done))
            self.assertIn('sudo', done.stderr)

    def counters(self):
        """Those that count over all starts; those of one start begin anew, as Prometheus expects of them."""
        metrics = parse_metrics(self.ctl('metrics'))
        return {name: value for name, value in metrics.items()
                if name.startswith(('filesrv_requests_total', 'filesrv_bytes_total', 'filesrv_starts_total', 'filesrv_errors_total'))
                or name == 'filesrv_uploads_total{result="stored"}' or name.startswith('filesrv_cold_start_seconds')}

    def grown(self, before):
        """The counters now; none is less than it was, or gone."""
        now = self.counters()
        self.assertGreater(len(now), 8)
        for name, value in before.items():
            self.assertGreaterEqual(now.get(name, -1), value, name)
        return now

    def test_counters_never_go_back_over_sleeps_and_a_kill(self):
        self.begin('--idle-shutdown', '0.2')
        self.asked_and_asleep()
        seen = self.counters()
        for _ in range(20):
            self.assertEqual(self.ask_port('GET', '/a.txt').status, 200)
            seen = self.grown(seen)                       # awake, or asleep already
            self.asleep()
            seen = self.grown(seen)
        self.assertEqual((seen['filesrv_starts_total'], seen['filesrv_requests_total{method="GET",code="200"}']), (21, 21))
        with RawConnection(self.manager.port) as upload:
            upload.send(request('PUT', '/b.txt', 'Content-Length: 1000'), b'x')       # keeps it awake
            self.eventually(lambda: self.main_pid() != 0, 5, 'the start')
            killed = self.main_pid()
            self.eventually(lambda: self.kept()['starts'] == 22, 8, 'the keeping of its counters')
            seen = self.grown(seen)
            self.manager.run('kill', '-9', killed)
            self.eventually(lambda: self.kept()['starts'] == 23, 5, 'the restart by the manager')
        self.assertEqual(self.ask_port('GET', '/a.txt').status, 200)
        self.asleep()
        seen = self.grown(seen)
        self.assertEqual(seen['filesrv_requests_total{method="GET",code="200"}'], 22)
        self.assertIn(seen['filesrv_starts_total'], (23, 24))      # who was restarted may have left before it was asked
