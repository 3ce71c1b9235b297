# SPDX-License-Identifier: MIT
"""Peers that mean harm: whoever stands beside them is served, memory keeps its bound, and they leave nothing behind."""

import os
import re
import subprocess
import sys
import threading
import time

from support import control, settings
from support.case import DaemonCase
from support.hostile import KIB, MIB, Bystander, Crowd, memory, queued_by_kernel, say_bystander
from support.punctual import Punctual, once_in_time
from support.raw import RawConnection, request

# What filesrvd(8) says of memory: so much a connection at worst, and so much in all besides.
WORST_CONNECTION = 512 * KIB
SILENT_CONNECTION = KIB
IN_ALL = 8 * MIB            # the reactor, and the little that these tests let the cache hold
WORKER = MIB                # its buffers, and what the allocator keeps for it
LONG_LISTINGS = 32          # that many hold more than their connection's share
KERNELS_OWN_BOUND = 64      # connections whose send buffer may be as large as the kernel likes
TRICKLES = 4


class HostileCase(DaemonCase):
    timeout = 240

    def begin(self, *options, writes=True, source=None, **how):
        self.daemon = self.start('--durability', 'none', *options, **how)
        self.bystander = Bystander(self.daemon, self.root, source, writes)
        self.addCleanup(self.bystander.stop)
        self.bystander.start()
        self.served_more(10)
        self.memory, self.sockets = memory(self.daemon), self.daemon.sockets()
        return self.daemon

    def crowd(self, count=0, message=b'', receive_buffer=None, source=None):
        crowd = Crowd(self.daemon.port, source)
        self.addCleanup(crowd.leave)
        return crowd.add(count, message, receive_buffer)

    def served_more(self, count=8):
        """The bystander is served now, whatever else goes on."""
        wanted = self.bystander.answered + count
        self.eventually(lambda: self.bystander.answered >= wanted or self.bystander.failures, 60, 'an answer to the bystander')
        self.assertEqual(self.bystander.failures, [])

    def within(self, connections, each, what, besides=0):
        """Memory is at most what was promised, after the daemon has had time to do its worst."""
        grown, last = self.grown(), -MIB
        while grown > last + 64 * KIB:           # until it grows no more
            time.sleep(0.1)
            last, grown = grown, self.grown()
        workers = len(self.daemon.workers())
        say_bystander(self.bystander, f'{what}: {connections} connections, {workers} workers, {grown / KIB:.0f} KiB')
        if settings.SLOW == 1:                   # a sanitizer keeps what was freed
            self.assertLess(grown, connections * each + workers * WORKER + besides + IN_ALL)

    def grown(self):
        return memory(self.daemon) - self.memory

    def gone(self):
        """Nobody of the crowd holds anything any more."""
        self.eventually(lambda: self.daemon.sockets() <= self.sockets + 1, 30, 'the end of every connection')
        self.served_more()
        self.bystander.stop()
        self.eventually(lambda: not [name for name in self.names() if '.filesrv-staging/' in name or 'victim' in name], 10, 'a tidy tree')


class Slow(HostileCase):
    """Slowloris: those who speak slowly, those who listen slowly, and those who do neither."""

    def test_those_who_never_speak_cost_a_slot_each(self):
        self.begin('--timeout-min', '60', '--timeout-max', '60')
        count = settings.counted(1000, 8000)
        self.crowd(count)
        self.served_more()
        self.within(count, SILENT_CONNECTION, 'silent')

    def test_heads_that_come_byte_by_byte_are_cut_off(self):
        self.begin('--timeout-min', '1', '--timeout-max', '1')
        count = settings.counted(200, 4000)
        crowd = self.crowd(count, b'GET / HTTP/1.1\r\nHost: localhost\r\nX: ' + b'y' * 10_000)
        self.within(count, 16 * KIB, 'slow heads')
        ended = False
        for _ in range(300):
            crowd.each(b'y')
            ended = crowd.ended()
            if ended:
                break
            time.sleep(0.05)
        self.assertTrue(ended, 'single bytes keep nobody in')
        crowd.leave()
        self.gone()

    def test_bodies_that_come_byte_by_byte_hold_no_worker(self):
        self.begin('--workers', '2:2')
        count = settings.counted(200, 4000)
        crowd = self.crowd(count, lambda number: request('PUT', f'/in/victim-{number}', 'Content-Length: 1000') + b'b')
        form = 'Content-Type: multipart/form-data; boundary=B'
        crowd.add(count, lambda number: request('POST', '/in/', form, 'Content-Length: 1000') +
                  b'--B\r\nContent-Disposition: form-data; name=n; filename=victim-%d\r\n\r\n' % number)
        for _ in range(TRICKLES):
            crowd.each(b'b')
            self.served_more()
        self.within(2 * count, 32 * KIB, 'slow bodies')
        crowd.leave(by_reset=True)
        self.gone()

    def test_bodies_that_stop_are_cut_off(self):
        self.begin('--stall-timeout', '1')
        crowd = self.crowd(settings.counted(100, 2000), lambda number: request('PUT', f'/in/victim-{number}', 'Content-Length: 9') + b'b')
        self.eventually(crowd.ended, 30, 'the end of all who stopped')
        self.gone()


