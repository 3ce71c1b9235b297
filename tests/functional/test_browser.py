# SPDX-License-Identifier: MIT
"""What a person with a browser sees: a page with its picture, and the upload form."""

import os
import struct
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
