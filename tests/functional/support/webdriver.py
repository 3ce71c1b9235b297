# SPDX-License-Identifier: MIT
"""Headless Chromium over the WebDriver protocol (w3.org/TR/webdriver2), which is JSON over plain HTTP."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'       # the protocol's name for a reference to an element
FLAGS = ('--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync',
         '--disable-dev-shm-usage', '--window-size=900,700')


class Browser:
    """One browser with an empty profile, and further flags if wanted. A context manager: both processes end with it."""

    def __init__(self, *flags):
        driver = shutil.which('chromedriver')
        chromium = shutil.which('chromium') or shutil.which('chromium-browser')
        if driver is None or chromium is None:
            raise unittest.SkipTest('chromium and chromium-driver are not installed')
        self._profile = tempfile.mkdtemp(prefix='filesrv-browser.')
        self._driver = subprocess.Popen([driver, '--port=0'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._session = None
        try:
            self._base = f'http://127.0.0.1:{self._port()}'
            options = {'binary': chromium, 'args': [*FLAGS, *flags, f'--user-data-dir={self._profile}']}
            started = self._call('POST', '/session', {'capabilities': {'alwaysMatch': {
                'browserName': 'chrome', 'goog:chromeOptions': options}}})
            self._session = started['sessionId']
        except BaseException:
            self.close()
            raise

    def _port(self):
        for line in self._driver.stdout:
            found = re.search(rb'on port (\d+)', line)
            if found and b'success' in line:
                return int(found[1])
        raise RuntimeError('chromedriver ended without a port')

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {'Content-Type': 'application/json'}, method=method)
        # Without the environment's proxies: everything here is loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as error:
            raise RuntimeError(f'{method} {path}: {error.read().decode(errors="replace")[:500]}') from error

    def _in_session(self, method, path, body=None):
        return self._call(method, f'/session/{self._session}{path}', body)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._session is not None:
            try:
                self._in_session('DELETE', '')
            except (OSError, RuntimeError):
                pass               # it is going away in any case
            self._session = None
        self._driver.terminate()
        try:
            self._driver.wait(10)
        except subprocess.TimeoutExpired:
            self._driver.kill()
            self._driver.wait()
        self._driver.stdout.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    # -- what a person does ---------------------------------------------------------------------

    def open(self, url):
        self._in_session('POST', '/url', {'url': url})

    def run(self, script, *arguments):
        return self._in_session('POST', '/execute/sync', {'script': script, 'args': list(arguments)})

    def find(self, selector):
        return self._in_session('POST', '/element', {'using': 'css selector', 'value': selector})[ELEMENT]

    def type(self, element, text):
        self._in_session('POST', f'/element/{element}/value', {'text': text})

    def click(self, element):
        self._in_session('POST', f'/element/{element}/click', {})

    def allow_everything(self):
        """Pages loaded from now on are not held by their Content-Security-Policy."""
        self._in_session('POST', '/goog/cdp/execute', {'cmd': 'Page.setBypassCSP', 'params': {'enabled': True}})

    @property
    def title(self):
        return self._in_session('GET', '/title')

    @property
    def text(self):
        return self.run('return document.body.innerText')

    def screenshot(self) -> bytes:
        return base64.b64decode(self._in_session('GET', '/screenshot'))
