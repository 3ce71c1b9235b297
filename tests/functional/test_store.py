# SPDX-License-Identifier: MIT
"""The tree as the daemon shows and changes it: confinement, file kinds, modes, staging, mounts."""

import os
import socket
import subprocess
import time
import unittest

from support import settings
from support.case import DaemonCase, STAGING
from support.raw import RawConnection, request


class Confinement(DaemonCase):
    def setUp(self):
        super().setUp()
        self.put('a.txt', 'alpha')
        self.put('inside/real.txt', 'inside')
        self.outside = self.home / 'outside'
        self.outside.mkdir()
        (self.outside / 'secret.txt').write_text('secret')

    def both(self, target, status_read, statuses_write, daemon):
        self.assertEqual(self.ask(daemon, 'GET', target).status, status_read, target)
        self.assertIn(self.ask(daemon, 'PUT', target, body=b'x').status, statuses_write, target)

    def test_links_that_leave_the_root_are_404_for_reading_and_writing(self):
        (self.root / 'file').symlink_to(self.outside / 'secret.txt')
        (self.root / 'relative').symlink_to('../outside/secret.txt')
        (self.root / 'folder').symlink_to(self.outside)
        (self.root / 'dangling').symlink_to(self.outside / 'absent.txt')
        (self.root / 'chain').symlink_to('folder')
        daemon = self.start()
        for target in ('/file', '/relative', '/folder/secret.txt', '/chain/secret.txt', '/dangling', '/folder/new.txt'):
            self.both(target, 404, (404,), daemon)
        self.assertEqual(os.listdir(self.outside), ['secret.txt'])
        self.assertEqual((self.outside / 'secret.txt').read_text(), 'secret')

    def test_links_inside_are_followed_and_an_upload_replaces_their_target(self):
        (self.root / 'link.txt').symlink_to('inside/real.txt')
        (self.root / 'way').symlink_to('inside')
        daemon = self.start()
        self.assertEqual(self.ask(daemon, 'GET', '/link.txt').body, b'inside')
        self.assertEqual(self.ask(daemon, 'GET', '/way/real.txt').body, b'inside')
        self.assertIn(self.ask(daemon, 'PUT', '/link.txt', body=b'new').status, (201, 204))
        self.assertTrue((self.root / 'link.txt').is_symlink())
        self.assertEqual((self.root / 'inside/real.txt').read_text(), 'new')

    def test_no_follow_symlinks_makes_all_links_404(self):
        (self.root / 'link.txt').symlink_to('inside/real.txt')
        (self.root / 'way').symlink_to('inside')
        daemon = self.start('--no-follow-symlinks')
        for target in ('/link.txt', '/way/real.txt', '/way/'):
            self.assertEqual(self.ask(daemon, 'GET', target).status, 404, target)
        self.assertEqual(self.ask(daemon, 'GET', '/inside/real.txt').status, 200)

    def test_dot_segments_never_leave_the_root(self):
        daemon = self.start()
        for target in ('/../outside/secret.txt', '/%2e%2e/outside/secret.txt', '/inside/../../outside/secret.txt',
                       '/..%2foutside/secret.txt', '/inside/%2e%2e%2f%2e%2e%2foutside%2fsecret.txt',
                       '//outside/secret.txt', '/....//outside/secret.txt', '/..\\outside\\secret.txt',
                       '/%252e%252e/outside/secret.txt', '/./../outside/secret.txt'):
            answer = self.ask(daemon, 'GET', target)
            self.assertIn(answer.status, (400, 404), target)
            self.assertNotIn(b'secret', answer.body.replace(b'secret.txt', b''))
        self.assertEqual(self.ask(daemon, 'GET', '/inside/../a.txt').body, b'alpha')
        self.assertEqual(self.ask(daemon, 'GET', '/inside/./real.txt').body, b'inside')

    def test_names_a_file_system_cannot_hold_are_400(self):
        daemon = self.start()
        self.assertEqual(self.ask(daemon, 'GET', '/a%00.txt').status, 400)
        self.assertEqual(self.ask(daemon, 'PUT', '/a%00.txt', body=b'x').status, 400)
        self.assertEqual(self.ask(daemon, 'PUT', '/' + 'n' * 256, body=b'x').status, 400)
        self.assertEqual(self.ask(daemon, 'PUT', '/' + 'n' * 255, body=b'x').status, 201)
        self.assertEqual(self.ask(daemon, 'GET', '/bad%zzescape').status, 400)

    def test_hidden_names_are_404_unless_asked_for(self):
        self.put('.hidden', 'h')
        self.put('.dir/x.txt', 'h')
        daemon = self.start()
        for target in ('/.hidden', '/.dir/x.txt', '/.dir/', '/.new', '/%2ehidden'):
            self.both(target, 404, (404, 409), daemon)
        self.assertNotIn('.hidden', self.ask(daemon, 'GET', '/').text)
        shown = self.start('--hidden')
        self.assertEqual(self.ask(shown, 'GET', '/.hidden').body, b'h')
        self.assertIn('.hidden', self.ask(shown, 'GET', '/').text)


