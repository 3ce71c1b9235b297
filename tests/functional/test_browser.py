# SPDX-License-Identifier: MIT
"""What a person with a browser sees: a page with its picture, the upload form, and nothing for other sites."""

import http.server
import os
import struct
import threading
import zlib

from support.case import DaemonCase
from support.webdriver import Browser


def png(width, height, colour):
    """A plain picture of one colour, RFC 2083."""
    def block(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    row = b'\0' + bytes(colour) * width
    return (b'\x89PNG\r\n\x1a\n' + block(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)) +
            block(b'IDAT', zlib.compress(row * height)) + block(b'IEND', b''))


class Page(DaemonCase):
    timeout = 120

    def setUp(self):
        super().setUp()
        self.put('server/picture.png', png(320, 200, (30, 120, 200)))
        self.put('server/index.html', '<!doctype html><meta charset="utf-8"><title>server</title>'
                                      '<h1>a page</h1><img id="p" src="picture.png">')
        self.put('plain/first.txt', 'first')
        self.daemon = self.start()
        self.browser = Browser()
        self.addCleanup(self.browser.close)

    def keep_screenshot(self, name):
        """Where somebody asked for pictures to look at, keep one."""
        folder = os.environ.get('FILESRV_TEST_SCREENSHOTS')
        if folder:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name + '.png'), 'wb') as file:
                file.write(self.browser.screenshot())

    def test_a_page_and_its_picture_are_shown(self):
        self.browser.open(f'{self.daemon.url}/server/index.html')
        self.assertEqual(self.browser.title, 'server')
        size = self.browser.run('const p = document.getElementById("p");'
                                'return [p.complete, p.naturalWidth, p.naturalHeight]')
        self.assertEqual(size, [True, 320, 200])
        self.keep_screenshot('page')

    def test_a_file_chosen_in_the_upload_form_lands(self):
        chosen = self.home / 'chosen file.bin'
        chosen.write_bytes(os.urandom(300_000))
        self.browser.open(f'{self.daemon.url}/plain/')
        self.assertIn('first.txt', self.browser.text)
        self.keep_screenshot('listing')
        self.browser.type(self.browser.find('form input[type=file]'), str(chosen))
        self.browser.click(self.browser.find('form [type=submit], form button'))
        landed = self.root / 'plain' / 'chosen file.bin'
        self.eventually(landed.exists, 10, 'the uploaded file')
        self.assertEqual(landed.read_bytes(), chosen.read_bytes())
        self.eventually(lambda: 'chosen file.bin' in self.browser.text, 10, 'a page that names it')
        self.keep_screenshot('uploaded')

    def test_a_page_of_another_site_writes_and_reads_nothing(self):
        evil = self.home / 'evil'
        evil.mkdir()
        (evil / 'index.html').write_text('<!doctype html><title>evil</title><body>')
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), quiet_site(evil))
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.browser.open(f'http://127.0.0.1:{server.server_address[1]}/')
        outcome = self.browser.run('''
            return (async () => {
                const target = arguments[0];
                await fetch(target + '/evil.txt', {method: 'POST', mode: 'no-cors', body: 'evil'}).catch(() => {});
                try { return await (await fetch(target + '/plain/first.txt')).text(); } catch (e) { return 'refused'; }
            })()''', self.daemon.url)
        self.assertEqual(outcome, 'refused')
        self.assertFalse((self.root / 'evil.txt').exists())


def quiet_site(folder):
    """A handler for a small site that logs nothing."""
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words):
            super().__init__(*words, directory=str(folder))

        def log_message(self, *_):
            pass
    return Handler
