# SPDX-License-Identifier: MIT
"""Uploads onto disks that are full, read-only, over quota or broken: the right status, the old file whole, nothing left."""

import errno
import os
import resource
import subprocess
import threading
import time
import unittest

from support import settings
from support.case import DaemonCase
from support.raw import RawConnection, chunked, request
from support.seams import require_seams

OLD = b'old' * 1000
PIECE = bytes(64 << 10)


class FaultCase(DaemonCase):
    def upload_too_much(self, daemon, target, method='PUT', count=64, field='Transfer-Encoding: chunked'):
        """Sends a chunked body to its end, whatever is answered meanwhile, and then reads the answer."""
        with RawConnection(daemon.port) as connection:
            connection.send(request(method, target, field))
            for _ in range(count):
                connection.send(b'%x\r\n' % len(PIECE), PIECE, b'\r\n')
            answer = connection.read_response(method)
            self.assertTrue(answer.closing)
            self.assertEqual(connection.read_until_close()[1], 'fin')
            return answer

    def untouched(self, folder, free=None):
        """Only the old file, whole, nothing staged, and the space back."""
        self.eventually(lambda: self.names(folder) == ['old.bin'], what=f'a clean folder, not {self.names(folder)}')
        self.assertEqual((folder / 'old.bin').read_bytes(), OLD)
        if free is not None:
            self.eventually(lambda: os.statvfs(folder).f_bfree >= free - 8, what='the space')