class Kinds(DaemonCase):
    def test_a_fifo_a_socket_and_a_device_are_404_at_once(self):
        os.mkfifo(self.root / 'fifo')
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.root / 'socket'))
        (self.root / 'null').symlink_to('/dev/null')
        daemon = self.start()
        for target in ('/fifo', '/socket', '/null'):
            began = time.monotonic()
            self.assertEqual(self.ask(daemon, 'GET', target).status, 404, target)
            self.assertLess(time.monotonic() - began, settings.patience(0.5))
        self.assertIn(self.ask(daemon, 'PUT', '/fifo', body=b'x').status, (403, 404, 409))

    def test_the_codes_for_what_is_not_a_plain_file(self):
        self.put('file.txt', 'f')
        self.put('folder/x.txt', 'x')
        daemon = self.start()
        cases = ((404, 'GET', '/file.txt/below'), (409, 'PUT', '/file.txt/below'), (409, 'POST', '/file.txt/below'),
                 (409, 'PUT', '/folder'), (409, 'PUT', '/folder/'), (409, 'POST', '/folder/'), (409, 'PUT', '/'),
                 (404, 'GET', '/file.txt/'), (404, 'GET', '/absent/'))
        for status, method, target in cases:
            with self.subTest(method=method, target=target):
                self.assertEqual(self.ask(daemon, method, target, body=b'x' if method != 'GET' else b'').status, status)
        self.assertEqual(self.names(), ['file.txt', 'folder', 'folder/x.txt'])

    def test_no_listing_is_403_but_an_index_is_served(self):
        self.put('plain/x.txt')
        self.put('site/index.html', 'home')
        daemon = self.start('--no-listing')
        self.assertEqual(self.ask(daemon, 'GET', '/plain/').status, 403)
        self.assertEqual(self.ask(daemon, 'GET', '/site/').body, b'home')
        self.assertEqual(self.ask(daemon, 'GET', '/plain/x.txt').status, 200)