class NoWindow(HostileCase):
    """Those who ask for much and read nothing: what they asked for must not pile up in memory."""

    def resist(self, what, message, each=WORST_CONNECTION, count=None, besides=0):
        self.begin('--stall-timeout', '60')
        count = count or settings.counted(40, 400)
        crowd = self.crowd(count, message, receive_buffer=4096)
        self.served_more()
        self.within(count, each, what, besides)
        for _ in range(TRICKLES):
            crowd.take(1000)                     # a little taken, and a little more is sent
        crowd.leave(by_reset=True)
        self.gone()

    def test_a_large_file_is_never_in_memory(self):
        self.put('huge.bin', b'')
        os.truncate(self.root / 'huge.bin', 64 * MIB)
        self.resist('a large file', request('GET', '/huge.bin'), 32 * KIB)

    def test_readers_by_the_hundred_do_not_keep_megabytes_in_the_kernel(self):
        self.put('huge.bin', b'')
        os.truncate(self.root / 'huge.bin', 64 * MIB)
        self.begin('--stall-timeout', '60')
        count = settings.counted(120, 1000)
        self.crowd(count, request('GET', '/huge.bin'), receive_buffer=4096)
        self.eventually(lambda: sum(one > 0 for one in queued_by_kernel(self.daemon)) >= count, 60, 'an answer to everyone')
        self.served_more()
        much = [one for one in queued_by_kernel(self.daemon) if one > MIB]
        self.assertLessEqual(len(much), KERNELS_OWN_BOUND, 'those who came while they were few')

    def test_many_ranges_of_a_large_file_neither(self):
        self.put('huge.bin', b'')
        os.truncate(self.root / 'huge.bin', 64 * MIB)
        ranges = ','.join(f'{at * MIB}-{at * MIB + 500_000}' for at in range(32))
        self.resist('32 ranges', request('GET', '/huge.bin', f'Range: bytes={ranges}'), 32 * KIB)

    def test_a_flood_of_pipelined_requests_does_not_fill_memory_nor_keep_others_waiting(self):
        # Each answer that a worker made offered its file to the cache, and nothing bounded how many offers waited.
        self.resist('pipelined requests', request('GET', '/small.txt') * 8000)

    def test_pipelined_requests_for_many_files_hold_a_batch_each(self):
        for number in range(60):
            self.put(f'm/{number}.bin', os.urandom(60_000))
        self.resist('pipelined requests for many files', lambda number: b''.join(
            request('GET', f'/m/{(number + at) % 60}.bin') for at in range(200)))

    def test_long_listings_hold_a_window_of_names_each(self):
        # Long names, and longer on the page: more than the kernel takes for a reader who takes nothing.
        one = self.put('many/one')
        for number in range(settings.counted(1500, 5000)):     # links: names without the cost of files
            os.link(one, self.root / 'many' / ('"' * 245 + str(number)))
        self.resist('listings', request('GET', '/many/'), count=settings.counted(20, 200), besides=LONG_LISTINGS * MIB)

    def test_who_reads_nothing_is_cut_off(self):
        self.put('huge.bin', b'')
        os.truncate(self.root / 'huge.bin', 64 * MIB)
        self.begin('--stall-timeout', '1')
        self.crowd(settings.counted(50, 1000), request('GET', '/huge.bin'), receive_buffer=4096)
        self.gone()