class SmallDisks(FaultCase):
    """On file systems of a few MiB of their own, where the rights allow to mount them."""

    def mount(self, *how):
        folder = self.home / 'small'
        folder.mkdir()
        if os.geteuid() != 0 or subprocess.run(['mount', *how, folder], stderr=subprocess.DEVNULL,
                                               check=False).returncode != 0:
            raise unittest.SkipTest(f'no rights to mount {" ".join(map(str, how))}')
        self.addCleanup(self.unmount, folder)
        (folder / 'old.bin').write_bytes(OLD)
        return folder

    def unmount(self, folder):
        self._finish()                   # the daemon holds the mount
        self.daemons.clear()
        subprocess.run(['umount', folder], check=True)

    def mount_tmpfs(self):
        return self.mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')

    def mount_ext4(self):
        image = self.home / 'image'
        image.write_bytes(b'')
        os.truncate(image, 4 << 20)
        try:
            subprocess.run(['mkfs.ext4', '-q', '-F', '-O', '^has_journal', image], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise unittest.SkipTest('no mkfs.ext4') from error
        folder = self.mount('-o', 'loop', image)
        (folder / 'lost+found').rmdir()
        return folder

    def check_full(self, folder):
        daemon = self.start(root=folder)
        free = os.statvfs(folder).f_bfree
        for target in ('/old.bin', '/new.bin', '/new/folder/new.bin'):
            with self.subTest(target=target):
                with RawConnection(daemon.port) as connection:      # known before the body, while it is being sent
                    connection.send(request('PUT', target, f'Content-Length: {8 << 20}'), bytes(8 << 20))
                    self.assertEqual(connection.read_response('PUT').status, 507)
                for method in ('PUT', 'POST'):                      # found out within it
                    self.assertEqual(self.upload_too_much(daemon, target, method).status, 507)
                self.untouched(folder, free)
        self.assertEqual(self.ask(daemon, 'PUT', '/old.bin', body=b'fits').status, 204)

    def test_a_full_tmpfs_is_507_before_and_within_the_body(self):
        self.check_full(self.mount_tmpfs())

    def test_a_full_ext4_is_507_before_and_within_the_body(self):
        self.check_full(self.mount_ext4())

    def test_the_last_blocks_taken_by_others_within_a_sized_body_are_507(self):
        folder = self.mount_ext4()
        daemon = self.start(root=folder)
        with RawConnection(daemon.port) as connection:
            # Below the size from which blocks are reserved, so that nothing is sure before it is written.
            connection.send(request('PUT', '/old.bin', f'Content-Length: {900 << 10}'), PIECE)
            time.sleep(0.05)
            hog = folder / 'hog'
            with open(hog, 'wb') as file, self.assertRaises(OSError):
                while True:
                    file.write(PIECE)
                    file.flush()
            connection.send(bytes((900 << 10) - len(PIECE)))
            self.assertEqual(connection.read_response('PUT').status, 507)
        hog.unlink()
        self.untouched(folder)

    def test_min_free_is_kept_within_a_chunked_body(self):
        folder = self.mount('-t', 'tmpfs', '-o', 'size=32m', 'tmpfs')
        daemon = self.start('--min-free', '12M', root=folder)
        self.assertEqual(self.upload_too_much(daemon, '/new.bin', count=400).status, 507)
        self.untouched(folder)

    def test_a_read_only_file_system_is_403(self):
        folder = self.mount_tmpfs()
        subprocess.run(['mount', '-o', 'remount,ro', folder], check=True)
        daemon = self.start('--allow-delete', root=folder)
        for method, target in (('PUT', '/old.bin'), ('POST', '/new.bin'), ('PUT', '/a/b.bin'), ('DELETE', '/old.bin')):
            self.assertEqual(self.ask(daemon, method, target, body=b'x').status, 403, target)
        self.assertEqual(self.ask(daemon, 'GET', '/old.bin').body, OLD)

    def test_what_is_immutable_is_403(self):
        folder = self.mount_ext4()
        (folder / 'locked').mkdir()
        for name in ('old.bin', 'locked'):
            if subprocess.run(['chattr', '+i', folder / name], stderr=subprocess.DEVNULL, check=False).returncode != 0:
                self.skipTest('no chattr +i')
        daemon = self.start('--allow-delete', root=folder)
        for method, target in (('PUT', '/old.bin'), ('DELETE', '/old.bin'), ('PUT', '/locked/new'),
                               ('PUT', '/locked/a/new')):
            self.assertEqual(self.ask(daemon, method, target, body=b'x').status, 403, target)
        self.assertEqual((folder / 'old.bin').read_bytes(), OLD)
        self.assertEqual(self.names(folder), ['locked', 'old.bin'])


class Limits(FaultCase):
    """Limits of the process: file size and descriptors."""

    def setUp(self):
        super().setUp()
        self.put('old.bin', OLD)
        self.daemon = self.start()

    def test_beyond_the_file_size_limit_is_413_and_the_daemon_lives(self):
        resource.prlimit(self.daemon.pid, resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
        for target in ('/old.bin', '/new.bin'):
            self.assertEqual(self.upload_too_much(self.daemon, target).status, 413)
            with RawConnection(self.daemon.port) as connection:
                connection.send(request('PUT', target, f'Content-Length: {4 << 20}'), bytes(4 << 20))
                self.assertEqual(connection.read_response('PUT').status, 413)
        self.assertTrue(self.daemon.running())
        self.untouched(self.root)
        self.assertEqual(self.ask(self.daemon, 'PUT', '/old.bin', body=b'small').status, 204)

    def test_without_a_free_descriptor_an_upload_is_503_and_works_again_later(self):
        connection = self.connect(self.daemon)
        self.assertEqual(connection.ask('GET', '/old.bin').status, 200)
        soft, hard = resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (3, hard))
        for target in ('/old.bin', '/a/b/new.bin'):
            self.assertEqual(connection.ask('PUT', target, body=b'x').status, 503, target)
        resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (soft, hard))
        self.untouched(self.root)
        self.assertEqual(connection.ask('PUT', '/a/b/new.bin', body=b'x').status, 201)

    def test_descriptors_that_run_out_at_any_moment_leave_nothing(self):
        connection = self.connect(self.daemon)
        self.assertEqual(connection.ask('PUT', '/old.bin', body=OLD).status, 204)
        soft, hard = resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE)
        used = self.daemon.descriptors()
        seen = set()
        for spare in range(0, 12):
            resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (used + spare, hard))
            seen.add(connection.ask('PUT', '/a/b/new.bin', body=b'x').status)
            resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (soft, hard))
            if (self.root / 'a/b/new.bin').exists():
                (self.root / 'a/b/new.bin').unlink()
                (self.root / 'a/b').rmdir()
                (self.root / 'a').rmdir()
            self.untouched(self.root)
        self.assertEqual(seen, {201, 503})