class Modes(DaemonCase):
    def test_new_files_are_0666_less_the_umask_and_a_replaced_file_keeps_its_mode(self):
        self.put('old.txt', 'old').chmod(0o640)
        before = os.umask(0o027)
        try:
            daemon = self.start()
        finally:
            os.umask(before)
        self.ask(daemon, 'PUT', '/old.txt', body=b'new')
        self.ask(daemon, 'PUT', '/new.txt', body=b'new')
        self.assertEqual(os.stat(self.root / 'old.txt').st_mode & 0o7777, 0o640)
        self.assertEqual(os.stat(self.root / 'new.txt').st_mode & 0o7777, 0o640)

    def test_what_may_not_be_read_or_written_is_403(self):
        self.put('readonly.txt', 'r').chmod(0o444)
        self.put('locked.txt', 'l').chmod(0)
        self.put('folder/x.txt')
        self.put('site/index.html', 'home').chmod(0)
        daemon = self.start_as_nobody()
        (self.root / 'folder').chmod(0o555)
        self.assertEqual(self.ask(daemon, 'GET', '/readonly.txt').status, 200)
        for method, target in (('PUT', '/readonly.txt'), ('POST', '/readonly.txt'), ('PUT', '/locked.txt'),
                               ('PUT', '/folder/new.txt'), ('PUT', '/folder/sub/new.txt')):
            self.assertEqual(self.ask(daemon, method, target, body=b'x').status, 403, target)
        for target in ('/locked.txt', '/site/index.html', '/site/'):        # the last no listing either
            self.assertEqual(self.ask(daemon, 'GET', target).status, 403, target)
        self.assertEqual((self.root / 'readonly.txt').read_text(), 'r')

    def test_a_drop_box_inside_a_root_of_somebody_else_takes_uploads(self):
        # The root is not writable, one folder in it is: staging happens beside the target.
        (self.root / 'box').mkdir()
        daemon = self.start_as_nobody()
        self.root.chmod(0o555)
        self.assertEqual(self.ask(daemon, 'PUT', '/box/in.txt', body=b'dropped').status, 201)
        self.assertEqual(self.names(), ['box', 'box/in.txt'])


class Staging(DaemonCase):
    def test_staging_is_never_served_or_listed(self):
        daemon = self.start('--hidden')
        connection = self.connect(daemon)
        # More than any buffer, so that some of it lies on the disk.
        connection.send(request('PUT', '/a.bin', f'Content-Length: {4 << 20}'), bytes(2 << 20))
        self.eventually(lambda: self.names(), what='something staged')
        for target in (f'/{STAGING}/', f'/{STAGING}'):
            self.assertEqual(self.ask(daemon, 'GET', target).status, 404)
        for staged in self.names():
            self.assertEqual(self.ask(daemon, 'GET', f'/{staged}').status, 404)
        self.assertEqual(self.ask(daemon, 'PUT', f'/{STAGING}/x', body=b'x').status, 404)
        for form in ('/', '/?json'):
            self.assertNotIn('filesrv-', self.ask(daemon, 'GET', form).text.replace('filesrv-test', ''))
        connection.send(bytes(2 << 20))
        self.assertEqual(connection.read_response('PUT').status, 201)

    def test_staging_is_gone_soon_after_the_last_upload(self):
        daemon = self.start()
        self.assertEqual(self.ask(daemon, 'PUT', '/a.bin', body=bytes(100)).status, 201)
        self.eventually(lambda: os.listdir(self.root) == ['a.bin'], 4, 'the end of the staging folder')

    def test_staging_is_gone_when_nothing_is_staged_and_the_daemon_left(self):
        daemon = self.start()
        self.assertEqual(self.ask(daemon, 'PUT', '/a.bin', body=bytes(100)).status, 201)
        self.assertEqual(daemon.finish(), [])
        self.assertEqual(sorted(os.listdir(self.root)), ['a.bin'])


class OtherMount(DaemonCase):
    """A small tmpfs inside the root, where the rights allow to mount one."""

    def setUp(self):
        super().setUp()
        self.small = self.home / 'small'
        self.small.mkdir()
        if os.geteuid() != 0 or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', self.small],
                                               stderr=subprocess.DEVNULL, check=False).returncode != 0:
            raise unittest.SkipTest('mounting a small tmpfs needs root')
        self.addCleanup(self.unmount)

    def unmount(self):
        self._finish()                   # the daemon holds the mount
        self.daemons.clear()
        subprocess.run(['umount', self.small], check=True)

    def test_a_folder_on_another_mount_takes_uploads(self):
        # The root is the home, the small tmpfs a folder in it: staging cannot be renamed across.
        daemon = self.start(root=self.home)
        self.assertEqual(self.ask(daemon, 'PUT', '/small/across.bin', body=b'across').status, 201)
        self.assertEqual(self.names(self.small), ['across.bin'])