class Bombs(HostileCase):
    """Little that asks for much."""

    def answers(self, message, statuses, count=20, **how):
        connections = [self.connect(self.daemon, **how) for _ in range(count)]
        for connection in connections:
            try:
                connection.send(message)
            except OSError:
                pass                             # refused before its end
        answers = [connection.read_response() for connection in connections]
        self.assertLessEqual({answer.status for answer in answers}, set(statuses))
        return answers

    def test_bombs_of_heads_chunks_ranges_and_parts_are_refused_in_bounds(self):
        self.begin()
        chunked = request('PUT', '/in/victim', 'Transfer-Encoding: chunked')
        form = request('POST', '/in/', 'Content-Type: multipart/form-data; boundary=B', f'Content-Length: {20 * MIB}')
        for what, message, statuses in (
                ('a head without an end', b'GET / HTTP/1.1\r\n' + b'X: y\r\n' * 100_000, {431}),
                ('a field without an end', b'GET / HTTP/1.1\r\nX: ' + b'y' * MIB, {431}),
                ('a target without an end', b'GET /' + b'%41' * MIB, {414}),
                ('folders without an end', b'GET ' + b'/..' * 2000 + b'/ HTTP/1.1\r\nHost: localhost\r\n\r\n', {200}),
                ('one chunk extension', chunked + b'1;' + b'x' * 2 * MIB, {400}),
                ('an extension for each byte', chunked + b'1;' + (b'x' * 1000 + b'\r\na\r\n1;') * 2000, {400}),
                ('trailers', chunked + b'0\r\n' + b'X: y\r\n' * 100_000, {400, 431}),
                ('the head of a part', form + b'--B\r\n' + b'X: y\r\n' * 100_000, {400}),
                ('parts', form + b'--B\r\n\r\n\r\n' * 200_000, {400, 413}),
                ('a boundary that never comes', form + b'-' * MIB, {400})):
            with self.subTest(what):
                self.answers(message, statuses, count=settings.counted(5, 100))
        self.within(10 * settings.counted(5, 100), 32 * KIB, 'bombs')

    def test_ranges_by_the_thousand_never_amplify(self):
        self.begin()
        size = (self.root / 'large.bin').stat().st_size
        apache_killer = '0-,' + ','.join(f'5-{last}' for last in range(1300))
        for ranges in (apache_killer, ','.join(['0-'] * 2000), ','.join(['-1'] * 2000), ','.join(f'{at}-{at}' for at in range(0, 3000, 3))):
            for method in ('GET', 'HEAD'):
                with RawConnection(self.daemon.port) as connection:
                    connection.send(request(method, '/large.bin', f'Range: bytes={ranges}'))
                    answer = connection.read_response(method)
                self.assertIn(answer.status, (200, 206))
                self.assertLessEqual(int(answer.get('content-length')), size + 4096)
        self.crowd(settings.counted(100, 1000), request('GET', '/large.bin', f'Range: bytes={apache_killer}'), receive_buffer=4096)
        self.within(settings.counted(100, 1000), 32 * KIB, 'range killers')

    def test_a_form_of_many_files_below_a_long_folder_is_not_answered_with_hundreds_of_megabytes(self):
        self.begin()
        folder = '/' + '/'.join(["&'&'" * 49] * 19)
        count = settings.counted(1200, 9990)
        body = b''.join(b'--B\r\nContent-Disposition: form-data; name=n; filename=%d\r\n\r\n\r\n' % number for number in range(count)) + b'--B--\r\n'
        with RawConnection(self.daemon.port, timeout=120) as connection:
            connection.send(request('POST', folder + '/', 'Content-Type: multipart/form-data; boundary=B', 'Accept: text/html', body=body))
            answer = connection.read_response()
        self.assertEqual(answer.status, 413)
        self.assertLess(len(answer.body), 5 * MIB)
        stored = sum(len(files) for _, _, files in os.walk(self.root / folder.split('/')[1]))
        self.assertEqual(answer.body.count(b'<li>'), stored, 'what was stored before is named')
        self.within(1, 16 * MIB, 'a form')

    def test_100_000_pipelined_requests_on_one_connection_are_all_answered(self):
        self.begin()
        count = settings.counted(8000, 100_000)
        message = request('GET', '/small.txt') * count
        connection = self.connect(self.daemon, timeout=60)
        sender = threading.Thread(target=connection.send, args=(message,), daemon=True)
        sender.start()
        for _ in range(count):
            answer = connection.read_response()
            self.assertEqual((answer.status, len(answer.body)), (200, 600))
        sender.join()
        self.served_more()
        self.within(1, WORST_CONNECTION, f'{count} pipelined requests')


