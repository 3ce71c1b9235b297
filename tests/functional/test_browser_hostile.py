# SPDX-License-Identifier: MIT
"""What pages that wish us ill can do in a real browser: neither read nor write.

Every attack is first tried where it is allowed, so that a test cannot pass because its script is broken.
"""

import http.server
import threading

from support.case import DaemonCase
from support.raw import request
from support.webdriver import Browser

SECRET = 'the secret of this machine'

# Each attempt resolves to what its script learned: a status, a text, or that the browser refused.
FETCHES = '''
    const [target] = arguments;
    const learned = async (method, path, options) => {
        try {
            const answer = await fetch(target + path, {method, cache: 'no-store', ...options});
            return answer.type === 'opaque' ? 'opaque' : [answer.status, await answer.text()];
        } catch (error) { return 'refused'; }
    };
    const form = new FormData();
    form.append('file', new File(['written'], 'by-fetched-form.txt'));
    return (async () => ({
        get: await learned('GET', '/secret.txt'),
        opaqueGet: await learned('GET', '/secret.txt', {mode: 'no-cors'}),
        list: await learned('GET', '/?json'),
        post: await learned('POST', '/by-post.txt', {body: 'written'}),
        opaquePost: await learned('POST', '/by-opaque-post.txt', {body: 'written', mode: 'no-cors'}),
        form: await learned('POST', '/', {body: form, mode: 'no-cors'}),
        put: await learned('PUT', '/by-put.txt', {body: 'written'}),
        replace: await learned('PUT', '/kept.txt', {body: 'written'}),
        remove: await learned('DELETE', '/kept.txt'),
        beacon: navigator.sendBeacon(target + '/by-beacon.txt', 'written')}))();
'''

# What needs no permission to read: a form with a file in it, sent into a frame.
FORM_IN_A_FRAME = '''
    const [target] = arguments;
    return new Promise(resolve => {
        document.body.innerHTML = `<iframe name="frame"></iframe>
            <form method="post" enctype="multipart/form-data" action="${target}/" target="frame">
            <input type="file" name="file"></form>`;
        const files = new DataTransfer();
        files.items.add(new File(['written'], 'by-form.txt'));
        document.querySelector('input').files = files.files;
        const frame = document.querySelector('iframe');
        const read = () => { try { return frame.contentDocument.body.innerText; } catch (error) { return null; } };
        frame.onload = () => {
            if (frame.contentDocument === null || frame.contentDocument.URL !== 'about:blank') resolve(read());
        };
        document.querySelector('form').submit();
    });
'''

# The page's own document goes to the target, as a click on a button of it would make it.
FORM_OF_TEXT = '''
    document.body.innerHTML = `<form method="post" enctype="text/plain" action="${arguments[0]}/by-text-form.txt">
        <input name="written" value="written"></form>`;
    document.querySelector('form').submit();
'''

# A frame without an origin: its requests say `Origin: null`.
SANDBOXED = '''
    const [target] = arguments;
    return new Promise(resolve => {
        window.onmessage = message => resolve(message.data);
        document.body.innerHTML = '<iframe sandbox="allow-scripts"></iframe>';
        document.querySelector('iframe').srcdoc = `<script>
            fetch('${target}/by-nobody.txt', {method: 'POST', mode: 'no-cors', body: 'written'})
                .then(() => fetch('${target}/secret.txt')).then(answer => answer.text(), () => 'refused')
                .then(text => parent.postMessage(text, '*'))<\\/script>`;
    });
'''