class FailingCalls(FaultCase):
    """With the build whose system calls fail on demand."""

    def setUp(self):
        super().setUp()
        require_seams()
        self.put('old.bin', OLD)

    def start_failing(self, call, code, after, *options):
        return self.start(*options, program=settings.FAULTS,
                          environment={'FILESRV_TEST_FAIL': f'{call}:{code}:{after}'})

    def test_a_call_that_fails_has_its_status_and_leaves_nothing(self):
        cases = [(507, 'pwrite', errno.EDQUOT, 0), (507, 'pwrite', errno.EDQUOT, 3), (507, 'pwrite', errno.ENOSPC, 1),
                 (413, 'pwrite', errno.EFBIG, 2), (500, 'pwrite', errno.EIO, 1), (507, 'fallocate', errno.EDQUOT, 0),
                 (507, 'fallocate', errno.ENOSPC, 0), (507, 'fsync', errno.EDQUOT, 0), (507, 'fsync', errno.ENOSPC, 0),
                 (500, 'fsync', errno.EIO, 0)]
        for status, call, code, after in cases:
            with self.subTest(call=call, code=errno.errorcode[code], after=after):
                daemon = self.start_failing(call, code, after)
                for target in ('/old.bin', '/new.bin', '/new/folder/new.bin'):
                    with RawConnection(daemon.port) as connection:
                        connection.send(request('PUT', target, f'Content-Length: {4 << 20}'), bytes(4 << 20))
                        self.assertEqual(connection.read_response('PUT').status, status)
                self.untouched(self.root)
                self.assertEqual(daemon.finish(), [])

    def test_a_name_that_cannot_be_put_in_place_leaves_the_old_file(self):
        for status, calls in ((507, ('renameat', 'renameat2', 'linkat', 'mkdirat')), (403, ('renameat', 'renameat2', 'linkat'))):
            code = errno.EDQUOT if status == 507 else errno.EACCES
            with self.subTest(code=errno.errorcode[code]):
                wishes = ','.join(f'{call}:{code}:{1 if call == "mkdirat" else 0}' for call in calls)
                daemon = self.start(program=settings.FAULTS, environment={'FILESRV_TEST_FAIL': wishes})
                for target in ('/old.bin', '/new.bin', '/new/folder/new.bin'):
                    self.assertEqual(self.ask(daemon, 'PUT', target, body=b'new').status, status, target)
                self.untouched(self.root)
                self.assertEqual(daemon.finish(), [])

    def test_without_rename_noreplace_or_links_uploads_still_create_and_exactly_one_wins(self):
        # GlusterFS lacks the first, FAT the second: the error numbers are theirs.
        for missing in (f'renameat2:{errno.EINVAL}:0', f'renameat2:{errno.EINVAL}:0,linkat:{errno.EPERM}:0'):
            with self.subTest(missing=missing):
                daemon = self.start(program=settings.FAULTS, environment={'FILESRV_TEST_FAIL': missing})
                statuses = []

                def create(daemon=daemon, statuses=statuses):
                    statuses.append(self.ask(daemon, 'PUT', '/a/b/c.bin', 'If-None-Match: *', body=OLD).status)

                threads = [threading.Thread(target=create) for _ in range(8)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(sorted(statuses), [201] + [412] * 7)
                self.assertEqual(self.ask(daemon, 'PUT', '/a/b/c.bin', body=b'again').status, 204)
                self.assertEqual(self.ask(daemon, 'GET', '/a/b/c.bin').body, b'again')
                self.assertEqual(daemon.finish(), [])
                for name in ('a/b/c.bin', 'a/b', 'a'):
                    (self.root / name).unlink() if name.endswith('bin') else (self.root / name).rmdir()
                self.untouched(self.root)