class Sudden(Punctual, HostileCase):
    """Those who come in masses, and those who are gone at any byte."""

    def test_a_reset_at_every_byte_of_a_request_leaves_nothing(self):
        self.begin('--log-level', 'debug')
        self.put('a.txt', b'alpha')
        upload = request('PUT', '/in/victim', 'Transfer-Encoding: chunked') + b'3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n'
        form = request('POST', '/in/', 'Content-Type: multipart/form-data; boundary=B', body=(
            b'--B\r\nContent-Disposition: form-data; name=n; filename=whole\r\n\r\ncontent\r\n--B--\r\n'))
        for message in (request('GET', '/a.txt', 'Range: bytes=1-2') * 2, upload, form):
            for cut in range(0, len(message), settings.counted(3, 1)):
                with RawConnection(self.daemon.port) as connection:
                    connection.send(message[:cut])
                    connection.reset()
        self.gone()
        stored = self.root / 'in/whole'          # once its boundary has come, what follows does not matter
        self.assertIn(stored.read_bytes() if stored.exists() else b'content', (b'content',))
        self.assertEqual(self.daemon.finish(), [])
        begun, ended = re.search(r'requests begun (\d+), ended (\d+)', self.daemon.stderr).groups()
        self.assertEqual(begun, ended)

    def test_a_reset_at_every_byte_of_an_answer_leaves_nothing(self):
        self.begin()
        self.put('folder/a.txt', b'alpha')
        for target, field in (('/small.txt', 'X: y'), ('/small.txt', 'Range: bytes=0-1,100-101'), ('/folder/', 'X: y')):
            whole = self.ask(self.daemon, 'GET', target, field)
            for cut in range(0, 300 + len(whole.body), settings.counted(7, 1)):
                with RawConnection(self.daemon.port) as connection:
                    connection.send(request('GET', target, field))
                    connection.socket.recv(cut)
                    connection.reset()
        self.gone()

    def test_10_000_connects_a_second_keep_nobody_waiting(self):
        path = self.home / 'control.flood'
        self.begin('--control', path)
        admitted, used, most = control.status(path)['connections']['total'], self.daemon.cpu_seconds(), 0
        seconds = settings.counted(0.5, 10)
        # Processes of their own: the threads of one take turns.
        flood = 'import sys; from support.hostile import flood_of_connects as f; print(f(int(sys.argv[1]), float(sys.argv[2])))'
        floods = [subprocess.Popen([sys.executable, '-c', flood, str(self.daemon.port), str(seconds)], cwd=settings.HERE,
                                   stdout=subprocess.PIPE, text=True) for _ in range(2)]
        self.served_more()
        while any(one.poll() is None for one in floods):
            most = max(most, self.daemon.sockets() - self.sockets)
            time.sleep(0.05)
        came = sum(int(one.communicate()[0]) for one in floods)
        admitted, used = control.status(path)['connections']['total'] - admitted, self.daemon.cpu_seconds() - used
        self.within(0, 0, f'{came} connects in {seconds} s, {admitted} admitted, {used:.2f} s of processor, {most} sockets at most')
        self.assertLess(most, 512)               # a few turns of accepting, however long the flood
        self.gone()

    @once_in_time
    def test_those_who_ask_amiss_and_linger_leave_descriptors_for_others(self):
        # Who was answered 400 and sends on is none of n any more, but had a descriptor: all of them in the end.
        limit = 200
        self.daemon = self.few(limit)
        crowd = self.crowd()
        for _ in range(3):
            crowd.add(limit // 2, b'AMISS\r\n\r\nmore')
            time.sleep(0.1)
        began = time.monotonic()
        self.eventually(lambda: self.daemon.sockets() < limit // 2, 3, 'room for others')
        took = time.monotonic() - began
        self.assertEqual(self.ask(self.daemon, 'GET', '/large.bin').status, 200)
        self.in_time(took, 2.75)                 # who lingers stays for 5 s

    def few(self, descriptors):
        """A daemon with so many descriptors. No bystander: nobody is served who has no socket."""
        self.put('large.bin', bytes(300_000))
        command = (f'ulimit -n {descriptors}; exec "$0" --root "{self.root}" --listen localhost:0 --idle-shutdown 0 '
                   f'--control "{self.home}/few.{next(self._numbers)}" --timeout-min 60 --timeout-max 60')
        return self.launch('-c', command, settings.DAEMON, program='/bin/sh').wait_ready()

    def test_without_descriptors_nothing_spins_and_service_is_back_once_there_are_some(self):
        for what, message in (('silence', b''), ('uploads', lambda number: request('PUT', f'/victim-{number}', 'Content-Length: 9') + b'b')):
            with self.subTest(what):
                daemon = self.daemon = self.few(150)
                crowd = self.crowd(300, message)
                time.sleep(0.2)
                before = daemon.cpu_seconds()
                time.sleep(0.5)
                self.assertLess(daemon.cpu_seconds() - before, 0.35 * settings.SLOW, 'no busy loop at the limit')
                crowd.leave()
                began = time.monotonic()
                # Those who were still in the queue are refused first.
                self.eventually(lambda: self.ask(daemon, 'GET', '/large.bin').status == 200, 10, 'service')
                settings.say(f'{what}: served {time.monotonic() - began:.2f} s after the descriptors were free')
                self.eventually(lambda: not [name for name in self.names() if 'victim' in name], 10, 'a tidy tree')

    def test_a_limit_for_each_address_keeps_one_from_taking_every_place(self):
        self.begin('--listen', '0.0.0.0:0', '--max-connections', '50', '--per-address', '20', source='127.0.0.2', writes=False)
        crowd = self.crowd(200, source='127.0.0.1')
        for _ in range(TRICKLES):
            crowd.each(b'G')
            self.served_more()
        self.assertLessEqual(self.daemon.sockets(), self.sockets + 20 + 16 + 1)      # 16 may linger after their 503