class HostilePage(DaemonCase):
    timeout = 120

    def setUp(self):
        super().setUp()
        self.browser = None
        self.put('secret.txt', SECRET, age=60)
        self.put('kept.txt', 'kept', age=60)
        self.put('page.html', '<!doctype html><title>own</title><body>', age=60)
        self.before = self.names()

    def browse(self, *flags):
        self.browser = Browser(*flags)
        self.addCleanup(self.browser.close)

    def serve(self, *options):
        self.log = self.home / 'access.log'
        return self.start('--allow-delete', '--access-log', f'common:{self.log}', *options)

    def logged(self, method):
        """The statuses of all requests with that method so far."""
        lines = [line for line in self.log.read_text().splitlines() if f'"{method} ' in line]
        return [int(line.rsplit('"', 1)[1].split()[0]) for line in lines]

    def site(self):
        """A site with one empty page, on all names of loopback; returns its port."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = b'<!doctype html><title>evil</title><body></body>'
                self.send_response(200)
                self.send_header('Content-Type', 'text/html')
                self.send_header('Content-Length', str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    def assert_untouched(self):
        self.assertEqual(self.names(), self.before)
        self.assertEqual((self.root / 'kept.txt').read_text(), 'kept')


class OfAnotherOrigin(HostilePage):
    def setUp(self):
        super().setUp()
        self.daemon = self.serve()
        self.browse()
        self.evil_port = self.site()

    def open_evil(self, host):
        self.browser.open(f'http://{host}:{self.evil_port}/')
        self.assertEqual(self.browser.title, 'evil')

    def test_the_same_scripts_work_on_an_own_page(self):
        self.browser.open(f'{self.daemon.url}/page.html')
        learned = self.browser.run(FETCHES, self.daemon.url)
        self.assertEqual(learned['get'], [200, SECRET])
        self.assertEqual([learned[name][0] for name in ('post', 'opaquePost', 'form', 'put', 'replace', 'remove')],
                         [200, 200, 200, 201, 204, 204])
        self.assertIn('by-form.txt', self.browser.run(FORM_IN_A_FRAME, self.daemon.url))
        self.browser.run(FORM_OF_TEXT, self.daemon.url)
        for name in ('post', 'opaque-post', 'fetched-form', 'put', 'beacon', 'form', 'text-form'):
            self.eventually((self.root / f'by-{name}.txt').exists, 10, f'the file written by {name}')

    def test_its_script_reads_and_writes_nothing(self):
        # Another port of our own name is another origin of the same site; the others are other sites.
        for host in ('localhost', '127.0.0.1', 'evil.localhost'):
            with self.subTest(host):
                self.open_evil(host)
                learned = self.browser.run(FETCHES, self.daemon.url)
                for name in ('get', 'list', 'post', 'put', 'replace', 'remove'):
                    self.assertEqual(learned[name], 'refused', name)
                for name in ('opaqueGet', 'opaquePost', 'form'):
                    self.assertEqual(learned[name], 'opaque', name)
                self.assertEqual(self.browser.run(SANDBOXED, self.daemon.url), 'refused')
                self.assert_untouched()
        self.eventually(lambda: len(self.logged('POST')) == 3 * 5, 10, 'the access log of all that came')
        self.assertEqual(set(self.logged('POST')), {403})
        # The browser asked for leave first, and got none.
        self.assertEqual((self.logged('PUT'), self.logged('DELETE')), ([], []))

    def test_its_forms_write_nothing(self):
        for host in ('localhost', '127.0.0.1', 'evil.localhost'):
            with self.subTest(host):
                self.open_evil(host)
                self.assertIsNone(self.browser.run(FORM_IN_A_FRAME, self.daemon.url))
                self.browser.run(FORM_OF_TEXT, self.daemon.url)
                self.eventually(lambda: self.browser.title.startswith('403'), 10, 'the refusal')
                self.assert_untouched()
        self.assertEqual(set(self.logged('POST')), {403})


class OfAReboundName(HostilePage):
    """The name of an evil site now leads to us: the browser takes our answers for that site's own."""

    def open_rebound(self, *options):
        self.browse('--host-resolver-rules=MAP evil.example 127.0.0.1', '--disable-features=HttpsUpgrades')
        self.daemon = self.serve(*options)
        self.origin = f'http://evil.example:{self.daemon.port}'
        self.browser.open(f'{self.origin}/page.html')

    def test_the_name_leads_here_and_is_served_once_it_is_given(self):
        self.open_rebound('--host', 'evil.example')
        self.assertEqual(self.browser.title, 'own')
        learned = self.browser.run(FETCHES, self.origin)
        self.assertEqual(learned['get'], [200, SECRET])
        self.assertEqual(learned['put'][0], 201)

    def test_it_reads_and_writes_nothing(self):
        self.open_rebound()
        self.assertTrue(self.browser.title.startswith('421'), self.browser.title)
        self.assertIn('--host', self.browser.text)
        self.browser.allow_everything()        # the evil site's page, loaded before, had no such policy
        self.browser.open(f'{self.origin}/secret.txt')
        self.assertNotIn(SECRET, self.browser.text)
        learned = self.browser.run(FETCHES, self.origin)
        for name in ('get', 'opaqueGet', 'list', 'post', 'opaquePost', 'form', 'put', 'replace', 'remove'):
            self.assertEqual(learned[name][0], 421, name)
            self.assertNotIn(SECRET, learned[name][1])
        self.browser.run(FORM_IN_A_FRAME, self.origin)
        self.browser.run(FORM_OF_TEXT, self.origin)
        # The browser asks a second time when it is told 421 (RFC 9110 section 15.5.20): no use counting.
        self.eventually(lambda: '/by-text-form.txt' in self.log.read_text(), 10, 'the access log of all that came')
        for method in ('GET', 'POST', 'PUT', 'DELETE'):
            self.assertEqual(set(self.logged(method)), {421}, method)
        self.assert_untouched()


class WithoutABrowser(HostilePage):
    def test_no_answer_grants_another_origin_anything(self):
        self.daemon = self.serve()
        fields = ('Origin: http://evil.example', 'Access-Control-Request-Method: PUT',
                  'Access-Control-Request-Headers: content-type', 'Access-Control-Request-Private-Network: true')
        connection = self.connect(self.daemon)
        for method, target in (('OPTIONS', '/kept.txt'), ('OPTIONS', '*'), ('GET', '/kept.txt'), ('HEAD', '/kept.txt'),
                               ('GET', '/'), ('GET', '/missing'), ('POST', '/x'), ('PUT', '/x'),
                               ('DELETE', '/kept.txt')):
            connection.send(request(method, target, *fields))
            answer = connection.read_response(method)
            granted = [name for name, _ in answer.fields if name.startswith('access-control')]
            self.assertEqual(granted, [], (method, target))
            self.assertNotIn('timing-allow-origin', dict(answer.fields))
        self.assert_untouched()
